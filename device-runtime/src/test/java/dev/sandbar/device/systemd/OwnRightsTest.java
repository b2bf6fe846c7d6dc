package dev.sandbar.device.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnRightsTest {

  @TempDir private Path folder;

  @Test
  void theEffectiveUserCounts() throws IOException {
    assertThat(OwnRights.isRoot(status("0\t0\t0\t0"))).isTrue();
    assertThat(OwnRights.isRoot(status("1000\t0\t0\t0"))).isTrue();
    assertThat(OwnRights.isRoot(status("0\t1000\t0\t0"))).isFalse();
    assertThat(OwnRights.isRoot(folder.resolve("none"))).isFalse();
  }

  @Test
  void whoIsRootIsNotToldToBecomeIt() {
    assertThat(OwnRights.help(true)).contains("/etc/dbus-1/system.d").doesNotContain("must run");
    assertThat(OwnRights.help(false)).isEqualTo("Sandbar must run as root");
  }

  private Path status(String uids) throws IOException {
    return Files.writeString(
        folder.resolve("status"), "Name:\tsandbard\nUid:\t" + uids + "\nGid:\t0\t0\t0\t0\n");
  }
}
