package dev.sandbar.core.model;

/** The links to hardware by its name that the udev rules of Sandbar make. */
public final class HardwareLinks {

  /** Serial lines of USB devices. */
  public static final String SERIAL = "/dev/sandbar/serial/";

  /** USB devices themselves, without those that are storage or a hub. */
  public static final String USB = "/dev/sandbar/usb/";

  /** Where the kernel has the nodes of USB devices, by bus and number. */
  public static final String BUS = "/dev/bus/usb";

  /** What the names of the units of all such hardware match (glob(7)). */
  public static final String UNITS = "dev-sandbar-*.device";

  private HardwareLinks() {}

  /** Whether the path is that of such a link. */
  public static boolean isLink(String path) {
    return path.startsWith(SERIAL) || path.startsWith(USB);
  }

  /**
   * The unit that systemd has for a node while it is there (systemd.device(5)).
   *
   * @param path below /dev, in normal form, of ASCII alone
   */
  public static UnitName unit(String path) {
    var name = new StringBuilder();
    for (char c : path.substring(1).toCharArray()) {
      if (c == '/') {
        name.append('-');
      } else if (isPlain(c)) {
        name.append(c);
      } else {
        name.append("\\x%02x".formatted((int) c));
      }
    }
    return new UnitName(name + ".device");
  }

  /** What systemd does not escape in the name of a unit that is a path. */
  private static boolean isPlain(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == ':'
        || c == '_'
        || c == '.';
  }
}
