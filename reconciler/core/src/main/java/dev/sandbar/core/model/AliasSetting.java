package dev.sandbar.core.model;

import dev.sandbar.core.model.Node.Entry;
import dev.sandbar.core.model.Node.Kind;
import dev.sandbar.core.model.Node.Mapping;
import dev.sandbar.core.model.Node.Scalar;
import dev.sandbar.core.model.Node.Sequence;
import dev.sandbar.core.model.Permissions.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads {@code ACCESS_INTERNET=no} and its like, the form of command lines and unit files. Lists
 * are separated by commas:
 *
 * <ul>
 *   <li>{@code ACCESS_INTERNET_TO=203.0.113.0/24,2001:db8::/32,mqtt.example.com}
 *   <li>{@code ACCESS_PORTS=8080/tcp,6000-6010/udp,any/udp} ({@code /tcp} may be left out)
 *   <li>{@code ACCESS_SERIAL=/dev/ttyUSB0,0403:6001:A50285BI}, {@code ACCESS_USB=0bda:2838}, {@code
 *       ACCESS_DEVICES=/dev/video0:rw} (else read only)
 *   <li>{@code ACCESS_STORAGE=media:/data:rw} (else read only)
 *   <li>{@code ACCESS_NETWORK_NAMESPACE=uplink}
 *   <li>{@code ACCESS_DBUS=org.bluez,org.freedesktop.Avahi}
 * </ul>
 */
public final class AliasSetting {

  private static final List<String> ALIASES =
      Arrays.stream(Permission.values()).map(Permission::alias).toList();
  private static final List<String> YES = List.of("yes", "true", "on", "1", "y", "t");
  private static final List<String> NO = List.of("no", "false", "off", "0", "n", "f");

  private AliasSetting() {}

  /** What became of a setting. */
  public sealed interface Outcome {}

  /**
   * It is a request for a permission.
   *
   * @param value as under the key of the permission in a spec
   */
  public record Accepted(Permission permission, Request request, Node value) implements Outcome {}

  /** It is not. */
  public record Refused(List<Diagnostic> errors) implements Outcome {
    public Refused {
      errors = List.copyOf(errors);
    }
  }

  /**
   * Reads {@code ALIAS=VALUE}.
   *
   * @param at its location; {@link Location#NOWHERE} for a command line
   */
  public static Outcome parse(String text, Location at) {
    int equals = text.indexOf('=');
    String name = (equals < 0 ? text : text.substring(0, equals)).strip();
    Optional<Permission> permission = Permission.find(name).filter(p -> p.alias().equals(name));
    if (permission.isEmpty()) {
      return refused(
          Problem.UNKNOWN_PERMISSION,
          at,
          "unknown permission " + NodeValidator.shown(name),
          Nearest.help(name, ALIASES, "sandbar explain"));
    }
    String value = equals < 0 ? "" : text.substring(equals + 1).strip();
    if (value.isEmpty()) {
      return refused(
          Problem.MISSING_FIELD, at, name + " has no value", "write " + name + "=yes or =no");
    }
    Permission found = permission.get();
    Optional<Node> node = node(found, value, at);
    if (node.isEmpty()) {
      return refused(
          Problem.INVALID_VALUE,
          at,
          "%s: %s is neither yes nor no".formatted(name, NodeValidator.shown(value)),
          "write " + name + "=yes or " + name + "=no");
    }
    var findings = new DocumentDiagnostics();
    var document = new Mapping(at, List.of(new Entry(at, found.key(), node.get())));
    Permissions read = new PermissionReader(findings).read(document);
    Optional<Request> request = read.get(found);
    return request.isPresent() && !findings.hasErrors()
        ? new Accepted(found, request.get(), node.get())
        : new Refused(findings.all());
  }

  /**
   * A value under a key of {@code permissions}: words for yes and no are what they say, and under
   * an alias all is read as after its equals sign. Words of one letter or digit can be names.
   */
  static Node plain(Permission permission, boolean alias, Scalar scalar) {
    boolean text = scalar.kind() == Kind.TEXT;
    if (alias && (text || scalar.kind() == Kind.INTEGER)) {
      return node(permission, scalar.text().strip(), scalar.at()).orElse(scalar);
    }
    String word = scalar.text().toLowerCase(Locale.ROOT);
    boolean meant = word.length() > 1 || permission.isGrantedByTrue();
    if (text && meant && (YES.contains(word) || NO.contains(word))) {
      return new Scalar(scalar.at(), Kind.BOOLEAN, Boolean.toString(YES.contains(word)));
    }
    return scalar;
  }

