package dev.sandbar.core.model;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Hardware that apps may ask for though it can be of a kind that the owner of a device denies.
 *
 * @param usb devices on USB by vendor and product, as {@code 0403:6001}
 * @param devices paths of device nodes
 */
public record ListedHardware(SortedSet<String> usb, SortedSet<String> devices) {

  /** None. */
  public static final ListedHardware NONE =
      new ListedHardware(Collections.emptySortedSet(), Collections.emptySortedSet());

  public ListedHardware {
    usb = Collections.unmodifiableSortedSet(new TreeSet<>(usb));
    devices = Collections.unmodifiableSortedSet(new TreeSet<>(devices));
  }

  /** Whether it is listed, whatever the serial number. */
  public boolean has(String path) {
    return devices.contains(path) || UsbDevice.name(path).filter(usb::contains).isPresent();
  }

  /** Whether it lists nothing. */
  public boolean isNone() {
    return usb.isEmpty() && devices.isEmpty();
  }
}
