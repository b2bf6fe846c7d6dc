package dev.sandbar.core.property;

import java.util.List;
import java.util.Optional;

/**
 * A list of exceptions in a wall (systemd.resource-control(5)). By itself it says nothing.
 *
 * @param wall the directive that closes
 * @param list the directive that names what is open in it
 */
public record WallExceptions(String wall, String list) {

  private static final WallExceptions ADDRESSES =
      new WallExceptions("IPAddressDeny", "IPAddressAllow");
  private static final WallExceptions PORTS =
      new WallExceptions("SocketBindDeny", "SocketBindAllow");
  private static final WallExceptions DEVICES = new WallExceptions("DevicePolicy", "DeviceAllow");
  private static final List<WallExceptions> ALL = List.of(ADDRESSES, PORTS, DEVICES);

  /** Those in a wall; empty if the directive is none that has exceptions. */
  public static Optional<WallExceptions> in(String wall) {
    return ALL.stream().filter(it -> it.wall().equals(wall)).findFirst();
  }

  /** Those that a directive lists; empty if it lists none. */
  public static Optional<WallExceptions> listedBy(String list) {
    return ALL.stream().filter(it -> it.list().equals(list)).findFirst();
  }
}
