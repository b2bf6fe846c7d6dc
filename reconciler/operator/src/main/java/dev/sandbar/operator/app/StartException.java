package dev.sandbar.operator.app;

/** The operator cannot start, and a person can fix it. */
final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String help;

  /**
   * With the help.
   *
   * @param message what is wrong
   * @param help what to do
   */
  StartException(String message, String help) {
    super(message);
    this.help = help;
  }

  String help() {
    return help;
  }
}
