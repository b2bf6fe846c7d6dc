package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BusyFileTest {
  private static final AppName PUMP = new AppName("pump");

  @TempDir private Path root;
  private Path directory;
  private BusyFile file;

  @BeforeEach
  void begin() throws IOException {
    file = new BusyFile(root);
    directory = Files.createDirectories(root.resolve("var/lib/private/sandbar-pump"));
    Files.createSymbolicLink(root.resolve("var/lib/sandbar-pump"), Path.of("private/sandbar-pump"));
  }

  @Test
  void whateverHasTheNameCounts() throws IOException {
    Path busy = directory.resolve("busy");
    assertThat(file.isThere(PUMP)).isFalse();
    Files.createFile(busy);
    assertThat(file.isThere(PUMP)).isTrue();
    Files.delete(busy);
    assertThat(file.isThere(PUMP)).isFalse();
    for (String target : new String[] {"/etc/shadow", "/nowhere", "busy", "/proc/self/fd/0"}) {
      Files.createSymbolicLink(busy, Path.of(target));
      assertThat(file.isThere(PUMP)).as(target).isTrue();
      Files.delete(busy);
    }
    Files.createDirectory(busy);
    assertThat(file.isThere(PUMP)).isTrue();
    assertThat(file.isThere(new AppName("valve"))).isFalse();
  }

  @Test
  void noLinkIsFollowedToAnotherDirectory() throws IOException {
    Path other = Files.createDirectory(root.resolve("other"));
    Files.createFile(other.resolve("busy"));
    Files.delete(root.resolve("var/lib/sandbar-pump"));
    Files.createSymbolicLink(root.resolve("var/lib/sandbar-pump"), other);
    assertThat(file.isThere(PUMP)).isFalse();
  }

  @Test
  void anAppWithoutADynamicUserHasADirectoryOfAnotherPath() throws IOException {
    Files.delete(root.resolve("var/lib/sandbar-pump"));
    Path own = Files.createDirectory(root.resolve("var/lib/sandbar-pump"));
    Files.createFile(directory.resolve("busy"));
    assertThat(file.isThere(PUMP)).as("left by an earlier version").isFalse();
    Files.createFile(own.resolve("busy"));
    assertThat(file.isThere(PUMP)).isTrue();
  }

  @Test
  void whatCannotBeLookedAtIsTakenToBeBusy() throws IOException {
    Files.delete(directory);
    assertThat(file.isThere(PUMP)).isFalse();
    Files.createSymbolicLink(directory, directory);
    assertThat(file.isThere(PUMP)).isTrue();
  }
}
