package dev.sandbar.core.model;

import dev.sandbar.core.model.DeviceSettings.Git;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@link DeviceSettings}, strictly. */
public final class DeviceSettingsReader {

  /** The kind that this reads. */
  public static final String KIND = "AgentConfig";

  private static final String MAX_USE = "images.maxUse";
  private static final Pattern AMOUNT = Pattern.compile("([1-9][0-9]{0,5})([KMGT])");
  private static final Pattern VOLUME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?");
  private static final String VOLUMES = "volumes";
  private static final List<String> FIELDS =
      List.of(
          "apiVersion",
          "kind",
          "labels",
          VOLUMES,
          "git",
          "fleet",
          "sweep",
          "quickCheck",
          "metricsPort",
          "maxRemovals",
          "removeState",
          "alerts",
          "policy",
          "images",
          "maintenance",
          "network",
          DeviceVariables.FIELD);
  private static final List<String> GIT_FIELDS =
      List.of(
          "url",
          "ref",
          "path",
          "interval",
          "tokenFile",
          "username",
          "sshKeyFile",
          "knownHostsFile",
          "caFile");

  private static final List<String> FLEET_FIELDS =
      List.of("server", "namespace", "device", "caFile", "logs", "metered");
  private static final Pattern SERVER =
      Pattern.compile("https://(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?/?");
  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern DEVICE =
      Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*+");

  private final DocumentDiagnostics findings = new DocumentDiagnostics();
  private final NodeValidator expect = new NodeValidator(findings);

  private DeviceSettingsReader() {}

  /** What became of the document. */
  public sealed interface Outcome {
    /** It can be used. */
    record Read(DeviceSettings settings) implements Outcome {}

    /** It cannot. */
    record Refused(List<Diagnostic> problems) implements Outcome {
      public Refused {
        problems = List.copyOf(problems);
      }
    }
  }

  /** Reads the document. */
  public static Outcome read(Node document) {
    return new DeviceSettingsReader().document(document);
  }

  private Outcome document(Node node) {
    DeviceSettings base = DeviceSettings.DEFAULT;
    var fields = expect.fields(node, "the document", FIELDS);
    identity(fields, node, "apiVersion", SpecReader.API_VERSION);
    identity(fields, node, "kind", KIND);
    var fileSystems = new TreeSet<FileSystem>();
    var settings =
        new DeviceSettings(
            texts(fields, "labels"),
            volumes(fields, fileSystems),
            Optional.ofNullable(fields.get("git")).map(n -> git(n, base.git())).orElse(base.git()),
            period(fields, "sweep", base.sweep(), Duration.ofSeconds(1)),
            period(fields, "quickCheck", base.quickCheck(), Duration.ofSeconds(1)),
            number(fields, "metricsPort", base.metricsPort(), 65_535),
            number(fields, "maxRemovals", base.maxRemovals(), 10_000),
            Optional.ofNullable(fields.get("removeState"))
                .flatMap(n -> expect.flag(n, "removeState"))
                .orElse(base.removeState()),
            Optional.ofNullable(fields.get("alerts")).orElse(base.alerts()),
            Optional.ofNullable(fields.get("fleet")).map(this::fleet).orElse(base.fleet()),
            Optional.ofNullable(fields.get("policy"))
                .map(n -> new DevicePolicyReader(expect).read(n))
                .orElse(base.policy())
                .withMounts(new Listed.Only<>(fileSystems)),
            Optional.ofNullable(fields.get("images")).map(this::images).orElse(base.images()),
            Optional.ofNullable(fields.get("maintenance"))
                .map(n -> new MaintenanceReader(findings, "maintenance").read(n))
                .orElse(base.maintenance()),
            Optional.ofNullable(fields.get("network"))
                .map(n -> new NetworkReader(expect).read(n))
                .orElse(base.network()),
            variables(fields));
    if (fields.containsKey("git") && fields.get("fleet") instanceof Node fleet) {
      findings.error(
          Problem.CONFLICT,
          fleet.at(),
          "git and fleet are both given, and a device follows one of them",
          "remove git to follow the fleet, or fleet to follow the repository");
    }
    return findings.hasErrors() ? new Outcome.Refused(findings.all()) : new Outcome.Read(settings);
  }

