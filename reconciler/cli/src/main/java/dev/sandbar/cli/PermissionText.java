package dev.sandbar.cli;

import dev.sandbar.core.model.AppSandbox.Mode;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.DeviceNode;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import java.util.Locale;
import java.util.stream.Collectors;

/** Permissions in words. */
final class PermissionText {
  private PermissionText() {}

  /** How a permission stands in a spec. */
  enum Standing {
    /** Asked for. */
    GRANTED,
    /** Not asked for where absent means no, or refused by name. */
    WITHHELD,
    /** Not mentioned where absent means yes. */
    OPEN;

    /** For people and JSON. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How the permission stands. */
  static Standing standing(Permission permission, Permissions permissions, Mode mode) {
    return permissions
        .get(permission)
        .map(r -> r.value() instanceof Value.Withheld ? Standing.WITHHELD : Standing.GRANTED)
        .orElse(mode == Mode.CLOSED ? Standing.WITHHELD : Standing.OPEN);
  }

  /** What exactly is asked for, for example {@code 8080/tcp}; empty if it is all or nothing. */
  static String detail(Request request) {
    return switch (request.value()) {
      case Value.Withheld(), Value.Granted() -> "";
      case Value.Destinations(var cidrs) ->
          cidrs.stream().map(Cidr::toString).collect(Collectors.joining(", "));
      case Value.Ports(var ports) ->
          ports.stream().map(PermissionText::port).collect(Collectors.joining(", "));
      case Value.Devices(var nodes) ->
          nodes.stream().map(PermissionText::node).collect(Collectors.joining(", "));
      case Value.Volumes(var mounts) ->
          mounts.stream().map(PermissionText::mount).collect(Collectors.joining(", "));
      case Value.Namespace(var name) -> name;
    };
  }

  /** How the permission is written in a spec. */
  static String example(Permission permission) {
    return permission.key()
        + ": "
        + switch (permission.shape()) {
          case TOGGLE -> "true";
          case DESTINATIONS -> "[{cidr: 203.0.113.0/24}]";
          case PORTS -> "[{name: web, port: 8080}]";
          case NAMESPACE -> "uplink";
          case VOLUMES -> "[{source: " + Samples.VOLUME + ", mountPath: /data, access: ReadWrite}]";
          case DEVICES ->
              permission == Permission.SERIAL
                  ? "[{device: /dev/ttyUSB0}]"
                  : "[{device: /dev/video0, access: ReadWrite}]";
        };
  }

  private static String port(Port port) {
    return port.number() + "/" + port.protocol().name().toLowerCase(Locale.ROOT);
  }

  private static String node(DeviceNode node) {
    return node.path() + (node.writable() ? "" : " (read only)");
  }

  private static String mount(Mount mount) {
    return mount.source() + " at " + mount.mountPath() + (mount.writable() ? "" : " (read only)");
  }
}
