package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.learn.Use;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearnWriteOptionsTest {
  private static Path made(Path root, String path, String mode) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, "secret\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  @Test
  void whatAClosedFolderAnywhereAboveHidesIsNotForEverybody(@TempDir Path root) throws IOException {
    made(root, "etc/open/conf.d/key", "rw-r--r--");
    made(root, "etc/open/key", "rw-r-----");
    made(root, "etc/closed/conf.d/key", "rw-r--r--");
    made(root, "etc/key", "rw-r--r--");
    Files.setPosixFilePermissions(
        root.resolve("etc/closed"), PosixFilePermissions.fromString("rwxr-x---"));
    var uses =
        List.<Use>of(
            new Use.ReadSettings("/etc/open/conf.d/key"),
            new Use.ReadSettings("/etc/open/key"),
            new Use.ReadSettings("/etc/closed/conf.d/key"),
            new Use.ReadSettings("/etc/../etc/closed/conf.d/key"),
            new Use.ReadSettings("/etc/key"));
    assertThat(LearnWriteOptions.unreadable(root, uses))
        .containsExactly("/etc/closed/conf.d/key", "/etc/open/key");
  }
}
