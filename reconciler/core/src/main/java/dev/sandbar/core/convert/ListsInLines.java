package dev.sandbar.core.convert;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.property.Unquoting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The values of permissions that are lists, as lines of a unit name what is in them. */
final class ListsInLines {

  private static final Pattern PORT = Pattern.compile("(?:(tcp|udp):)?([0-9]+)(?:-([0-9]+))?");

  /** Serial lines, as the kernel and udev name them. */
  private static final Pattern SERIAL = Pattern.compile("/dev/(tty[A-Z]|serial/).*");

  private static final Map<Permission, String> DIRECTIVES =
      Map.of(
          Permission.PORTS, "SocketBindAllow",
          Permission.SERIAL, "DeviceAllow",
          Permission.DEVICES, "DeviceAllow");

  private ListsInLines() {}

  /**
   * The directive that names what is in the list of a permission; empty if none does, or if the
   * unit does not have it.
   */
  static Optional<String> directive(Permission permission) {
    return Optional.ofNullable(DIRECTIVES.get(permission));
  }

  /** The list; empty if the lines name nothing, or something that the permission cannot say. */
  static Optional<Node> value(Permission permission, UnitFile unit) {
    Optional<String> directive = directive(permission);
    var items = new ArrayList<Node>();
    for (UnitFile.Line line : unit.lines()) {
      if (directive.filter(line.name()::equals).isPresent()) {
        List<String> words = words(line);
        boolean known =
            permission == Permission.PORTS
                ? words.stream().allMatch(word -> port(word, items))
                : device(permission, words, items);
        if (!known) {
          return Optional.empty();
        }
      }
    }
    return items.isEmpty()
        ? Optional.empty()
        : Optional.of(new Node.Sequence(items.getFirst().at(), items));
  }

  private static List<String> words(UnitFile.Line line) {
    try {
      return Unquoting.split(line.value());
    } catch (IllegalArgumentException e) {
      return List.of(line.value());
    }
  }

  private static boolean port(String word, List<Node> items) {
    Matcher matcher = PORT.matcher(word);
    if (!matcher.matches()) {
      return false;
    }
    String protocol = matcher.group(1);
    for (String one : protocol == null ? List.of("tcp", "udp") : List.of(protocol)) {
      var fields = new ArrayList<Node.Entry>();
      fields.add(Node.entry("port", number(matcher.group(2))));
      if (matcher.group(3) != null) {
        fields.add(Node.entry("endPort", number(matcher.group(3))));
      }
      if (one.equals("udp")) {
        fields.add(Node.entry("protocol", Node.text("UDP")));
      }
      items.add(Node.mapping(fields));
    }
    return true;
  }

  /** Classes such as {@code char-video4linux} are of no node in particular. */
  private static boolean device(Permission permission, List<String> words, List<Node> items) {
    String path = words.isEmpty() ? "" : words.getFirst();
    if (!path.startsWith("/dev/")) {
      return false;
    }
    boolean written = words.size() < 2 || words.get(1).contains("w");
    boolean serial = written && SERIAL.matcher(path).matches();
    if (serial && permission == Permission.SERIAL) {
      items.add(Node.mapping(List.of(Node.entry("device", Node.text(path)))));
    } else if (!serial && permission == Permission.DEVICES) {
      var fields = new ArrayList<Node.Entry>();
      fields.add(Node.entry("device", Node.text(path)));
      if (written) {
        fields.add(Node.entry("access", Node.text("ReadWrite")));
      }
      items.add(Node.mapping(fields));
    }
    return true;
  }

  private static Node number(String digits) {
    return new Node.Scalar(Location.NOWHERE, Node.Kind.INTEGER, digits);
  }
}
