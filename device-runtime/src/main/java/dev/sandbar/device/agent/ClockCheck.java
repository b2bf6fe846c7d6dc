package dev.sandbar.device.agent;

import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * Whether the clock of the device can be believed. A device without a battery begins with the time
 * at which it was switched off, and is set right when it reaches a time server: until then a window
 * that opens by its clock may be at any time of day.
 */
final class ClockCheck {

  /** systemd-timesyncd(8) makes it when it has set the clock, anew after each boot. */
  private static final String SYNCHRONIZED = "run/systemd/timesync/synchronized";

  private static final String CLOCKS = "sys/class/rtc";

  /** No device had this program before; a clock whose battery is empty shows less. */
  private static final Instant FIRST = Instant.parse("2026-01-01T00:00:00Z");

  private final Path root;
  private final BooleanSupplier kernel;
  private boolean synchronizedOnce;

  /**
   * @param root of the device's file system
   * @param kernel whether that says that a time server has set the clock
   */
  ClockCheck(Path root, BooleanSupplier kernel) {
    this.root = root;
    this.kernel = kernel;
  }

  boolean isSet(Instant now) {
    if (now.isBefore(FIRST)) {
      return false;
    }
    synchronizedOnce =
        synchronizedOnce
            || Files.exists(root.resolve(SYNCHRONIZED), LinkOption.NOFOLLOW_LINKS)
            || hasBattery()
            || kernelSaysSo();
    return synchronizedOnce;
  }

  private boolean hasBattery() {
    try (DirectoryStream<Path> clocks = Files.newDirectoryStream(root.resolve(CLOCKS), "rtc*")) {
      return clocks.iterator().hasNext();
    } catch (IOException e) {
      return false;
    }
  }

  /** By whatever program set it; nobody but systemd-timedated may ask the kernel here. */
  private boolean kernelSaysSo() {
    try {
      return kernel.getAsBoolean();
    } catch (SystemdException e) {
      return false;
    }
  }
}
