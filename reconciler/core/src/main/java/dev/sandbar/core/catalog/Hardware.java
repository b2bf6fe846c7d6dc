package dev.sandbar.core.catalog;

import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.DeviceNode;
import dev.sandbar.core.model.Permissions.Value;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The device nodes of permissions that name a kind of hardware, as Linux names them
 * (admin-guide/devices.txt). A folder stands for all nodes in it.
 */
public final class Hardware {

  /** Video4Linux numbers its nodes from 0 and has no folder for them. */
  private static final int CAMERAS = 10;

  private static final Map<Permission, List<DeviceNode>> NODES = table();

  private Hardware() {}

  private static Map<Permission, List<DeviceNode>> table() {
    var table = new EnumMap<Permission, List<DeviceNode>>(Permission.class);
    table.put(
        Permission.CAMERA,
        IntStream.range(0, CAMERAS)
            .mapToObj(number -> new DeviceNode("/dev/video" + number, true))
            .toList());
    table.put(Permission.GPU, List.of(new DeviceNode("/dev/dri", true)));
    table.put(Permission.AUDIO, List.of(new DeviceNode("/dev/snd", true)));
    table.put(Permission.TPM, List.of(new DeviceNode("/dev/tpmrm0", true)));
    table.put(Permission.HARDWARE_RANDOM, List.of(new DeviceNode("/dev/hwrng", false)));
    return table;
  }

  /** The permissions that name a kind of hardware. */
  public static Set<Permission> permissions() {
    return NODES.keySet();
  }

  /** What {@code true} opens of devices; empty if that is nothing. */
  public static List<DeviceNode> nodes(Permission permission) {
    return NODES.getOrDefault(permission, List.of());
  }

  /** What the value asks for. */
  public static List<DeviceNode> nodes(Permission permission, Value value) {
    return switch (value) {
      case Value.Granted() -> nodes(permission);
      case Value.Devices(var nodes) -> nodes;
      case Value.Withheld(),
          Value.Destinations(_),
          Value.Ports(_),
          Value.Volumes(_),
          Value.Namespace(_) ->
          List.of();
    };
  }

  /** The kind of hardware that a node is of. */
  public static Optional<Permission> of(String path) {
    return NODES.entrySet().stream()
        .filter(
            entry ->
                entry.getValue().stream()
                    .anyMatch(
                        node -> path.equals(node.path()) || path.startsWith(node.path() + "/")))
        .map(Map.Entry::getKey)
        .findFirst();
  }
}
