package dev.sandbar.core.catalog;

import dev.sandbar.core.model.Permission;
import java.util.List;

/** The rows of {@link PermissionCatalog} about the device's kernel and its file systems. */
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
                  + " network: Own."),
          new PermissionCatalog.Entry(
              Permission.KERNEL_MODULES,
              "Kernel modules",
              "Have these modules of the device's kernel loaded before it starts.",
              "No kernel module is loaded for it, and it can load none.",
              Sandbox.CLOSED,
              Ceiling.confined(),
              "They are there for the whole device, and stay until it restarts."),
          new PermissionCatalog.Entry(
              Permission.MOUNTS,
              "Mounted file systems",
              "Have these file systems of the device mounted before it starts, and see them at chosen"
                  + " paths, read-only or writable.",
              "No file system is mounted for it, and it can mount none.",
              Sandbox.CLOSED,
              Ceiling.confined(),
              "Apps that name the same one share it; it is unmounted when none of them runs."));

  private KernelEntries() {}
}
