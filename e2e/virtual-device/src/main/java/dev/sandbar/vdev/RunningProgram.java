package dev.sandbar.vdev;

import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * A program that runs in a device or in a namespace of a network, started and seen from outside.
 */
public final class RunningProgram implements AutoCloseable {
  private final Process entrance;

  /**
   * @param entrance nsenter, whose one child is the program
   */
  RunningProgram(Process entrance) {
    this.entrance = entrance;
  }

  /**
   * Returns the program's standard output. Read it, or the program blocks when the pipe is full.
   */
  public InputStream stdout() {
    return entrance.getInputStream();
  }

  /** Returns the program's standard error. Read it, or the program blocks when the pipe is full. */
  public InputStream stderr() {
    return entrance.getErrorStream();
  }

  /** Returns the program's standard input. */
  public OutputStream stdin() {
    return entrance.getOutputStream();
  }

  /**
   * Returns the program's process id as this machine sees it.
   *
   * @throws VirtualDeviceException if it has ended
   */
  public long pid() {
    return Polling.value(
        Duration.ofSeconds(5),
        () ->
            entrance.isAlive() ? entrance.children().findFirst().map(ProcessHandle::pid) : ended(),
        "the program to start");
  }

  private static <T> Optional<T> ended() {
    throw new VirtualDeviceException("the program has ended");
  }

  /** Tells whether it runs. */
  public boolean running() {
    return entrance.isAlive();
  }

  /** Asks the program to end (SIGTERM). */
  public void terminate() {
    entrance.children().forEach(ProcessHandle::destroy);
  }

  /** Sends a signal to the program, by its name without SIG. */
  public void signal(String name) {
    if (!name.matches("[A-Z0-9+]+")) {
      throw new IllegalArgumentException("not a signal name: " + name);
    }
    Commands.run(
            List.of("sh", "-c", "kill -s \"$0\" \"$1\"", name, Long.toString(pid())),
            Map.of(),
            InputStream.nullInputStream(),
            4096,
            Duration.ofSeconds(10))
        .text()
        .orThrow();
  }

  /**
   * Waits for the end; returns the exit code (128 + N after signal N), or empty if it still runs.
   */
  public OptionalInt await(Duration timeout) {
    try {
      return entrance.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)
          ? OptionalInt.of(entrance.exitValue())
          : OptionalInt.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VirtualDeviceException("interrupted while waiting for a program", e);
    }
  }

  /** Kills the program and waits for its end. */
  @Override
  public void close() {
    entrance.children().forEach(ProcessHandle::destroyForcibly);
    if (await(Duration.ofSeconds(5)).isEmpty()) {
      entrance.destroyForcibly();
      await(Duration.ofSeconds(5));
    }
  }
}
