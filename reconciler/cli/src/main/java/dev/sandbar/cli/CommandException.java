package dev.sandbar.cli;

/** The command cannot go on; its message and the mend are all that the user is told. */
final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String mend;

  /**
   * Says what is wrong and what to do.
   *
   * @param mend one imperative sentence without a full stop; empty if nothing can be done
   */
  CommandException(String message, String mend) {
    super(message);
    this.mend = mend;
  }

  /** What to do about it. */
  String mend() {
    return mend;
  }
}
