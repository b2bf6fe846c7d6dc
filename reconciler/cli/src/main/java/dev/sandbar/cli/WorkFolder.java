package dev.sandbar.cli;

import dev.sandbar.device.store.TreeRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder for what is made on the way to a file, on the same disk; it goes, also by Ctrl-C. */
final class WorkFolder implements AutoCloseable {
  private final Path path;
  private final Thread remover = Thread.ofPlatform().unstarted(this::remove);

  private WorkFolder(Path path) {
    this.path = path;
    Runtime.getRuntime().addShutdownHook(remover);
  }

  /** Makes one beside the file. */
  static WorkFolder beside(Path file) throws IOException {
    return new WorkFolder(
        Files.createTempDirectory(file.resolveSibling("."), ".sandbar-").normalize());
  }

  Path path() {
    return path;
  }

  private void remove() {
    try {
      TreeRemoval.remove(path);
    } catch (IOException e) {
      // What is left is named as what it is.
    }
  }

  @Override
  public void close() {
    remove();
    try {
      Runtime.getRuntime().removeShutdownHook(remover);
    } catch (IllegalStateException _) {
      // The process is ending, and the hook finds nothing.
    }
  }
}
