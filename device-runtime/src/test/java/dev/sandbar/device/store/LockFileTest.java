package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LockFileTest {

  @TempDir private Path root;

  @Test
  void oneHoldsItAndTheNextWaitsSoLong() throws Exception {
    try (LockFile _ = LockFile.tryTake(root, "x.lock").orElseThrow()) {
      assertThat(LockFile.tryTake(root, "x.lock")).isEmpty();
      long begun = System.nanoTime();
      assertThat(LockFile.take(root, "x.lock", Duration.ofMillis(300))).isEmpty();
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isGreaterThanOrEqualTo(Duration.ofMillis(300));
    }
    Optional<LockFile> next = LockFile.take(root, "x.lock", Duration.ZERO);
    assertThat(next).isPresent();
    next.orElseThrow().close();
  }

  @Test
  void nobodyElseCanOpenIt() throws IOException {
    LockFile.tryTake(root, "x.lock").orElseThrow().close();
    assertThat(mode("run/sandbar")).isEqualTo("rwxr-xr-x");
    assertThat(mode("run/sandbar/x.lock")).isEqualTo("rw-------");
    // One that an older agent made.
    Files.setPosixFilePermissions(
        root.resolve("run/sandbar/x.lock"), PosixFilePermissions.fromString("rw-r--r--"));
    LockFile.tryTake(root, "x.lock").orElseThrow().close();
    assertThat(mode("run/sandbar/x.lock")).isEqualTo("rw-------");
  }

  @Test
  void aLinkInItsPlaceIsNotFollowed() throws IOException {
    Files.createDirectories(root.resolve("run/sandbar"));
    Files.createSymbolicLink(root.resolve("run/sandbar/x.lock"), root.resolve("elsewhere"));
    assertThatThrownBy(() -> LockFile.tryTake(root, "x.lock"))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContainingAll("x.lock", "symbolic link");
    assertThat(root.resolve("elsewhere")).doesNotExist();
  }

  private String mode(String path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(path)));
  }
}
