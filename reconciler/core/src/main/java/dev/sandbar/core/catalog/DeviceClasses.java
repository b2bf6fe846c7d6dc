package dev.sandbar.core.catalog;

import dev.sandbar.core.model.Permission;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The kinds of hardware that device nodes are of: by the names that the kernel and udev have for
 * the nodes of a class (admin-guide/devices.txt), whatever their numbers, and not by a list of
 * nodes. A name that no class has can be a link to anything, so nothing is known of it.
 */
public final class DeviceClasses {

  private static final String DEV = "/dev/";

  /** By permission, the names below /dev of its class: regular expressions. */
  private static final Map<Permission, String> NAMES = names();

  /** Classes of no kind that a permission names, and that no other hardware is reached through. */
  private static final String OTHERS =
      "input(/.*)?|(usb/)?lp[0-9]+|rtc[0-9]*|pps[0-9]+|ptp[0-9]+|iio:device[0-9]+|kvm|net/tun";

  private static final Map<Permission, Pattern> PATTERNS = patterns();
  private static final Pattern OTHER = Pattern.compile(DEV + "(" + OTHERS + ")");

  private static final Set<Permission> KINDS = kinds();

  private DeviceClasses() {}

  private static Map<Permission, String> names() {
    var names = new EnumMap<Permission, String>(Permission.class);
    names.put(
        Permission.SERIAL,
        "tty[A-Za-z]+[0-9]+|serial[0-9]*|serial/.+|sandbar/serial/.+|rfcomm[0-9]+");
    names.put(Permission.USB, "bus(/.*)?|sandbar/usb/.+");
    names.put(
        Permission.CAMERA, "(video|media|vbi|radio|swradio|v4l-subdev|v4l-touch)[0-9]+|v4l(/.*)?");
    names.put(Permission.GPU, "dri(/.*)?|fb[0-9]+|mali[0-9]+|kfd|nvidia([0-9]+|ctl|-.+)");
    names.put(Permission.AUDIO, "snd(/.*)?|(dsp|adsp|audio|mixer|midi)[0-9]*|sequencer2?|music");
    names.put(Permission.TPM, "tpm(rm)?[0-9]+");
    names.put(Permission.HARDWARE_RANDOM, "hwrng");
    names.put(Permission.GPIO, "gpiochip[0-9]+");
    names.put(Permission.I2C, "i2c-[0-9]+");
    names.put(Permission.SPI, "spidev[0-9]+[.][0-9]+");
    names.put(Permission.BLUETOOTH, "rfcomm[0-9]+");
    return Collections.unmodifiableMap(names);
  }

  private static Map<Permission, Pattern> patterns() {
    var patterns = new EnumMap<Permission, Pattern>(Permission.class);
    NAMES.forEach((kind, names) -> patterns.put(kind, Pattern.compile(DEV + "(" + names + ")")));
    return patterns;
  }

  private static Set<Permission> kinds() {
    Set<Permission> kinds = EnumSet.copyOf(NAMES.keySet());
    kinds.addAll(EnumSet.of(Permission.DEVICES, Permission.CAN_BUS));
    return Collections.unmodifiableSet(kinds);
  }

  /** The permissions that are about hardware: what is plugged in can be of each of them. */
  public static Set<Permission> permissions() {
    return KINDS;
  }

  /** The names of a kind's nodes below /dev, as a regular expression; empty if it has none. */
  public static Optional<String> names(Permission kind) {
    return Optional.ofNullable(NAMES.get(kind));
  }

  /** The names below /dev that are of a class, but of no kind: a regular expression. */
  public static String otherNames() {
    return OTHERS;
  }

  /** Whether the node is of this kind. */
  public static boolean is(Permission kind, String path) {
    return PATTERNS.containsKey(kind) && PATTERNS.get(kind).matcher(path).matches();
  }

  /** Whether it is known what kinds of hardware the node is of, and what it is not. */
  public static boolean isKnown(String path) {
    return OTHER.matcher(path).matches()
        || PATTERNS.values().stream().anyMatch(it -> it.matcher(path).matches());
  }

  /**
   * Whether the node can be hardware of kinds that its name does not say: a USB device is whatever
   * is plugged in, and a name that no class has leads anywhere.
   */
  public static boolean isAnything(String path) {
    return is(Permission.USB, path) || !isKnown(path);
  }
}
