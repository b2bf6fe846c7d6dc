package dev.sandbar.cli.fleet;

/**
 * Something of the fleet cannot be read or done; its message and how to fix it are for the user.
 */
public final class FleetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String help;

  /**
   * Says what is wrong and what to do.
   *
   * @param help an imperative sentence without a full stop; empty if nothing can be done
   */
  public FleetException(String message, String help) {
    super(message);
    this.help = help;
  }

  /** Says the same of something that a library threw; who debugs is shown where. */
  FleetException(String message, String help, Throwable cause) {
    super(message, cause);
    this.help = help;
  }

  /** What to do about it. */
  public String help() {
    return help;
  }
}
