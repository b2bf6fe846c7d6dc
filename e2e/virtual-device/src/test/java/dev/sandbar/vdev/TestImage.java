package dev.sandbar.vdev;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The smallest image that a service can have as its root: busybox, and nothing to run it on. */
final class TestImage {
  private TestImage() {}

  static Path squashfs(Path temp, VirtualDevice device) {
    try {
      // Not a temporary directory: those are closed to others, and so would be the service's root.
      Path tree = Files.createDirectory(temp.resolve("tree"));
      for (String directory :
          List.of("bin", "dev", "etc", "proc", "run", "sys", "tmp", "usr", "var/tmp", "var/lib")) {
        Files.createDirectories(tree.resolve(directory));
      }
      Files.write(tree.resolve("bin/busybox"), device.get("/usr/bin/busybox"));
      if (!tree.resolve("bin/busybox").toFile().setExecutable(true, false)) {
        throw new IllegalStateException("cannot make busybox executable");
      }
      Files.createFile(tree.resolve("only-in-the-image"));
      Files.createFile(tree.resolve("etc/os-release"));
      Path image = temp.resolve(device.id() + ".squashfs");
      Commands.run(
              List.of("mksquashfs", tree.toString(), image.toString(), "-quiet", "-no-progress"),
              Map.of(),
              InputStream.nullInputStream(),
              65536,
              Duration.ofSeconds(60))
          .text()
          .orThrow();
      return image;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
