package dev.sandbar.core.catalog;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Destination;
import dev.sandbar.core.model.HardwareLinks;
import dev.sandbar.core.model.KernelSetting;
import dev.sandbar.core.model.ModuleName;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.DeviceNode;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Port;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.model.UsbDevice;
import java.util.List;

/** Values of permissions for examples. */
final class SampleValues {

  private SampleValues() {}

  /** The value of {@link Permission#example()}. */
  static Value of(Permission permission) {
    return switch (permission.shape()) {
      case TOGGLE, DIRECTORY -> new Value.Granted();
      case DESTINATIONS ->
          new Value.Destinations(List.of(new Destination.Prefix(new Cidr("cb007100", 24))));
      case PORTS -> new Value.Ports(List.of(new Port("web", 8080, Port.Protocol.TCP)));
      case NAMESPACE -> new Value.Namespace("uplink");
      case VOLUMES ->
          new Value.Volumes(
              List.of(
                  permission == Permission.MOUNTS
                      ? new Mount("usb-stick", "/media", false, true)
                      : new Mount("media", "/data", true)));
      case APPS ->
          new Value.Apps(
              List.of(new AppName(permission == Permission.TALK_TO ? "broker" : "publisher")));
      case BUS_NAMES ->
          new Value.BusNames(List.of(new BusName("org.freedesktop.Avahi")), List.of());
      case SETTINGS -> new Value.Settings(List.of(new KernelSetting("net.core.somaxconn", "8192")));
      case MODULES ->
          new Value.Modules(List.of(new ModuleName("wireguard"), new ModuleName("cdc_acm")));
      case UNITS -> new Value.Units(List.of(new UnitName("mosquitto.service")));
      case DEVICES -> new Value.Devices(List.of(node(permission)));
    };
  }

  private static DeviceNode node(Permission permission) {
    if (permission == Permission.USB) {
      var radio = new UsbDevice("0bda", "2838", "");
      return new DeviceNode(radio.link(HardwareLinks.USB), true, true);
    }
    return permission == Permission.SERIAL
        ? new DeviceNode("/dev/ttyUSB0", true)
        : new DeviceNode("/dev/video0", false);
  }
}
