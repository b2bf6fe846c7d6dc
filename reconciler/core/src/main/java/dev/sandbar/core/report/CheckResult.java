package dev.sandbar.core.report;

/** How one check of an app ended. */
public sealed interface CheckResult {

  /** The app is ready. */
  record Passed() implements CheckResult {}

  /** It is not; why, as a clause. */
  record Failed(String why) implements CheckResult {}

  /** It could not be asked, through no fault of its own; why, as a clause. */
  record Unasked(String why) implements CheckResult {}
}
