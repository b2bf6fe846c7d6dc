package dev.sandbar.vdev;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs programs of this machine with bounded output, an environment of their own and a time limit.
 */
final class Commands {
  static final int LIMIT = 4 << 20;
  static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private Commands() {}

  /** Output as bytes: files are taken out of devices this way too. */
  record Output(int exitCode, byte[] stdout, byte[] stderr) {
    CommandResult text() {
      return new CommandResult(
          exitCode,
          new String(stdout, StandardCharsets.UTF_8),
          new String(stderr, StandardCharsets.UTF_8));
    }
  }

  static Output run(
      List<String> argv, Map<String, String> env, InputStream stdin, int limit, Duration timeout) {
    Process process = start(argv, env);
    try (stdin) {
      var out = new Drain(process.getInputStream(), limit);
      var err = new Drain(process.getErrorStream(), limit);
      var in = Thread.ofPlatform().daemon().start(() -> feed(stdin, process));
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        process.waitFor();
        throw new VirtualDeviceException(
            "%s did not end within %d ms\n%s%s"
                .formatted(
                    argv.getLast(),
                    timeout.toMillis(),
                    new String(out.soFar(), StandardCharsets.UTF_8),
                    new String(err.soFar(), StandardCharsets.UTF_8)));
      }
      in.join();
      return new Output(process.exitValue(), out.all(), err.all());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new VirtualDeviceException("interrupted while running " + argv.getFirst(), e);
    }
  }

  static Process start(List<String> argv, Map<String, String> env) {
    return start(builder(argv, env));
  }

  /** Runs a program on the standard streams of this JVM. */
  static int attach(List<String> argv) {
    var builder = builder(argv, Map.of()).inheritIO();
    builder.environment().put("TERM", System.getenv().getOrDefault("TERM", "dumb"));
    try {
      return start(builder).waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VirtualDeviceException("interrupted while running " + argv.getLast(), e);
    }
  }

  private static ProcessBuilder builder(List<String> argv, Map<String, String> env) {
    var builder = new ProcessBuilder(argv).directory(new File("/"));
    builder.environment().clear();
    builder.environment().put("PATH", PATH);
    builder.environment().put("LANG", "C.UTF-8");
    builder.environment().put("HOME", "/root");
    builder.environment().putAll(env);
    return builder;
  }

  private static Process start(ProcessBuilder builder) {
    try {
      return builder.start();
    } catch (IOException e) {
      throw new VirtualDeviceException(
          "cannot run " + builder.command().getFirst() + ": " + e.getMessage(), e);
    }
  }

  private static void feed(InputStream stdin, Process process) {
    try (OutputStream to = process.getOutputStream()) {
      stdin.transferTo(to);
    } catch (IOException e) {
      // The program ended without reading all: its exit code tells the rest.
    }
  }

  /**
   * Reads a stream to its end on a thread of its own and keeps its first bytes. Not a virtual
   * thread: reading a pipe blocks the carrier, and a few slow programs would stop all others.
   */
  private static final class Drain {
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final Thread thread;

    Drain(InputStream from, int limit) {
      thread = Thread.ofPlatform().daemon().start(() -> drain(from, limit));
    }

    private void drain(InputStream from, int limit) {
      byte[] buffer = new byte[16384];
      try {
        for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
          synchronized (kept) {
            kept.write(buffer, 0, Math.min(read, limit - kept.size()));
          }
        }
      } catch (IOException e) {
        // The stream was closed under us since the program is gone.
      }
    }

    /** A daemon started by the program may hold the stream open: it is not waited for long. */
    byte[] all() throws InterruptedException {
      boolean ended = thread.join(Duration.ofSeconds(1));
      if (!ended) {
        thread.interrupt();
      }
      return soFar();
    }

    byte[] soFar() {
      synchronized (kept) {
        return kept.toByteArray();
      }
    }
  }
}
