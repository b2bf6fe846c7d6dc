package dev.sandbar.core.catalog;

import dev.sandbar.core.model.Permission;
import java.util.List;

/** The rows of {@link PermissionCatalog} about the device's kernel. */
final class KernelEntries {

  static final List<PermissionCatalog.Entry> ROWS =
      List.of(
          new PermissionCatalog.Entry(
              Permission.KERNEL_TUNING,
              "Kernel settings",
              "Have these settings of the device's kernel (sysctl) set before it starts and for as long"
                  + " as it is there.",
              "No kernel setting is changed for it, and it can write none.",
              Sandbox.CLOSED,
              Ceiling.confined(),
              "They hold for the whole device: those of net.* in the device's own network, also with"
                  + " network: Own."));

  private KernelEntries() {}
}
