package dev.sandbar.core.catalog;

import dev.sandbar.core.model.Permission;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** What only the network namespace of the device has, and no new one (network_namespaces(7)). */
public final class DeviceNetwork {

  /** Socket families that do something in every network namespace. */
  private static final Set<String> ANYWHERE =
      Set.of("AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_UNIX");

  private DeviceNetwork() {}

  /** The permissions that open sockets of it. */
  public static Set<Permission> permissions() {
    var permissions = EnumSet.noneOf(Permission.class);
    for (PermissionCatalog.Entry entry : PermissionCatalog.all().values()) {
      if (!ANYWHERE.containsAll(entry.grants().network().families().items())) {
        permissions.add(entry.permission());
      }
    }
    return Collections.unmodifiableSet(permissions);
  }
}
