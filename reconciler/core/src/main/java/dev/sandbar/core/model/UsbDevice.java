package dev.sandbar.core.model;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A device on USB as it names itself. Any device can claim the name of another one: it finds
 * hardware, and is no proof of which.
 *
 * @param vendor idVendor, four hexadecimal digits in lower case
 * @param product idProduct, likewise
 * @param serial its serial number, with an underscore for each blank, as udev has it; empty for any
 */
public record UsbDevice(String vendor, String product, String serial) {

  /** The longest serial number, in characters: the name of a unit is made of it. */
  public static final int LONGEST_SERIAL = 48;

  /** What a vendor and a product look like: a regular expression. */
  public static final String ID = "[0-9A-Fa-f]{4}";

  /** What a serial number looks like: a regular expression. */
  public static final String SERIAL = "[A-Za-z0-9._:-]{1," + LONGEST_SERIAL + "}";

  private static final Pattern IDS = Pattern.compile("[0-9a-f]{4}");
  private static final Pattern LINK =
      Pattern.compile(HardwareLinks.USB + "([0-9a-f]{4})_([0-9a-f]{4})(_.*)?");
  private static final Pattern SERIALS = Pattern.compile("(" + SERIAL + ")?");

  public UsbDevice {
    if (!IDS.matcher(vendor).matches()
        || !IDS.matcher(product).matches()
        || !SERIALS.matcher(serial).matches()) {
      throw new IllegalArgumentException("not the name of a USB device");
    }
  }

  /** The vendor and the product that a link below {@link HardwareLinks#USB} is of. */
  public static Optional<String> name(String path) {
    Matcher link = LINK.matcher(path);
    return link.matches() ? Optional.of(link.group(1) + ":" + link.group(2)) : Optional.empty();
  }

  /** As lsusb(8) shows it, without its serial number. */
  public String name() {
    return vendor + ":" + product;
  }

  static Optional<Objection> id(String text) {
    return objection(
        text.matches(ID),
        "is not four hexadecimal digits",
        "write what lsusb shows on one side of the colon, for example \"0403\"");
  }

  static Optional<Objection> serial(String text) {
    return objection(
        text.matches(SERIAL),
        "cannot be a serial number here",
        "write ID_USB_SERIAL_SHORT of 'udevadm info', at most %d letters, digits and . _ : -"
            .formatted(LONGEST_SERIAL));
  }

  private static Optional<Objection> objection(boolean right, String why, String help) {
    return right ? Optional.empty() : Optional.of(new Objection(Problem.INVALID_VALUE, why, help));
  }

  /**
   * The link to a node of the device that the udev rules of Sandbar make, {@code
   * packaging/70-sandbar.rules}.
   *
   * @param folder {@link HardwareLinks#SERIAL} or {@link HardwareLinks#USB}
   */
  public String link(String folder) {
    return folder + vendor + "_" + product + (serial.isEmpty() ? "" : "_" + serial);
  }
}
