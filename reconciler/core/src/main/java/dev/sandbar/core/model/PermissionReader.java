package dev.sandbar.core.model;

import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reads {@code permissions:}, each permission in the shape that it has. */
final class PermissionReader {

  private static final List<String> KEYS =
      Arrays.stream(Permission.values())
          .flatMap(permission -> Stream.of(permission.key(), permission.alias()))
          .toList();
  private static final SequencedMap<String, Protocol> PROTOCOLS =
      NodeValidator.words(List.of(Protocol.values()), Protocol::name);
  private static final SequencedMap<String, Access> ACCESS =
      NodeValidator.words(List.of(Access.values()), Access::word);

  private static final SequencedMap<String, Sources.Place> PLACES =
      NodeValidator.words(List.of(Sources.Place.values()), Sources.Place::word);
  private static final SequencedMap<String, Port.Via> WAYS =
      NodeValidator.words(List.of(Port.Via.values()), Port.Via::word);
  private static final List<String> RANGE = List.of("port", "endPort", "protocol");

  private static final int LAST_PORT = 65_535;

  private enum Access {
    READ_ONLY,
    READ_WRITE;

    String word() {
      return this == READ_ONLY ? "ReadOnly" : "ReadWrite";
    }
  }

  private final DocumentDiagnostics findings;
  private final NodeValidator expect;
  private final HardwareReader hardware;
  private final KernelReader kernel;
  private final DirectoryReader directories;

  PermissionReader(DocumentDiagnostics findings) {
    this.findings = findings;
    this.expect = new NodeValidator(findings);
    this.hardware = new HardwareReader(findings);
    this.kernel = new KernelReader(findings);
    this.directories = new DirectoryReader(findings);
  }

  Permissions read(Node node) {
    var requests = new TreeMap<Permission, Request>();
    var spellings = new TreeMap<Permission, String>();
    var fields = expect.fields(node, "spec.permissions", KEYS, Problem.UNKNOWN_PERMISSION);
    fields.forEach(
        (key, value) ->
            Permission.find(key)
                .ifPresent(
                    permission -> {
                      String other = spellings.putIfAbsent(permission, key);
                      if (other != null) {
                        findings.error(
                            Problem.CONFLICT,
                            value.at(),
                            "permissions: %s and %s are two spellings of one permission"
                                .formatted(other, key),
                            "remove one of them");
                        return;
                      }
                      value(permission, PermissionSpelling.value(permission, key, value))
                          .ifPresent(v -> requests.put(permission, new Request(v, value.at())));
                    }));
    return new Permissions(requests);
  }

  /** One permission's value. */
  private Optional<Value> value(Permission permission, Node node) {
    String path = "permissions." + permission.key();
    if (node instanceof Node.Scalar scalar && scalar.kind() == Node.Kind.BOOLEAN) {
      boolean granted = Boolean.parseBoolean(scalar.text());
      if (granted && !permission.isGrantedByTrue()) {
        expect.invalid(
            node.at(),
            path,
            "true",
            "does not say which",
            "write for example " + permission.example());
        return Optional.empty();
      }
      return Optional.of(granted ? new Value.Granted() : new Value.Withheld());
    }
    return switch (permission.shape()) {
      case TOGGLE -> expect.flag(node, path).map(_ -> new Value.Withheld());
      case DIRECTORY -> directories.limited(node, path);
      case NAMESPACE -> namespace(node, path);
      case DESTINATIONS -> list(node, path, this::destination, Value.Destinations::new);
      case PORTS -> list(node, path, this::port, Value.Ports::new);
      case VOLUMES ->
          list(
              node,
              path,
              (n, p) -> mount(permission == Permission.MOUNTS, n, p),
              Value.Volumes::new);
      case DEVICES ->
          list(node, path, (n, p) -> hardware.read(permission, n, p), Value.Devices::new);
      case APPS -> list(node, path, this::app, Value.Apps::new);
      case BUS_NAMES -> busNames(node, path);
      case SETTINGS -> list(node, path, kernel::setting, Value.Settings::new);
      case MODULES -> list(node, path, kernel::module, Value.Modules::new);
      case UNITS -> list(node, path, this::unit, Value.Units::new);
    };
  }

  private <T> Optional<Value> list(
      Node node,
      String path,
      BiFunction<Node, String, Optional<T>> reader,
      Function<List<T>, Value> maker) {
    List<Node> items = expect.items(node, path, SpecBounds.MOST_ITEMS);
    if (items.isEmpty()) {
      boolean isList = node instanceof Node.Sequence sequence && sequence.items().isEmpty();
      return isList ? Optional.of(new Value.Withheld()) : Optional.empty();
    }
    var values = new ArrayList<T>();
    for (int i = 0; i < items.size(); i++) {
      reader.apply(items.get(i), path + "[" + i + "]").ifPresent(values::add);
    }
    return values.size() == items.size() ? Optional.of(maker.apply(values)) : Optional.empty();
  }

