package dev.sandbar.device.kernel;

import static dev.sandbar.device.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.device.kernel.ProcessMarks.Found;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that stay open show what holds now, of nobody but whom they were opened for. */
class HeldGroupsTest {

  private static final String STATUS =
      "Name:\tapp\nUmask:\t0077\nState:\tS (sleeping)\nUid:\t%d\nVmSize:\t1 kB\nThreads:\t1\n";

  private final RawFiles files = new RawFiles();
  private final ProcessMarks marks = new ProcessMarks(files);
  private final List<Process> started = new ArrayList<>();
  @TempDir private Path folder;
  private Path group;
  private HeldGroups held;

  @BeforeEach
  void open() throws IOException {
    group = Files.createDirectory(folder.resolve("group"));
    held = new HeldGroups(files, "/proc/", it -> folder.resolve(it).toString());
  }

  @AfterEach
  void end() {
    held.close();
    started.forEach(Process::destroyForcibly);
  }

  private int sleep() throws IOException {
    Process process = new ProcessBuilder("sleep", "infinity").start();
    started.add(process);
    return (int) process.pid();
  }

  private byte[] mark(HeldGroups by, int pid, Found expected) {
    files.begin();
    assertThat(by.group("group").collect(pid, marks)).isEqualTo(expected);
    return files.collected();
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  private static long descriptors() {
    return Arrays.stream(new File("/proc/self/fd").list()).count();
  }

  /** What is open below a folder, and of these processes. */
  private static long open(String below) throws IOException {
    long count = 0;
    for (String name : new File("/proc/self/fd").list()) {
      Path link = Path.of("/proc/self/fd", name);
      try {
        count += Files.readSymbolicLink(link).toString().startsWith(below) ? 1 : 0;
      } catch (IOException e) {
        assertThat(Files.exists(link)).as("the directory itself was listed").isFalse();
      }
    }
    return count;
  }

  @Test
  void aFileThatStayedOpenShowsWhatHoldsNow() throws Exception {
    int pid = sleep();
    byte[] before = mark(held, pid, Found.RUNS);
    assertThat(open("/proc/" + pid)).isEqualTo(4);
    assertThat(mark(held, pid, Found.RUNS)).isEqualTo(before).hasSizeGreaterThan(1_000);

    run("prlimit", "--pid", Integer.toString(pid), "--nofile=77:77");
    byte[] limited = mark(held, pid, Found.RUNS);
    assertThat(limited).isNotEqualTo(before);
    Files.writeString(Path.of("/proc/" + pid + "/oom_score_adj"), "999");
    byte[] scored = mark(held, pid, Found.RUNS);
    assertThat(scored).isNotEqualTo(limited);
    run("kill", "-STOP", Integer.toString(pid));
    eventually("stopped", () -> !Arrays.equals(mark(held, pid, Found.RUNS), scored));
    assertThat(open("/proc/" + pid)).isEqualTo(4);
  }

  @Test
  void aProcessThatHasEndedHasNoFiles() throws Exception {
    int pid = sleep();
    mark(held, pid, Found.RUNS);
    started.getFirst().destroyForcibly().waitFor();
    mark(held, pid, Found.ENDED);
    assertThat(open("/proc/" + pid)).isZero();
  }

  @Test
  void whoHasTheNumberOfAProcessNowIsNotTakenForIt() throws Exception {
    var by = new HeldGroups(files, folder + "/", it -> folder.resolve(it).toString());
    Path process = process("7", 1);
    byte[] before = mark(by, 7, Found.RUNS);
    Files.move(process, folder.resolve("former"));
    // As proc(5) shows it of a process that has ended.
    Files.writeString(folder.resolve("former/status"), "");
    process("7", 2);
    assertThat(mark(by, 7, Found.RUNS)).isNotEqualTo(before);
    by.close();
  }

  private Path process(String name, int user) throws IOException {
    Path process = Files.createDirectories(folder.resolve(name));
    Files.writeString(process.resolve("status"), STATUS.formatted(user));
    Files.writeString(process.resolve("limits"), "none");
    return process;
  }

  @Test
  void onlySomeProcessesOfAGroupHoldFilesAndNoneThatLeft() throws Exception {
    var pids = new ArrayList<Integer>();
    for (int i = 0; i < 7; i++) {
      pids.add(sleep());
    }
    byte[] one = mark(held, pids.getFirst(), Found.RUNS);
    for (int pid : pids) {
      assertThat(mark(held, pid, Found.RUNS)).isEqualTo(one);
    }
    assertThat(holding(pids)).isEqualTo(4);
    held.group("group").retain(pids.subList(2, 7));
    assertThat(holding(pids)).isEqualTo(2);
    held.close("group");
    assertThat(holding(pids)).isZero();
  }

  private static int holding(List<Integer> pids) throws IOException {
    int holding = 0;
    for (int pid : pids) {
      holding += open("/proc/" + pid) > 0 ? 1 : 0;
    }
    return holding;
  }

  @Test
  void filesOfAGroupAreReadAnewAndOnesThatComeAreFound() throws Exception {
    OpenDirectory directory = held.group("group").directory();
    assertThat(files.take(directory, "pids.max", 1_000)).isNegative();
    Files.writeString(group.resolve("pids.max"), "max\n");
    assertThat(files.take(directory, "pids.max", 1_000)).isEqualTo(4);
    Files.writeString(group.resolve("pids.max"), "12\n");
    assertThat(files.take(directory, "pids.max", 1_000)).isEqualTo(3);
    assertThat(new String(files.text(), 0, 3, StandardCharsets.US_ASCII)).isEqualTo("12\n");
    assertThat(open(group.toString())).isEqualTo(2);
    held.close();
    assertThat(open(group.toString())).isZero();
  }

  @Test
  void aGroupThatIsNotThereHoldsNothing() {
    long before = descriptors();
    assertThat(held.group("absent").directory().isThere()).isFalse();
    held.close("absent");
    assertThat(descriptors()).isEqualTo(before);
  }
}
