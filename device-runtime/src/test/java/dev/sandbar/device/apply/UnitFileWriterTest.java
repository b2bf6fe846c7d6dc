package dev.sandbar.device.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;

class UnitFileWriterTest {

  @Test
  void aNameThatIsNoPathHereIsAFailureOfTheOneFile() {
    assertThatThrownBy(() -> UnitFileWriter.parsed("/etc/systemd/system/sandbar-\0.service"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("LC_ALL=C.UTF-8");
  }

  @Test
  void aDiskThatRefusesIsSaidWithTheHelp() {
    assertThat(WriteFailure.explain(new FileSystemException("/x", null, "No space left on device")))
        .endsWith("No space left on device; free some space there");
    assertThat(WriteFailure.explain(new FileSystemException("/x", null, "Read-only file system")))
        .endsWith("mount it writable");
    assertThat(WriteFailure.explain(new IOException("something else"))).isEqualTo("something else");
  }
}