  private void identity(Map<String, Node> fields, Node parent, String key, String wanted) {
    expect
        .required(fields, parent, "the document", key)
        .ifPresent(
            node ->
                expect
                    .text(node, key)
                    .filter(text -> !text.equals(wanted))
                    .ifPresent(
                        text ->
                            findings.error(
                                Problem.UNKNOWN_KIND,
                                node.at(),
                                "%s is %s".formatted(key, NodeValidator.shown(text)),
                                "write " + key + ": " + wanted)));
  }

  private SortedMap<String, String> texts(Map<String, Node> fields, String key) {
    var texts = new TreeMap<String, String>();
    Optional.ofNullable(fields.get(key))
        .ifPresent(
            node -> {
              for (Node.Entry entry : expect.entries(node, key)) {
                expect
                    .scalar(entry.value(), NodeValidator.child(key, entry.key()))
                    .ifPresent(text -> texts.put(entry.key(), text));
              }
            });
    return texts;
  }

  /** Numbers and true and false need no quotes here: each value has the type of who declares it. */
  private SortedMap<String, String> variables(Map<String, Node> fields) {
    var variables = new TreeMap<String, String>();
    Node node = fields.get(DeviceVariables.FIELD);
    if (node == null) {
      return variables;
    }
    for (Node.Entry entry :
        expect.entries(
            node,
            DeviceVariables.FIELD,
            SpecBounds.MOST_DECLARED,
            "remove those that no app declares")) {
      if (!DeclaredVariable.isName(entry.key())) {
        expect.invalid(
            entry.keyAt(),
            DeviceVariables.FIELD,
            entry.key(),
            "cannot be the name of a variable",
            DeclaredVariable.NAME_HELP);
      }
      String place = NodeValidator.child(DeviceVariables.FIELD, entry.key());
      Optional<String> value = expect.scalar(entry.value(), place);
      if (value.isPresent() && !DeclaredVariable.isValue(value.get())) {
        expect.invalid(
            entry.value().at(),
            place,
            value.get(),
            "cannot be the value of a variable",
            DeclaredVariable.VALUE_HELP);
      }
      value.ifPresent(it -> variables.put(entry.key(), it));
    }
    return variables;
  }

  /**
   * @param fileSystems takes those that are file systems, for which another permission asks
   */
  private SortedMap<String, String> volumes(
      Map<String, Node> fields, Collection<FileSystem> fileSystems) {
    var volumes = new TreeMap<String, String>();
    Optional.ofNullable(fields.get(VOLUMES))
        .ifPresent(
            node -> {
              for (Node.Entry entry : expect.entries(node, VOLUMES)) {
                if (!VOLUME.matcher(entry.key()).matches()) {
                  expect.invalid(
                      entry.keyAt(),
                      VOLUMES,
                      entry.key(),
                      "is not a name of a volume",
                      "use lower-case letters, digits and dashes");
                }
                String path = NodeValidator.child(VOLUMES, entry.key());
                if (entry.value() instanceof Node.Mapping) {
                  new FileSystemReader(expect)
                      .read(entry.key(), entry.value(), path)
                      .ifPresent(fileSystems::add);
                } else {
                  expect
                      .path(entry.value(), path)
                      .ifPresent(place -> volumes.put(entry.key(), place));
                }
              }
            });
    return volumes;
  }

  private DeviceSettings.Images images(Node node) {
    var fields = expect.fields(node, "images", List.of("caFile", "authFile", "maxUse"));
    return new DeviceSettings.Images(
        file(fields, "caFile"), file(fields, "authFile"), maxUse(fields));
  }

  /** With the suffixes of systemd, which are powers of 1024 (systemd.syntax(7)). */
  private long maxUse(Map<String, Node> fields) {
    Optional<Node> node = Optional.ofNullable(fields.get("maxUse"));
    Optional<String> text = node.flatMap(n -> expect.scalar(n, MAX_USE));
    if (text.isEmpty()) {
      return DeviceSettings.Images.NO_QUOTA;
    }
    Matcher matcher = AMOUNT.matcher(text.get());
    if (!matcher.matches()) {
      expect.invalid(
          node.get().at(),
          MAX_USE,
          text.get(),
          "is not an amount of a disk",
          "write for example 2G or 500M");
      return DeviceSettings.Images.NO_QUOTA;
    }
    return Long.parseLong(matcher.group(1)) << 10 * (1 + "KMGT".indexOf(matcher.group(2)));
  }

