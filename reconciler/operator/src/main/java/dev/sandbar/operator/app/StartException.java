package dev.sandbar.operator.app;

/** The operator cannot start, and a person can mend it. */
final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String mend;

  /**
   * With the mend.
   *
   * @param message what is wrong
   * @param mend what to do
   */
  StartException(String message, String mend) {
    super(message);
    this.mend = mend;
  }

  String mend() {
    return mend;
  }
}
