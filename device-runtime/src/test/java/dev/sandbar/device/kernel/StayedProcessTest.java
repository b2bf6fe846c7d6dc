package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.learn.Stayed;
import dev.sandbar.device.store.DevicePaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes of programs and scripts. */
class StayedProcessTest {

  @TempDir private Path folder = Path.of("/");
  private final java.util.ArrayList<Process> started = new java.util.ArrayList<>();

  @AfterEach
  void end() {
    started.forEach(Process::destroyForcibly);
  }

  /** Once it is what it becomes. */
  private Stayed stayed(String program, String name, String... words) throws IOException {
    Process process = new ProcessBuilder(words).start();
    started.add(process);
    int pid = (int) process.pid();
    await()
        .atMost(Duration.ofMinutes(4))
        .until(() -> ProcFile.read(Path.of("/proc/" + pid + "/comm"), 64).strip().equals(name));
    return StayedProcess.of(Path.of("/proc"), List.of(pid), program, DevicePaths::onDisk);
  }

  private String script(String text) throws IOException {
    Path script = folder.resolve("script");
    Files.writeString(script, text);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return script.toString();
  }

  @Test
  void theProgramOfTheUnitThatStaysIsItself() throws IOException {
    assertThat(stayed("/usr/bin/sleep", "sleep", "/usr/bin/sleep", "1000"))
        .isEqualTo(new Stayed(List.of("/usr/bin/sleep", "1000"), "", false, false));
  }

  @Test
  void aScriptThatStaysIsNoOther() throws IOException {
    String script = script("#!/bin/sh\nread line\n");
    Stayed stayed = stayed(script, "script", script, "now");
    assertThat(stayed.another()).isFalse();
    assertThat(stayed.words()).endsWith(script, "now");
  }

  @Test
  void aWrapperIsReplacedByWhatItStarts() throws IOException {
    String script =
        script("#!/bin/sh\n# start-stop-daemon --start --background\nexec sleep 1000\n");
    assertThat(stayed(script, "sleep", script))
        .isEqualTo(new Stayed(List.of("/usr/bin/sleep", "1000"), "", true, true));
  }

  @Test
  void whatAScriptLeavesBehindDoesNotGoByItself() throws IOException {
    String script = script("#!/bin/sh\nsleep 1000 &\nexec sleep 1000\n");
    assertThat(stayed(script, "sleep", script).sentAway()).isTrue();
    String both = script("#!/bin/sh\ntrue && exec sleep 1000\n");
    assertThat(stayed(both, "sleep", both).sentAway()).isFalse();
  }

  /** What a process says of itself may be a title. */
  @Test
  void aTitleIsNoCommand() throws IOException {
    Stayed stayed =
        stayed("/bin/bash", "sleep", "/bin/bash", "-c", "exec -a 'sleep: ready /usr/x' sleep 1000");
    assertThat(stayed.words()).isEmpty();
  }

  @Test
  void nothingStaysOfNoProcess() {
    assertThat(StayedProcess.of(Path.of("/proc"), List.of(), "/usr/bin/sleep", DevicePaths::onDisk))
        .isEqualTo(Stayed.UNSEEN);
  }
}
