package dev.sandbar.cli.fleet;

/** Something of the fleet cannot be read or done; its message and the mend are for the user. */
public final class FleetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String mend;

  /**
   * Says what is wrong and what to do.
   *
   * @param mend an imperative sentence without a full stop; empty if nothing can be done
   */
  public FleetException(String message, String mend) {
    super(message);
    this.mend = mend;
  }

  /** Says the same of something that a library threw; who debugs is shown where. */
  FleetException(String message, String mend, Throwable cause) {
    super(message, cause);
    this.mend = mend;
  }

  /** What to do about it. */
  public String mend() {
    return mend;
  }
}
