package dev.sandbar.apiserver;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One program of the control plane, as a child process that can be stopped and started again. */
final class Component {
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

  /** Both servers wait for their clients' watches, which never end, before they do. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private static final int TAIL_BYTES = 6000;

  private final String name;
  private final List<String> argv;
  private final WorkDirectory work;
  private final Path log;
  private @Nullable Process process;

  Component(String name, List<String> argv, WorkDirectory work) {
    this.name = name;
    this.work = work;
    this.argv = List.copyOf(argv);
    this.log = work.resolve(name + ".log");
  }

  /** Starts it and waits until it is ready. */
  synchronized void start(Duration limit, BooleanSupplier ready) {
    if (alive()) {
      return;
    }
    var builder =
        new ProcessBuilder(new ArrayList<>(argv))
            .directory(work.path().toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    // A fifth of the work of a server that has just begun would be the collection of garbage.
    builder.environment().put("GOGC", "400");
    builder.environment().put("GOMEMLIMIT", "3GiB");
    Process started = Spawner.start(builder);
    process = started;
    boolean came = Await.until(limit, () -> !started.isAlive() || ready.getAsBoolean());
    if (!started.isAlive()) {
      throw new ApiServerException(
          "%s ended with exit code %d while starting; the end of its log:\n%s"
              .formatted(name, started.exitValue(), tail()));
    }
    if (!came) {
      kill();
      throw new ApiServerException(
          "%s was not ready within %d s; the end of its log:\n%s"
              .formatted(name, limit.toSeconds(), tail()));
    }
  }

  /** Asks it to end (SIGTERM), and kills it when it does not. */
  synchronized void stop() {
    Process running = process;
    if (running != null) {
      running.destroy();
      // A program that was halted by SIGSTOP hears of SIGTERM only when it goes on.
      resume();
      if (!ended(running, GRACE)) {
        kill();
      }
      process = null;
    }
  }

  /** Ends it at once (SIGKILL), as a crash would. */
  synchronized void kill() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      if (!ended(running, STOP_LIMIT)) {
        throw new ApiServerException(name + " cannot be killed");
      }
      process = null;
    }
  }

  /** Halts it (SIGSTOP): its sockets stay open and nobody answers. */
  synchronized void pause() {
    signal("STOP");
  }

  synchronized void resume() {
    signal("CONT");
  }

  synchronized boolean alive() {
    return process != null && process.isAlive();
  }

  synchronized long pid() {
    return process == null ? -1 : process.pid();
  }

  Path log() {
    return log;
  }

  String name() {
    return name;
  }

  private void signal(String signal) {
    Process running = process;
    if (running == null || !running.isAlive()) {
      return;
    }
    try {
      var kill = new ProcessBuilder("kill", "-s", signal, Long.toString(running.pid()));
      Process sent = kill.inheritIO().start();
      if (!ended(sent, STOP_LIMIT)) {
        throw new ApiServerException("kill did not end");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean ended(Process process, Duration limit) {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new ApiServerException("interrupted while ending a process", e);
    }
  }

  /** The last lines of the log. */
  String tail() {
    if (!Files.exists(log)) {
      return "(no log)";
    }
    try (var file = new RandomAccessFile(log.toFile(), "r")) {
      long start = Math.max(0, file.length() - TAIL_BYTES);
      file.seek(start);
      var bytes = new byte[(int) (file.length() - start)];
      file.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "(" + e + ")";
    }
  }
}
