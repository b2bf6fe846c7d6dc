package dev.sandbar.core.model;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Reads {@code policy:} of the settings of a device. */
final class DevicePolicyReader {
  private static final String PATH = "policy";
  private static final String ADOPT = "adopt";
  private static final String BUS = "dbus";
  private static final String TUNING = Permission.KERNEL_TUNING.key();
  private static final String LOGS = Permission.READ_LOGS.key();
  private static final String MODULES = Permission.KERNEL_MODULES.key();
  private static final String USB = Permission.USB.key();
  private static final String NODES = Permission.DEVICES.key();
  private static final String VENDOR = "vendor";
  private static final String PRODUCT = "product";
  private static final List<String> FIELDS =
      List.of(
          "openMode",
          "permissive",
          "unenforcedLimits",
          "permissions",
          "maxLevel",
          "limits",
          ADOPT,
          "images",
          OpenedWall.KEY,
          BUS,
          TUNING,
          LOGS,
          MODULES,
          USB,
          NODES);
  private static final int MOST = 64;

  private static final String LIMITS = PATH + ".limits";
  private static final List<String> LIMIT_FIELDS =
      List.of("memoryMax", "tasksMax", "cpuWeight", "ioWeight");
  private static final String SHARE = "infinity|(100|[1-9][0-9]?)%|";
  private static final Pattern MEMORY = Pattern.compile(SHARE + "[1-9][0-9]{0,14}[KMGT]?");
  private static final Pattern TASKS = Pattern.compile(SHARE + "[1-9][0-9]{0,8}");

  static final SequencedMap<String, Boolean> ALLOWED =
      NodeValidator.words(List.of(false, true), allowed -> allowed ? "Allow" : "Deny");
  private static final SequencedMap<String, Permission.Level> LEVELS =
      NodeValidator.words(List.of(Permission.Level.values()), Permission.Level::text);

  private final NodeValidator expect;

  DevicePolicyReader(NodeValidator expect) {
    this.expect = expect;
  }

  DevicePolicy read(Node node) {
    DevicePolicy base = DevicePolicy.DEFAULT;
    var fields = expect.fields(node, PATH, FIELDS);
    var denied = new TreeSet<Permission>();
    Optional.ofNullable(fields.get("permissions")).ifPresent(n -> deny(n, denied));
    return new DevicePolicy(
        word(fields, "openMode", ALLOWED, base.openMode()),
        word(fields, "permissive", ALLOWED, base.permissive()),
        word(fields, "unenforcedLimits", ALLOWED, base.unlimited()),
        denied,
        word(fields, "maxLevel", LEVELS, base.maxLevel()),
        Optional.ofNullable(fields.get("limits")).map(this::limits).orElse(base.limits()),
        Optional.ofNullable(fields.get(ADOPT)).map(this::services).orElse(base.adopt()),
        Optional.ofNullable(fields.get("images"))
            .map(new ImagePolicyReader(expect)::read)
            .orElse(base.images()),
        Optional.ofNullable(fields.get(OpenedWall.KEY)).map(this::walls).orElse(base.raw()),
        Optional.ofNullable(fields.get(BUS))
            .map(n -> names(n, BUS, ValueRules::busName, BusName::new))
            .orElse(base.dbus()),
        Optional.ofNullable(fields.get(TUNING)).map(this::settings).orElse(base.tuning()),
        Optional.ofNullable(fields.get(LOGS))
            .map(n -> names(n, LOGS, LogUnits::objection, UnitName::new))
            .orElse(base.logs()),
        Optional.ofNullable(fields.get(MODULES))
            .map(n -> names(n, MODULES, ModuleName::objection, ModuleName::new))
            .orElse(base.modules()),
        // They stand among the volumes.
        base.mounts(),
        new ListedHardware(
            Optional.ofNullable(fields.get(USB)).map(this::usb).orElseGet(TreeSet::new),
            Optional.ofNullable(fields.get(NODES)).map(this::nodes).orElseGet(TreeSet::new)));
  }

  private SortedSet<String> usb(Node node) {
    var devices = new TreeSet<String>();
    String path = PATH + "." + USB;
    for (Node item : expect.items(node, path, MOST)) {
      var fields = expect.fields(item, path, List.of(VENDOR, PRODUCT));
      Optional<String> vendor = id(fields, VENDOR, item, path);
      Optional<String> product = id(fields, PRODUCT, item, path);
      vendor.flatMap(v -> product.map(p -> new UsbDevice(v, p, "").name())).ifPresent(devices::add);
    }
    return devices;
  }

  private Optional<String> id(
      SequencedMap<String, Node> fields, String key, Node item, String path) {
    return expect
        .required(fields, item, path, key)
        .flatMap(
            node ->
                expect
                    .text(node, path + "." + key)
                    .filter(
                        text -> {
                          Optional<Objection> wrong = UsbDevice.id(text);
                          wrong.ifPresent(
                              it ->
                                  expect.invalid(
                                      node.at(), path + "." + key, text, it.why(), it.help()));
                          return wrong.isEmpty();
                        }))
        .map(text -> text.toLowerCase(Locale.ROOT));
  }

  private SortedSet<String> nodes(Node node) {
    var nodes = new TreeSet<String>();
    String path = PATH + "." + NODES;
    for (Node item : expect.items(node, path, MOST)) {
      expect
          .path(item, path)
          .ifPresent(
              text ->
                  DeviceRules.objection(text, false)
                      .ifPresentOrElse(
                          it -> expect.invalid(item.at(), path, text, it.why(), it.help()),
                          () -> nodes.add(text)));
    }
    return nodes;
  }

