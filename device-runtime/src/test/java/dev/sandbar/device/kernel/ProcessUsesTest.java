package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.learn.Use;
import dev.sandbar.core.learn.Use.Trait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A folder that is like that of a process in /proc; real ones are watched in DaemonsTest and
 * DeviceCommandsTest.
 */
class ProcessUsesTest {

  @TempDir private Path process;

  private final List<Use> found = new ArrayList<>();
  private final ProcessUses uses = new ProcessUses(List.of(), found::add, () -> false);

  @BeforeEach
  void quiet() throws IOException {
    Files.createDirectories(process.resolve("fd"));
    Files.createDirectories(process.resolve("fdinfo"));
    status("0 kB");
    stat(0);
    Files.writeString(process.resolve("maps"), "7f00-7f01 r-xp 0000 fd:00 7 /usr/bin/app\n");
  }

  private void status(String locked) throws IOException {
    Files.writeString(process.resolve("status"), "Name:\tapp\nVmLck:\t       " + locked + "\n");
  }

  /** A name may hold what ends it, and blanks. */
  private void stat(int policy) throws IOException {
    String fields = "S" + " 1".repeat(37) + " " + policy + " 0 0";
    Files.writeString(process.resolve("stat"), "10 (a) b) R 1 1) " + fields + "\n");
  }

  private void open(int descriptor, String target, String flags) throws IOException {
    Files.createSymbolicLink(process.resolve("fd/" + descriptor), Path.of(target));
    Files.writeString(
        process.resolve("fdinfo/" + descriptor), "pos:\t0\nflags:\t" + flags + "\nmnt_id:\t1\n");
  }

  @Test
  void aProcessWithNothingOfItsOwnShowsNothing() throws IOException {
    open(0, "/dev/null", "0100000");
    open(1, "pipe:[33]", "01");
    open(2, "/usr/share/x", "0100000");
    open(3, "/var/lib/x (deleted)", "0100002");
    open(4, "socket:[7]", "02");
    uses.look(process);
    assertThat(found).containsExactly(new Use.Device("/dev/null", false));
  }

  @Test
  void whatIsOpenToBeWrittenShows() throws IOException {
    open(5, "/var/lib/app/db", "0100002");
    open(6, "/var/log/app.log", "0102001");
    open(7, "/dev/ttyUSB0", "0104002");
    open(8, "anon_inode:[io_uring]", "02");
    uses.look(process);
    assertThat(found)
        .containsExactlyInAnyOrder(
            new Use.Wrote("/var/lib/app/db"),
            new Use.Wrote("/var/log/app.log"),
            new Use.Device("/dev/ttyUSB0", true),
            new Use.Has(Trait.IO_URING));
  }

  @Test
  void memoryAndSchedulingShow() throws IOException {
    Files.writeString(
        process.resolve("maps"),
        """
        7f00-7f01 rwxp 0000 00:00 0
        7f02-7f03 r-xp 0000 fd:00 7 /var/lib/app/plugin.so
        7f04-7f05 rw-p 0000 fd:00 7 /tmp/x
        broken
        """);
    status("64 kB");
    stat(2);
    uses.look(process);
    assertThat(found)
        .containsExactlyInAnyOrder(
            new Use.Has(Trait.WRITABLE_CODE),
            new Use.Has(Trait.CODE_IN_DATA),
            new Use.Has(Trait.LOCKED_MEMORY),
            new Use.Has(Trait.REALTIME));
  }

  @Test
  void aProcessThatHasEndedShowsNothing() {
    uses.look(process.resolve("gone"));
    assertThat(found).isEmpty();
  }

  /**
   * How many files are open is for the service to say, and how long a look takes for whoever looks.
   */
  @Test
  void aLookEndsInTime() throws IOException {
    for (int i = 0; i < 300; i++) {
      open(i, "/dev/null", "0100000");
    }
    var looked = new AtomicInteger();
    var bounded = new ProcessUses(List.of(), found::add, () -> looked.incrementAndGet() > 100);
    bounded.look(process);
    assertThat(found).hasSizeLessThanOrEqualTo(100).isNotEmpty();
  }
}
