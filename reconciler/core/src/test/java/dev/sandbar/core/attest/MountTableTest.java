package dev.sandbar.core.attest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.attest.KernelFacts.Mount;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountTableTest {

  private static final String TABLE =
      """
      36 35 98:0 / / ro,nosuid,noexec - ext4 /dev/root rw,errors=continue
      37 36 0:21 /systemd/inaccessible/dir /home ro,nosuid master:1 - tmpfs tmpfs rw,mode=755
      38 36 98:0 /usr /usr rw,nosuid - ext4 /dev/root ro
      39 36 0:44 / /a\\040b\\134c rw - tmpfs none rw
      """;

  /** A mount may be written only if its file system may be, too. */
  @Test
  void isReadAsTheKernelWritesIt() {
    List<Mount> mounts = Mount.parse(TABLE.replace("\\\\", "\\"));

    assertThat(mounts).extracting(Mount::point).containsExactly("/", "/home", "/usr", "/a b\\c");
    assertThat(mounts.get(0).has("ro")).isTrue();
    assertThat(mounts.get(1).root()).isEqualTo("/systemd/inaccessible/dir");
    assertThat(mounts.get(2).has("ro")).isTrue();
    assertThat(mounts.get(2).has("rw")).isFalse();
    assertThat(mounts.get(3).has("rw")).isTrue();
  }

  @Test
  void anotherFormIsAnError() {
    for (String line : List.of("nothing", "1 2 3:4 / / rw - ext4", "")) {
      assertThatThrownBy(() -> Mount.parse(line + "\n"))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
