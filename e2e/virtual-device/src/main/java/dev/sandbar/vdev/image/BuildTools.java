package dev.sandbar.vdev.image;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The programs of this machine that build images. */
final class BuildTools {
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final int KEPT_OUTPUT = 64 << 10;

  /** Ends what hangs; how long what does not takes is a matter of how busy the machine is. */
  static final Duration LIMIT = Duration.ofMinutes(30);

  private BuildTools() {}

  static boolean installed(String program) {
    return Stream.of(PATH.split(":", -1))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  /** Whether the static C library is there, which a compiler alone does not bring. */
  static boolean staticLibrary() {
    if (!installed("gcc")) {
      return Files.exists(Path.of("/usr/include/stdio.h"));
    }
    String found = run(Path.of("/"), LIMIT, List.of("gcc", "-print-file-name=libc.a"));
    return Path.of(found.strip()).isAbsolute();
  }

  /**
   * Runs a program to its end and returns what it printed.
   *
   * @throws AppImageException with the end of its output if it fails or takes too long
   */
  static String run(Path directory, Duration limit, List<String> argv) {
    Path log = null;
    try {
      log = Files.createTempFile("sandbar-image", ".log");
      var builder = new ProcessBuilder(argv).directory(directory.toFile());
      builder.environment().clear();
      builder
          .environment()
          .putAll(Map.of("PATH", PATH, "LC_ALL", "C.UTF-8", "DEBIAN_FRONTEND", "noninteractive"));
      builder.redirectErrorStream(true).redirectOutput(log.toFile());
      builder.redirectInput(new File("/dev/null"));
      Process process = builder.start();
      boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      String output = tail(log);
      if (!ended) {
        throw new AppImageException(
            "%s did not end within %d s\n%s".formatted(argv.getFirst(), limit.toSeconds(), output));
      }
      if (process.exitValue() != 0) {
        throw new AppImageException(
            "%s failed with exit code %d\n%s"
                .formatted(argv.getFirst(), process.exitValue(), output));
      }
      return output;
    } catch (IOException e) {
      throw new AppImageException("cannot run " + argv.getFirst() + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AppImageException("interrupted while running " + argv.getFirst(), e);
    } finally {
      if (log != null) {
        log.toFile().delete();
      }
    }
  }

  private static String tail(Path log) throws IOException {
    byte[] all = Files.readAllBytes(log);
    int from = Math.max(0, all.length - KEPT_OUTPUT);
    return new String(all, from, all.length - from, StandardCharsets.UTF_8);
  }
}
