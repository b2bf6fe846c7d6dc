package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Outputs as they stand in {@code src/test/resources/golden}. With the system property {@code
 * golden.write} they are written instead of compared, to be read before they are committed.
 */
public final class Golden {
  private static final Path DIRECTORY = Path.of("src/test/resources/golden");

  private Golden() {}

  /** Compares an output with the file of this name. */
  public static void matches(String name, String output) {
    Path file = DIRECTORY.resolve(name);
    try {
      if (Boolean.getBoolean("golden.write")) {
        Files.createDirectories(DIRECTORY);
        Files.writeString(file, output);
      }
      assertThat(output).as(name).isEqualTo(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
