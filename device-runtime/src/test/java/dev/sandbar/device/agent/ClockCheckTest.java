package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.device.systemd.SystemdException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which clocks are believed. */
class ClockCheckTest {
  private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");

  @TempDir private Path root;

  @Test
  void oneWithoutABatteryIsBelievedWhenATimeServerHasSetIt() throws IOException {
    var check = new ClockCheck(root, ClockCheckTest::unsynchronized);
    assertThat(check.isSet(NOON)).isFalse();
    Path file = root.resolve("run/systemd/timesync/synchronized");
    Files.createDirectories(file.resolveSibling(""));
    Files.writeString(file, "");
    assertThat(check.isSet(NOON)).isTrue();
    assertThat(check.isSet(Instant.parse("1970-01-01T03:00:00Z"))).isFalse();
    Files.delete(file);
    assertThat(check.isSet(NOON)).isTrue();
  }

  @Test
  void oneWithABatteryIsBelievedUnlessThatIsEmpty() throws IOException {
    Files.createDirectories(root.resolve("sys/class/rtc/rtc0"));
    var check = new ClockCheck(root, ClockCheckTest::unsynchronized);
    assertThat(check.isSet(Instant.parse("2000-01-01T00:10:00Z"))).isFalse();
    assertThat(check.isSet(NOON)).isTrue();
  }

  @Test
  void whatTheKernelSaysIsBelieved() {
    assertThat(new ClockCheck(root, () -> true).isSet(NOON)).isTrue();
  }

  /** systemd-timedated is not installed. */
  private static boolean unsynchronized() {
    throw new SystemdException(
        SystemdException.Kind.UNAVAILABLE, "no such service", new IOException());
  }
}