  private String file(SequencedMap<String, Node> fields, String key) {
    return Optional.ofNullable(fields.get(key))
        .flatMap(node -> expect.path(node, "images." + key))
        .orElse("");
  }

  private DeviceSettings.Fleet fleet(Node node) {
    var fields = expect.fields(node, "fleet", FLEET_FIELDS);
    return new DeviceSettings.Fleet(
        matching(fields, node, "server", SERVER, "write for example https://10.0.0.1:6443"),
        matching(fields, node, "namespace", NAMESPACE, "write the name of a namespace"),
        matching(fields, node, "device", DEVICE, "write the name of the Device"),
        Optional.ofNullable(fields.get("caFile"))
            .flatMap(n -> expect.path(n, "fleet.caFile"))
            .orElse(""),
        Optional.ofNullable(fields.get("logs"))
            .flatMap(n -> expect.word(n, "fleet.logs", DevicePolicyReader.ALLOWED))
            .orElse(DeviceSettings.DEFAULT.fleet().logs()),
        Optional.ofNullable(fields.get("metered"))
            .flatMap(n -> expect.flag(n, "fleet.metered"))
            .orElse(DeviceSettings.DEFAULT.fleet().metered()));
  }

  private String matching(
      SequencedMap<String, Node> fields, Node parent, String key, Pattern form, String help) {
    String path = "fleet." + key;
    Optional<Node> node = expect.required(fields, parent, "fleet", key);
    Optional<String> text = node.flatMap(n -> expect.text(n, path));
    if (text.isPresent() && (text.get().length() > 253 || !form.matcher(text.get()).matches())) {
      expect.invalid(node.get().at(), path, text.get(), "cannot be that", help);
    }
    return text.orElse("");
  }

  private Git git(Node node, Git base) {
    var fields = expect.fields(node, "git", GIT_FIELDS);
    String url =
        expect
            .required(fields, node, "git", "url")
            .flatMap(n -> expect.text(n, "git.url"))
            .orElse("");
    return new Git(
        url,
        // Text stays valid: an upgrade must not stop the agent of a device that nobody looks at.
        Optional.ofNullable(fields.get("ref"))
            .flatMap(ref -> new RefReader(findings, true).read(ref, "git.ref"))
            .orElse(base.ref()),
        text(fields, "path", base.path()),
        period(fields, "interval", base.interval(), Duration.ofSeconds(1)),
        text(fields, "tokenFile", base.tokenFile()),
        text(fields, "username", base.username()),
        text(fields, "sshKeyFile", base.sshKeyFile()),
        text(fields, "knownHostsFile", base.knownHostsFile()),
        text(fields, "caFile", base.caFile()));
  }

  private String text(SequencedMap<String, Node> fields, String key, String otherwise) {
    return Optional.ofNullable(fields.get(key))
        .flatMap(node -> expect.scalar(node, "git." + key))
        .orElse(otherwise);
  }

  private int number(SequencedMap<String, Node> fields, String key, int otherwise, int most) {
    return Optional.ofNullable(fields.get(key))
        .flatMap(node -> expect.number(node, key, 0, most))
        .orElse(otherwise);
  }

  private Duration period(
      SequencedMap<String, Node> fields, String key, Duration otherwise, Duration least) {
    Node node = fields.get(key);
    if (node == null) {
      return otherwise;
    }
    Optional<String> text = expect.text(node, key);
    Optional<Duration> period = text.flatMap(Period::read);
    if (text.isPresent() && (period.isEmpty() || period.get().compareTo(least) < 0)) {
      expect.invalid(
          node.at(),
          key,
          text.get(),
          "is not a length of time of at least " + least.toSeconds() + "s",
          Period.HELP);
    }
    return period.orElse(otherwise);
  }
}
