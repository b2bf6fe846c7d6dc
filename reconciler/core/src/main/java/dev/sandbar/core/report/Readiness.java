package dev.sandbar.core.report;

/** What the checks of a version of an app have shown. */
public sealed interface Readiness {

  /** Nothing yet; the reason is that of the last check, empty if there was none. */
  record Undecided(String why) implements Readiness {}

  /** It is ready, and has been for long enough. */
  record Ready() implements Readiness {}

  /** It is not, and had its time; why, as a clause. */
  record Failing(String why) implements Readiness {}
}
