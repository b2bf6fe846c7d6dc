package dev.sandbar.cli.terminal;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/**
 * Says in one line what Ctrl-C leaves, if it comes before the work is done. The exit code is that
 * of the signal, 130.
 */
public final class Interruption implements AutoCloseable {
  private final Thread hook;

  private Interruption(Thread hook) {
    this.hook = hook;
  }

  /** While this is open, the end of the process has the line printed. */
  public static Interruption says(Terminal terminal, String line) {
    var hook = Thread.ofPlatform().unstarted(() -> say(terminal, line));
    Runtime.getRuntime().addShutdownHook(hook);
    return new Interruption(hook);
  }

  /**
   * While this is open, the end of the process has the work done first; the line is what it
   * returns, or why it failed.
   */
  public static Interruption does(Terminal terminal, Callable<String> work) {
    var hook =
        Thread.ofPlatform()
            .unstarted(
                () -> {
                  try {
                    say(terminal, work.call());
                  } catch (Exception e) {
                    say(terminal, String.valueOf(e.getMessage()));
                  }
                });
    Runtime.getRuntime().addShutdownHook(hook);
    return new Interruption(hook);
  }

  /** Waits until the process has ended, which it does already: there is nothing more to say. */
  public static IllegalStateException awaitEnd() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return new IllegalStateException("interrupted");
  }

  /** Prints the line now: the process is ending. */
  public static void say(Terminal terminal, String line) {
    // In one write, so that what a progress line wipes is not this.
    terminal
        .err()
        .print((terminal.errTty() ? ProgressLine.WIPE : "") + "interrupted: " + line + "\n");
    terminal.err().flush();
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The process is ending, and it prints.
    }
  }
}
