package dev.sandbar.cli;

/** The command cannot go on; its message and how to fix it are all that the user sees. */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String help;
  private final int exitCode;

  /**
   * Says what is wrong and what to do.
   *
   * @param help one imperative sentence without a full stop; empty if nothing can be done
   */
  public CommandException(String message, String help) {
    this(message, help, ExitCode.ERROR);
  }

  /** The same, with an exit code that callers can tell apart. */
  CommandException(String message, String help, int exitCode) {
    super(message);
    this.help = help;
    this.exitCode = exitCode;
  }

  /** What the process returns. */
  int exitCode() {
    return exitCode;
  }

  /** What to do about it. */
  String help() {
    return help;
  }
}
