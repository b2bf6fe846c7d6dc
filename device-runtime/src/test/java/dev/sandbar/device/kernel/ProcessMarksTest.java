package dev.sandbar.device.kernel;

import static dev.sandbar.device.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.device.kernel.ProcessMarks.Found;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Marks of real processes, and what changes them. */
class ProcessMarksTest {

  private final RawFiles files = new RawFiles();
  private final ProcessMarks marks = new ProcessMarks(files);
  private Process sleep;

  @BeforeEach
  void start() throws IOException {
    sleep = new ProcessBuilder("sleep", "infinity").start();
  }

  @AfterEach
  void end() {
    sleep.destroyForcibly();
  }

  private byte[] mark(Process of) {
    files.begin();
    assertThat(collect(of)).isEqualTo(Found.RUNS);
    return files.collected();
  }

  private Found collect(Process of) {
    try (OpenDirectory directory = OpenDirectory.of(files, "/proc/" + of.pid(), false)) {
      return marks.collect(directory);
    }
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  @Test
  void aProcessThatIsLeftAloneAndOneThatIsLikeItHaveTheSameMark() throws Exception {
    byte[] before = mark(sleep);
    assertThat(before).hasSizeGreaterThan(1_000);
    assertThat(mark(sleep)).isEqualTo(before);
    assertThat(files.isSame(before)).isTrue();
    Process other = new ProcessBuilder("sleep", "86400").start();
    try {
      assertThat(mark(other)).isEqualTo(before);
    } finally {
      other.destroyForcibly();
    }
  }

  @Test
  void anotherLimitIsAnotherMark() throws Exception {
    byte[] before = mark(sleep);
    run("prlimit", "--pid", Long.toString(sleep.pid()), "--nofile=77:77");
    assertThat(mark(sleep)).isNotEqualTo(before);
    assertThat(files.isSame(before)).isFalse();
  }

  @Test
  void anotherScoreIsAnotherMark() throws Exception {
    byte[] before = mark(sleep);
    Files.writeString(Path.of("/proc/" + sleep.pid() + "/oom_score_adj"), "999");
    assertThat(mark(sleep)).isNotEqualTo(before);
  }

  @Test
  void aStoppedProcessHasAnotherMarkUntilItGoesOn() throws Exception {
    byte[] before = mark(sleep);
    // It stops when it is next scheduled, which may be after kill(1) has ended.
    run("kill", "-STOP", Long.toString(sleep.pid()));
    eventually("stopped", () -> !Arrays.equals(mark(sleep), before));
    run("kill", "-CONT", Long.toString(sleep.pid()));
    eventually("goes on", () -> Arrays.equals(mark(sleep), before));
  }

  @Test
  void anEndedProcessHasNone() throws Exception {
    sleep.destroyForcibly().waitFor();
    files.begin();
    assertThat(collect(sleep)).isEqualTo(Found.ENDED);
  }

  @Test
  void aFileThatIsWrittenToHasAnotherStamp() throws Exception {
    Path file = Files.createTempFile("stamp", "");
    try {
      byte[] before = stamp(List.of(file.toString()));
      assertThat(stamp(List.of(file.toString()))).isEqualTo(before);
      Files.writeString(file, "a");
      assertThat(stamp(List.of(file.toString()))).isNotEqualTo(before);
      Files.delete(file);
      assertThat(stamp(List.of(file.toString()))).hasSize(1);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private byte[] stamp(List<String> paths) {
    files.begin();
    paths.forEach(files::stamp);
    return files.collected();
  }
}