  private Optional<Value> namespace(Node node, String path) {
    return expect
        .text(node, path)
        .flatMap(text -> allowed(text, ValueRules::namespace, node, path))
        .map(Value.Namespace::new);
  }

  private Optional<AppName> app(Node node, String path) {
    return expect
        .text(node, path)
        .flatMap(text -> allowed(text, ValueRules::app, node, path))
        .map(AppName::new);
  }

  private Optional<UnitName> unit(Node node, String path) {
    return expect
        .text(node, path)
        .flatMap(text -> allowed(text, LogUnits::objection, node, path))
        .map(UnitName::new);
  }

  private Optional<Value> busNames(Node node, String path) {
    var fields = expect.fields(node, path, List.of("talk", "own"));
    if (!fields.containsKey("own")) {
      // The one that most apps write is what is missing.
      expect.required(fields, node, path, "talk");
    }
    Optional<List<BusName>> talk = names(fields, "talk", path, ValueRules::busName);
    Optional<List<BusName>> own = names(fields, "own", path, ValueRules::ownedBusName);
    if (fields.isEmpty() || talk.isEmpty() || own.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        talk.get().isEmpty() && own.get().isEmpty()
            ? new Value.Withheld()
            : new Value.BusNames(talk.get(), own.get()));
  }

  /** Of a list that is not there none; empty if one is wrong. */
  private Optional<List<BusName>> names(
      Map<String, Node> fields,
      String key,
      String path,
      Function<String, Optional<Objection>> rule) {
    Node names = fields.get(key);
    if (names == null || (names instanceof Node.Sequence(_, var none) && none.isEmpty())) {
      return Optional.of(List.of());
    }
    String below = path + "." + key;
    var found = new ArrayList<BusName>();
    List<Node> items = expect.items(names, below, SpecBounds.MOST_ITEMS);
    for (int i = 0; i < items.size(); i++) {
      Node item = items.get(i);
      String place = below + "[" + i + "]";
      expect
          .text(item, place)
          .flatMap(text -> allowed(text, rule, item, place))
          .map(BusName::new)
          .ifPresent(found::add);
    }
    return found.size() == items.size() && !items.isEmpty() ? Optional.of(found) : Optional.empty();
  }

  private Optional<Destination> destination(Node node, String path) {
    var fields = expect.fields(node, path, List.of("cidr", "host", "ports"));
    Optional<List<PortRange>> ports =
        Optional.ofNullable(fields.get("ports"))
            .map(n -> ranges(n, path + ".ports"))
            .orElse(Optional.of(List.of()));
    Node host = fields.get("host");
    if (host != null && fields.containsKey("cidr")) {
      expect.invalid(
          host.at(), path, "host", "stands beside cidr", "give each an entry of its own");
      return Optional.empty();
    }
    if (host != null) {
      return expect
          .text(host, path + ".host")
          .flatMap(t -> allowed(t, HostNames::check, host, path + ".host"))
          .flatMap(name -> ports.map(some -> new Destination.Host(name, some)));
    }
    return expect
        .required(fields, node, path, "cidr")
        .flatMap(
            n ->
                expect
                    .text(n, path + ".cidr")
                    .flatMap(t -> allowed(t, ValueRules::cidr, n, path + ".cidr")))
        .flatMap(Cidr::parse)
        .flatMap(cidr -> ports.map(some -> new Destination.Prefix(cidr, some)));
  }

  /** The ports of a destination; empty if any is wrong. */
  private Optional<List<PortRange>> ranges(Node node, String path) {
    if (node instanceof Node.Sequence sequence && sequence.items().isEmpty()) {
      expect.invalid(
          node.at(), path, "[]", "names no port", "list the ports, or remove ports to open all");
      return Optional.empty();
    }
    List<Node> items = expect.items(node, path, SpecBounds.MOST_DESTINATION_PORTS);
    var ranges = new ArrayList<PortRange>();
    for (int i = 0; i < items.size(); i++) {
      String at = path + "[" + i + "]";
      Node item = items.get(i);
      var fields = expect.fields(item, at, RANGE);
      if (item instanceof Node.Mapping) {
        range(fields, item, at, 1).ifPresent(ranges::add);
      }
    }
    return items.isEmpty() || ranges.size() != items.size()
        ? Optional.empty()
        : Optional.of(ranges);
  }

