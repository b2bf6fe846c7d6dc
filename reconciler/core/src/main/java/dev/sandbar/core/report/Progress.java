package dev.sandbar.core.report;

/** How far an app has come on its way to what is declared. */
public sealed interface Progress {

  /** Applied and read back. */
  record Applied() implements Progress {}

  /** Being applied. */
  record Applying(String message) implements Progress {}

  /** A new version waits, and the one before it is applied. */
  record Waiting(Reason reason, String message) implements Progress {}

  /** It failed and is tried again. */
  record Retrying(Reason reason, String message) implements Progress {}

  /** It cannot be applied until a person changes something. */
  record Refused(Reason reason, String message) implements Progress {}
}
