package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Hardware;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.HardwareLinks;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.DeviceNode;
import dev.sandbar.core.model.Problem;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Hardware that is named as USB names it. The unit is the same wherever it is plugged in: udev
 * makes the link, and systemd has a unit for the link while it is there.
 */
final class HardwareLines {

  private HardwareLines() {}

  /**
   * Binds the app to the hardware without which it does not run. Not by BindsTo=, which would have
   * every start, and so the boot, wait a minute and a half for hardware that is not there.
   */
  static void write(Draft draft, AppSpec app) {
    Permissions permissions = app.permissions();
    for (Permission permission : permissions.requests().keySet()) {
      for (String link : required(permission, permissions)) {
        EscapedText unit = EscapedText.device(HardwareLinks.unit(link));
        draft.unit("After", unit, permission.key());
        draft.unit("Requisite", unit, permission.key());
        draft.unit("StopPropagatedFrom", unit, permission.key());
        if (!AppTimer.starts(app)) {
          draft.install("WantedBy", unit, permission.key());
        }
      }
    }
  }

  /** The links of all hardware without which the app does not run. */
  static SortedSet<String> required(Permissions permissions) {
    var links = new TreeSet<String>();
    permissions.requests().keySet().forEach(it -> links.addAll(required(it, permissions)));
    return links;
  }

  private static SortedSet<String> required(Permission permission, Permissions permissions) {
    var links = new TreeSet<String>();
    permissions.get(permission).stream()
        .flatMap(request -> Hardware.nodes(permission, request.value()).stream())
        .filter(DeviceNode::required)
        .forEach(node -> links.add(node.path()));
    return links;
  }

  /** What the device lacks for hardware that is named so. */
  static void check(Permissions permissions, DeviceFacts facts, Complaints complaints) {
    permissions
        .requests()
        .forEach(
            (permission, request) -> {
              boolean named =
                  Hardware.nodes(permission, request.value()).stream()
                      .anyMatch(node -> HardwareLinks.isLink(node.path()));
              if (named) {
                check(permission, request.at(), facts, complaints);
              }
            });
  }

  private static void check(
      Permission permission, Location at, DeviceFacts facts, Complaints complaints) {
    String what = "permissions." + permission.key() + ": this device ";
    if (!facts.has(Feature.HARDWARE_NAMES)) {
      complaints.error(
          Problem.CANNOT_ENFORCE,
          at,
          what + "lacks " + Feature.HARDWARE_NAMES.title(),
          Enforceability.help(Feature.HARDWARE_NAMES));
    } else if (permission == Permission.USB
        && NodeNames.owners(HardwareLinks.USB, facts.owners()).isEmpty()) {
      complaints.error(
          Problem.CANNOT_ENFORCE,
          at,
          what + "has no group " + NodeNames.USB_GROUP,
          "install the package of Sandbar, or on the device: systemd-sysusers; udevadm trigger");
    }
  }
}
