package dev.sandbar.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Runs the programs of the build machine. */
final class Programs {
  private Programs() {}

  /**
   * Runs a program and returns what it said.
   *
   * @throws ImageException with all that it said, if it fails
   */
  static String run(Path directory, List<String> argv) {
    var builder = new ProcessBuilder(argv).directory(directory.toFile()).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C.UTF-8");
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (code != 0) {
        throw new ImageException(
            "%s ended with exit code %d:\n%s".formatted(String.join(" ", argv), code, said));
      }
      return said;
    } catch (IOException e) {
      throw new ImageException("cannot run " + argv.getFirst() + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImageException("interrupted while running " + argv.getFirst(), e);
    }
  }
}
