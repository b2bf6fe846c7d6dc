package dev.sandbar.cli.terminal;

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