  private Optional<Port> port(Node node, String path) {
    var fields =
        expect.fields(node, path, List.of("name", "port", "endPort", "protocol", "via", "from"));
    Optional<Sources> from =
        Optional.ofNullable(fields.get("from"))
            .map(n -> sources(n, path + ".from"))
            .orElse(Optional.of(Sources.REACHED));
    Optional<Port.Via> via =
        Optional.ofNullable(fields.get("via"))
            .map(n -> expect.word(n, path + ".via", WAYS))
            .orElse(Optional.of(Port.Via.DIRECT));
    Optional<PortRange> range = range(fields, node, path, 0);
    Optional<String> name =
        Optional.ofNullable(fields.get("name")).flatMap(n -> expect.text(n, path + ".name"));
    if (range.isEmpty() || from.isEmpty() || via.isEmpty()) {
      return Optional.empty();
    }
    if (range.get().isAny() && !from.get().isReached()) {
      expect.invalid(
          fields.getOrDefault("from", node).at(),
          path,
          "from",
          "is of a port that the kernel picks, which nobody knows to connect to",
          "remove from, or write the numbers of the ports");
      return Optional.empty();
    }
    String fallback =
        range.get().protocol().name().toLowerCase(Locale.ROOT) + "-" + range.get().first();
    return Optional.of(new Port(name.orElse(fallback), range.get(), from.get(), via.get()));
  }

  /** A word, or a list of prefixes. */
  private Optional<Sources> sources(Node node, String path) {
    if (!(node instanceof Node.Sequence sequence)) {
      return expect.word(node, path, PLACES).map(Sources.Named::new);
    }
    if (sequence.items().isEmpty()) {
      expect.invalid(
          node.at(), path, "[]", "lets nobody connect", "list prefixes, or remove the port");
      return Optional.empty();
    }
    List<Node> items = expect.items(node, path, SpecBounds.MOST_ITEMS);
    var prefixes = new ArrayList<Cidr>();
    for (int i = 0; i < items.size(); i++) {
      Node item = items.get(i);
      String at = path + "[" + i + "]";
      expect
          .text(item, at)
          .flatMap(text -> allowed(text, ValueRules::cidr, item, at))
          .flatMap(Cidr::parse)
          .ifPresent(prefixes::add);
    }
    return items.isEmpty() || prefixes.size() != items.size()
        ? Optional.empty()
        : Optional.of(new Sources.Prefixes(prefixes));
  }

  private Optional<PortRange> range(
      SequencedMap<String, Node> fields, Node node, String path, int least) {
    Optional<Protocol> protocol =
        Optional.ofNullable(fields.get("protocol"))
            .map(n -> expect.word(n, path + ".protocol", PROTOCOLS))
            .orElse(Optional.of(Protocol.TCP));
    Optional<Integer> number =
        expect
            .required(fields, node, path, "port")
            .flatMap(n -> expect.number(n, path + ".port", least, LAST_PORT));
    Optional<Integer> last =
        Optional.ofNullable(fields.get("endPort"))
            .map(
                n ->
                    expect
                        .number(n, path + ".endPort", 1, LAST_PORT)
                        .flatMap(
                            end ->
                                allowed(
                                    end,
                                    e -> ValueRules.endPort(number.orElse(end), e),
                                    n,
                                    path + ".endPort")))
            .orElse(number);
    return protocol.flatMap(p -> number.flatMap(n -> last.map(l -> new PortRange(p, n, l))));
  }

  private Optional<Mount> mount(boolean fileSystem, Node node, String path) {
    var fields = expect.fields(node, path, List.of("source", "mountPath", "access"));
    Optional<String> source =
        expect
            .required(fields, node, path, "source")
            .flatMap(
                n ->
                    expect
                        .text(n, path + ".source")
                        .flatMap(t -> allowed(t, ValueRules::volume, n, path + ".source")));
    Optional<String> mountPath =
        expect
            .required(fields, node, path, "mountPath")
            .flatMap(
                n ->
                    expect
                        .path(n, path + ".mountPath")
                        .flatMap(t -> allowed(t, ValueRules::mountPoint, n, path + ".mountPath")));
    Optional<Boolean> writable = access(fields, path, false);
    return source.flatMap(
        s -> mountPath.flatMap(m -> writable.map(w -> new Mount(s, m, w, fileSystem))));
  }

  private Optional<Boolean> access(Map<String, Node> fields, String path, boolean otherwise) {
    return Optional.ofNullable(fields.get("access"))
        .map(n -> expect.word(n, path + ".access", ACCESS).map(a -> a == Access.READ_WRITE))
        .orElse(Optional.of(otherwise));
  }

  /** The value, unless a rule objects to it. */
  private <T> Optional<T> allowed(
      T value, Function<T, Optional<Objection>> rule, Node node, String path) {
    Optional<Objection> objection = rule.apply(value);
    if (objection.isEmpty()) {
      return Optional.of(value);
    }
    Objection o = objection.get();
    findings.error(
        o.problem(),
        node.at(),
        "%s: %s %s".formatted(path, NodeValidator.shown(value.toString()), o.why()),
        o.help());
    return Optional.empty();
  }
}
