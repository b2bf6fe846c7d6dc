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

  /** These are numbered from 0, and have no folder. */
  private static final int CAMERAS = 10;

  private static final int GPIO_CHIPS = 16;
  private static final int I2C_BUSES = 24;
  private static final int SPI_BUSES = 11;
  private static final int CHIP_SELECTS = 2;

  private static final Map<Permission, List<DeviceNode>> NODES = table();

  private Hardware() {}

  private static Map<Permission, List<DeviceNode>> table() {
    var table = new EnumMap<Permission, List<DeviceNode>>(Permission.class);
    table.put(Permission.CAMERA, numbered("/dev/video", CAMERAS));
    table.put(Permission.GPU, List.of(new DeviceNode("/dev/dri", true)));
    table.put(Permission.AUDIO, List.of(new DeviceNode("/dev/snd", true)));
    table.put(Permission.TPM, List.of(new DeviceNode("/dev/tpmrm0", true)));
    table.put(Permission.HARDWARE_RANDOM, List.of(new DeviceNode("/dev/hwrng", false)));
    table.put(Permission.GPIO, numbered("/dev/gpiochip", GPIO_CHIPS));
    table.put(Permission.I2C, numbered("/dev/i2c-", I2C_BUSES));
    table.put(
        Permission.SPI,
        IntStream.range(0, SPI_BUSES)
            .mapToObj(bus -> numbered("/dev/spidev" + bus + ".", CHIP_SELECTS))
            .flatMap(List::stream)
            .toList());
    return table;
  }

  private static List<DeviceNode> numbered(String name, int count) {
    return IntStream.range(0, count)
        .mapToObj(number -> new DeviceNode(name + number, true))
        .toList();
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
          Value.Limited(_),
          Value.Destinations(_),
          Value.Ports(_),
          Value.Volumes(_),
          Value.Namespace(_),
          Value.Apps(_),
          Value.BusNames(_, _),
          Value.Settings(_),
          Value.Modules(_),
          Value.Units(_) ->
          List.of();
    };
  }

  /** The permission with whose {@code true} an app has the node. */
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
