package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.DeviceClasses;
import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.Hardware;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.UsbDevice;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Hardware of which nobody can say what it is: devices on USB, which a program drives in place of
 * the kernel, and nodes whose names are of no class. Where the owner of a device denies one kind of
 * hardware they count as that kind, unless the owner lists them.
 */
final class HardwarePolicy {

  private HardwarePolicy() {}

  static void check(
      AppSpec app, Extent<String> devices, DevicePolicy policy, Complaints complaints) {
    if (devices.allBut()) {
      // Each kind is looked at by itself.
      return;
    }
    var paths = new TreeSet<String>();
    devices.items().forEach(access -> paths.add(access.substring(access.indexOf('/'))));
    for (String path : paths) {
      if (DeviceClasses.isAnything(path) && !policy.hardware().has(path)) {
        List<Permission> denied = denied(path, policy);
        if (!denied.isEmpty()) {
          denied(app, path, denied, complaints);
        }
      }
    }
  }

  /** The kinds that are denied, but for the one that stands in the spec: it is judged by itself. */
  private static List<Permission> denied(String path, DevicePolicy policy) {
    Permission own = DeviceClasses.is(Permission.USB, path) ? Permission.USB : Permission.DEVICES;
    return DeviceClasses.permissions().stream()
        .filter(kind -> kind != own && policy.objection(kind).isPresent())
        .toList();
  }

  private static void denied(
      AppSpec app, String path, List<Permission> kinds, Complaints complaints) {
    Optional<Permission> permission =
        app.permissions().requests().keySet().stream()
            .filter(it -> names(app, it, path))
            .findFirst();
    String key = permission.orElse(Permission.DEVICES).key();
    Optional<String> usb = UsbDevice.name(path);
    complaints.error(
        Problem.POLICY_DENIED,
        permission
            .flatMap(app.permissions()::get)
            .map(Request::at)
            .filter(at -> !at.equals(Location.NOWHERE))
            .orElse(app.at()),
        "permissions.%s: %s, so it counts as %s, which the policy of this device denies"
            .formatted(
                key,
                usb.map(it -> "USB device " + it + " can be hardware of any kind")
                    .orElse(SafeText.shown(path) + " can be hardware of any kind"),
                kinds.stream().map(Permission::key).collect(Collectors.joining(", "))),
        "remove it, or add it to policy: {%s} in /etc/sandbar/agent.yaml of the device"
            .formatted(
                usb.map(
                        it ->
                            "usb: [{vendor: \"%s\", product: \"%s\"}]"
                                .formatted(it.substring(0, 4), it.substring(5)))
                    .orElse("devices: [%s]".formatted(path))));
  }

  private static boolean names(AppSpec app, Permission permission, String path) {
    return app.permissions().get(permission).stream()
        .flatMap(request -> Hardware.nodes(permission, request.value()).stream())
        .anyMatch(node -> node.path().equals(path));
  }
}
