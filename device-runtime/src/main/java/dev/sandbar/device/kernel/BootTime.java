package dev.sandbar.device.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * A time by the clock that runs since the boot, which nobody sets: a device without a battery for
 * its clock begins in the past, and jumps by years at the first answer of a time server.
 *
 * @param boot which boot (proc(5), {@code random/boot_id}); empty if the kernel does not say
 * @param seconds since then, those that it was suspended included (proc(5), {@code uptime})
 */
public record BootTime(String boot, long seconds) {
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path UPTIME = Path.of("/proc/uptime");

  /** What the kernel says now. */
  public static BootTime now() {
    try {
      String uptime = Files.readString(UPTIME);
      return new BootTime(
          Files.readString(BOOT).strip(), Long.parseLong(uptime, 0, uptime.indexOf('.'), 10));
    } catch (IOException e) {
      return new BootTime("", 0);
    }
  }

  /** How long ago another time of the same boot was; empty if it was not in this boot so far. */
  public Optional<Duration> since(BootTime before) {
    boolean past = before.seconds >= 0 && before.seconds <= seconds;
    return past && !boot.isEmpty() && boot.equals(before.boot)
        ? Optional.of(Duration.ofSeconds(seconds - before.seconds))
        : Optional.empty();
  }
}
