package dev.sandbar.gitserver;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs a command of the test machine, cut off from its Git configuration. */
public final class Command {
  /** The environment of every command. */
  public static final Map<String, String> ISOLATED =
      Map.of(
          "HOME", "/nonexistent",
          "GIT_CONFIG_NOSYSTEM", "1",
          "GIT_CONFIG_GLOBAL", "/dev/null",
          "GIT_AUTHOR_NAME", "Test",
          "GIT_AUTHOR_EMAIL", "test@example.com",
          "GIT_COMMITTER_NAME", "Test",
          "GIT_COMMITTER_EMAIL", "test@example.com",
          "GIT_CONFIG_COUNT", "1",
          "GIT_CONFIG_KEY_0", "safe.directory",
          "GIT_CONFIG_VALUE_0", "*");

  private Command() {}

  /** Runs it to its end; returns what it says, without blanks at the ends. */
  public static String run(Path directory, byte[] input, List<String> command) {
    try {
      var builder = new ProcessBuilder(command).directory(directory.toFile());
      builder.environment().putAll(ISOLATED);
      Path errors = directory.resolveSibling(directory.getFileName() + ".stderr");
      builder.redirectError(errors.toFile());
      Process process = builder.start();
      try (var in = process.getOutputStream()) {
        in.write(input);
      }
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(command + " failed: " + Files.readString(errors));
      }
      Files.delete(errors);
      return output.strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
