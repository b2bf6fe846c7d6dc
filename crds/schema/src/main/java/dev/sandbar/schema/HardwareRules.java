package dev.sandbar.schema;

import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.UsbDevice;
import dev.sandbar.core.model.ValueTables;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Rules of the admission policy for permissions that name hardware. */
final class HardwareRules {

  private HardwareRules() {}

  static void add(Map<String, String> rules) {
    for (Permission permission : List.of(Permission.SERIAL, Permission.DEVICES)) {
      devices(rules, permission);
    }
    usb(rules, Permission.SERIAL);
    usb(rules, Permission.USB);
    rules.put(
        "serialNames",
        ("variables.serial.exists(i, has(i.device) ? has(i.vendor) || has(i.product) ||"
                + " has(i.serial) || has(i.optional) : !has(i.vendor) || !has(i.product)) ? [%s] : []")
            .formatted(
                Cel.text(
                    "permissions.serial: a serial line is named by device, or by vendor and product"
                        + " and neither by both nor by a part of them")));
  }

  private static void devices(Map<String, String> rules, Permission permission) {
    String example = permission == Permission.SERIAL ? "/dev/ttyUSB0" : "/dev/video0";
    rules.put(
        permission.key() + "Paths",
        PolicyRules.each(
            permission.key(),
            "has(i.device) && (!%s || !%s)"
                .formatted(
                    Cel.matches("i.device", Cel.PATH),
                    Cel.matches(
                        "i.device", "^/dev/[^\\x00-\\x20\"'\\\\$*?\\[\\x7f-\\x{10FFFF}]+$")),
            "device",
            "is not the path of a device node: write for example " + example));
    String patterns =
        ValueTables.refusedDevices().keySet().stream()
            .map(p -> "^/dev/(" + p + ")$")
            .map(p -> Cel.matches("i.device", p))
            .collect(Collectors.joining(" || "));
    rules.put(
        permission.key() + "Nodes",
        PolicyRules.each(
            permission.key(),
            "has(i.device) && i.device.size() < %d && (%s)".formatted(PolicyRules.LONG, patterns),
            "device",
            "is memory, storage, a console or control of the device itself; who has it has the"
                + " device: grant a device of its own purpose, for example "
                + example));
  }

  /** Hardware as USB names it. */
  private static void usb(Map<String, String> rules, Permission permission) {
    String key = permission.key();
    for (String id : List.of("vendor", "product")) {
      rules.put(
          key + Character.toUpperCase(id.charAt(0)) + id.substring(1) + "s",
          PolicyRules.each(
              key,
              "has(i.%s) && !%s".formatted(id, Cel.matches("i." + id, "^" + UsbDevice.ID + "$")),
              id,
              "is not four hexadecimal digits: write for example \"0403\""));
    }
    rules.put(
        key + "Numbers",
        PolicyRules.each(
            key,
            "has(i.serial) && !" + Cel.matches("i.serial", "^" + UsbDevice.SERIAL + "$"),
            "serial",
            "cannot be a serial number here: write ID_USB_SERIAL_SHORT of 'udevadm info', letters,"
                + " digits and . _ : -"));
  }
}
