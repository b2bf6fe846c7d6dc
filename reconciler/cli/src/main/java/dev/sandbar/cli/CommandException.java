package dev.sandbar.cli;

/** The command cannot go on; its message and the mend are all that the user is told. */
public final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String mend;
  private final int exitCode;

  /**
   * Says what is wrong and what to do.
   *
   * @param mend one imperative sentence without a full stop; empty if nothing can be done
   */
  public CommandException(String message, String mend) {
    this(message, mend, ExitCode.ERROR);
  }

  /** The same, with an exit code that callers can tell apart. */
  CommandException(String message, String mend, int exitCode) {
    super(message);
    this.mend = mend;
    this.exitCode = exitCode;
  }

  /** What the process returns. */
  int exitCode() {
    return exitCode;
  }

  /** What to do about it. */
  String mend() {
    return mend;
  }
}
