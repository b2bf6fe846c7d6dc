package dev.sandbar.cli;

/** What the process returns. */
final class ExitCode {
  /** Done; for plan: the device is as declared. */
  static final int OK = 0;

  /** Something is wrong: the input, the usage, the device. */
  static final int ERROR = 1;

  /** For plan and drift: there are changes. */
  static final int CHANGES = 2;

  private ExitCode() {}
}
