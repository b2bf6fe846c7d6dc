package dev.sandbar.vdev;

import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** Names of devices and networks: they become host names, file names and cgroups. */
final class DeviceNaming {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}[a-z0-9]|[a-z]");

  private DeviceNaming() {}

  static String checked(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new VirtualDeviceException(
          "\""
              + name
              + "\" is no name for a device or network: use up to 32 lower-case letters, digits and"
              + " hyphens, beginning with a letter");
    }
    return name;
  }

  /** A dot never stands in a chosen name, so that the two kinds cannot meet. */
  static String unique(String name) {
    return "%s.%08x".formatted(checked(name), ThreadLocalRandom.current().nextInt());
  }
}
