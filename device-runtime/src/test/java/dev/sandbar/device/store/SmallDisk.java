package dev.sandbar.device.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A file system of a given size (tmpfs), so that a test can fill it. */
final class SmallDisk implements AutoCloseable {

  private final Path mount;

  SmallDisk(Path mount, String size) {
    this.mount = mount;
    run("mount", "-t", "tmpfs", "-o", "size=" + size, "sandbar-small-disk", mount.toString());
  }

  @Override
  public void close() {
    run("umount", "--lazy", mount.toString());
  }

  private static void run(String... command) {
    try {
      Process process = new ProcessBuilder(command).inheritIO().start();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