  private static Optional<Node> node(Permission permission, String value, Location at) {
    String word = value.toLowerCase(Locale.ROOT);
    if (NO.contains(word)) {
      return Optional.of(new Scalar(at, Kind.BOOLEAN, "false"));
    }
    if (YES.contains(word)) {
      return Optional.of(new Scalar(at, Kind.BOOLEAN, "true"));
    }
    return switch (permission.shape()) {
      case TOGGLE -> Optional.empty();
      case DIRECTORY -> Optional.of(map(at, "quota", value));
      case NAMESPACE -> Optional.of(text(at, value));
      case DESTINATIONS ->
          Optional.of(list(at, value, part -> map(at, isName(part) ? "host" : "cidr", part)));
      case PORTS -> Optional.of(list(at, value, part -> port(at, part)));
      case VOLUMES -> Optional.of(list(at, value, part -> volume(at, part)));
      case APPS, MODULES, UNITS -> Optional.of(list(at, value, part -> text(at, part)));
      case BUS_NAMES ->
          Optional.of(
              new Mapping(
                  at, List.of(new Entry(at, "talk", list(at, value, part -> text(at, part))))));
      case SETTINGS -> Optional.of(list(at, value, part -> setting(at, part)));
      case DEVICES ->
          Optional.of(
              list(
                  at,
                  value,
                  part ->
                      permission == Permission.USB
                              || (permission == Permission.SERIAL && !part.startsWith("/"))
                          ? usb(at, part)
                          : permission == Permission.SERIAL
                              ? map(at, "device", part)
                              : withAccess(at, part, rest -> map(at, "device", rest))));
    };
  }

  /**
   * Addresses end with a digit or have colons and slashes; the last label of a name has a letter.
   */
  private static boolean isName(String part) {
    int last = part.lastIndexOf('.') + 1;
    return last > 0
        && part.indexOf(':') < 0
        && part.indexOf('/') < 0
        && part.substring(last).chars().anyMatch(Character::isLetter);
  }

  private static Node port(Location at, String part) {
    int slash = part.indexOf('/');
    String numbers = slash < 0 ? part : part.substring(0, slash);
    String protocol = slash < 0 ? "TCP" : part.substring(slash + 1).toUpperCase(Locale.ROOT);
    int dash = numbers.indexOf('-');
    String first = dash < 0 ? numbers : numbers.substring(0, dash);
    var entries = new ArrayList<Entry>();
    entries.add(new Entry(at, "port", number(at, first.equals(PortRange.ANY) ? "0" : first)));
    if (dash >= 0) {
      entries.add(new Entry(at, "endPort", number(at, numbers.substring(dash + 1))));
    }
    entries.add(new Entry(at, "protocol", text(at, protocol)));
    return new Mapping(at, entries);
  }

  private static Node number(Location at, String digits) {
    boolean number = !digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    return new Scalar(at, number ? Kind.INTEGER : Kind.TEXT, digits);
  }

  private static Node volume(Location at, String part) {
    return withAccess(
        at,
        part,
        rest -> {
          int colon = rest.indexOf(':');
          Mapping source = map(at, "source", colon < 0 ? rest : rest.substring(0, colon));
          return colon < 0 ? source : plus(source, "mountPath", rest.substring(colon + 1));
        });
  }

  /** As sysctl(8) takes it. */
  private static Node setting(Location at, String part) {
    int equals = part.indexOf('=');
    Mapping name = map(at, "name", equals < 0 ? part : part.substring(0, equals).strip());
    return equals < 0 ? name : plus(name, "value", part.substring(equals + 1).strip());
  }

  /** Vendor, product and perhaps a serial number. */
  private static Node usb(Location at, String part) {
    String[] parts = part.split(":", 3);
    Mapping vendor = map(at, "vendor", parts[0]);
    if (parts.length == 1) {
      return vendor;
    }
    Mapping both = plus(vendor, "product", parts[1]);
    return parts.length == 2 ? both : plus(both, "serial", parts[2]);
  }

  private static Node withAccess(Location at, String part, Function<String, Mapping> maker) {
    if (part.endsWith(":rw") || part.endsWith(":ro")) {
      String access = part.endsWith(":rw") ? "ReadWrite" : "ReadOnly";
      return plus(maker.apply(part.substring(0, part.length() - 3)), "access", access);
    }
    return maker.apply(part);
  }

  private static Node list(Location at, String value, Function<String, Node> reader) {
    return new Sequence(
        at, Arrays.stream(value.split(",", -1)).map(String::strip).map(reader).toList());
  }

  private static Mapping map(Location at, String key, String value) {
    return new Mapping(at, List.of(new Entry(at, key, text(at, value))));
  }

  private static Mapping plus(Mapping mapping, String key, String value) {
    var entries = new ArrayList<>(mapping.entries());
    entries.add(new Entry(mapping.at(), key, text(mapping.at(), value)));
    return new Mapping(mapping.at(), entries);
  }

  private static Node text(Location at, String value) {
    return new Scalar(at, Kind.TEXT, value);
  }

  private static Outcome refused(Problem problem, Location at, String message, String help) {
    return new Refused(List.of(Diagnostic.error(problem, at, message, help)));
  }
}