  private Listed<UnitName> services(Node node) {
    var services = new TreeSet<UnitName>();
    String path = PATH + "." + ADOPT;
    for (Node item : expect.items(node, path, MOST)) {
      expect
          .text(item, path)
          .ifPresent(
              text -> {
                if (AdoptionRules.isAdoptable(text)) {
                  services.add(new UnitName(text));
                } else {
                  expect.invalid(
                      item.at(),
                      path,
                      text,
                      "is not a service that an app can confine",
                      "write the full name of a service of the device, such as mosquitto.service");
                }
              });
    }
    return new Listed.Only<>(services);
  }

  private Listed<String> settings(Node node) {
    var patterns = new TreeSet<String>();
    String path = PATH + "." + TUNING;
    for (Node item : expect.items(node, path, MOST)) {
      expect
          .text(item, path)
          .ifPresent(
              text -> {
                patterns.add(text);
                if (KernelSettings.matched(text).isEmpty()) {
                  expect.invalid(
                      item.at(),
                      path,
                      text,
                      "is no setting that an app can ask for",
                      Nearest.help(text, KernelSettings.all().keySet(), KernelSettings.PAGE));
                }
              });
    }
    return new Listed.Only<>(patterns);
  }

  /** Names for which a rule says what is wrong with them. */
  private <T> Listed<T> names(
      Node node, String key, Function<String, Optional<Objection>> rule, Function<String, T> name) {
    var names = new TreeSet<T>();
    String path = PATH + "." + key;
    for (Node item : expect.items(node, path, MOST)) {
      expect
          .text(item, path)
          .ifPresent(
              text ->
                  rule.apply(text)
                      .ifPresentOrElse(
                          it -> expect.invalid(item.at(), path, text, it.why(), it.help()),
                          () -> names.add(name.apply(text))));
    }
    return new Listed.Only<>(names);
  }

  private Listed<String> walls(Node node) {
    var directives = new TreeSet<String>();
    var known = new TreeSet<>(OpenableDirectives.names());
    Arrays.stream(Permission.values())
        .filter(Permission::isListedWithRaw)
        .forEach(it -> known.add(it.key()));
    String path = PATH + "." + OpenedWall.KEY;
    for (Node item : expect.items(node, path, MOST)) {
      expect
          .text(item, path)
          .ifPresent(
              text -> {
                if (known.contains(text)) {
                  directives.add(text);
                } else {
                  expect.invalid(
                      item.at(),
                      path,
                      text,
                      "is no wall that raw can open, and no permission of the level Dangerous",
                      Nearest.help(text, known, OpenableDirectives.PAGE));
                }
              });
    }
    return new Listed.Only<>(directives);
  }

  private SliceLimits limits(Node node) {
    SliceLimits base = SliceLimits.DEFAULT;
    var fields = expect.fields(node, LIMITS, LIMIT_FIELDS);
    return new SliceLimits(
        amount(
            fields, "memoryMax", MEMORY, base.memoryMax(), "write for example 70%, 2G or infinity"),
        amount(
            fields, "tasksMax", TASKS, base.tasksMax(), "write for example 40%, 2000 or infinity"),
        weight(fields, "cpuWeight", base.cpuWeight()),
        weight(fields, "ioWeight", base.ioWeight()));
  }

  private String amount(
      Map<String, Node> fields, String key, Pattern form, String otherwise, String help) {
    Node node = fields.get(key);
    if (node == null) {
      return otherwise;
    }
    Optional<String> text = expect.scalar(node, LIMITS + "." + key);
    if (text.isPresent() && !form.matcher(text.get()).matches()) {
      expect.invalid(
          node.at(), LIMITS + "." + key, text.get(), "is no amount that systemd takes", help);
    }
    return text.orElse(otherwise);
  }

  private int weight(Map<String, Node> fields, String key, int otherwise) {
    return Optional.ofNullable(fields.get(key))
        .flatMap(node -> expect.number(node, LIMITS + "." + key, 1, 10_000))
        .orElse(otherwise);
  }

  private <T> T word(
      Map<String, Node> fields, String key, SequencedMap<String, T> words, T otherwise) {
    return Optional.ofNullable(fields.get(key))
        .flatMap(node -> expect.word(node, PATH + "." + key, words))
        .orElse(otherwise);
  }

  private void deny(Node node, TreeSet<Permission> denied) {
    String path = PATH + ".permissions.deny";
    var fields = expect.fields(node, PATH + ".permissions", List.of("deny"));
    Optional.ofNullable(fields.get("deny"))
        .ifPresent(
            list -> expect.items(list, path, MOST).forEach(n -> permission(n, path, denied)));
  }

  private void permission(Node node, String path, TreeSet<Permission> denied) {
    Optional<String> text = expect.text(node, path);
    if (text.isEmpty()) {
      return;
    }
    Optional<Permission> permission = Permission.find(text.get());
    permission.ifPresentOrElse(
        denied::add,
        () ->
            expect.invalid(
                node.at(),
                path,
                text.get(),
                "is no permission",
                Nearest.help(
                    text.get(),
                    Arrays.stream(Permission.values()).map(Permission::key).toList(),
                    "sandbar explain")));
  }
}
