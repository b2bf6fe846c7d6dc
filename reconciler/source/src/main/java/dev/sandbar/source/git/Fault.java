package dev.sandbar.source.git;

import java.time.Duration;

/**
 * Why a poll failed.
 *
 * @param message what is wrong, one line without a full stop, free of secrets
 * @param help what to do, one imperative sentence without a full stop
 * @param retryAfter how long the server asks to be left alone; at most {@link #LONGEST_REST}, zero
 *     if it does not ask
 */
public record Fault(Reason reason, String message, String help, Duration retryAfter) {
  /** No server may silence a source for longer. */
  static final Duration LONGEST_REST = Duration.ofHours(1);

  Fault(Reason reason, String message, String help) {
    this(reason, message, help, Duration.ZERO);
  }

  /** What the caller should do with it. */
  public enum Kind {
    /** It may pass by itself: try again soon. */
    TRANSIENT,
    /** It waits for a person: say so, and go on polling at the usual pace. */
    STALLED
  }

  /** The class of the failure; the names are stable. */
  public enum Reason {
    /** The server cannot be reached or is broken. */
    UNREACHABLE(Kind.TRANSIENT),
    /** The time limit passed. */
    TIMED_OUT(Kind.TRANSIENT),
    /** The local clone cannot be written or read. */
    LOCAL_STATE(Kind.TRANSIENT),
    /** The credentials are missing, unreadable or not accepted. */
    AUTHENTICATION_FAILED(Kind.STALLED),
    /** The TLS certificate or the SSH host key is not the expected one. */
    SERVER_NOT_TRUSTED(Kind.STALLED),
    /** The address leads where it must not. */
    FORBIDDEN_ADDRESS(Kind.STALLED),
    /** The server sends elsewhere. */
    REDIRECTED(Kind.STALLED),
    /** There is no repository at the address. */
    REPOSITORY_MISSING(Kind.STALLED),
    /** The branch, tag or commit does not exist. */
    REF_MISSING(Kind.STALLED),
    /** The path does not exist in the revision. */
    PATH_MISSING(Kind.STALLED),
    /** The repository, or what is below the path, exceeds a limit. */
    TOO_LARGE(Kind.STALLED),
    /** The repository holds objects that Git itself calls malformed or dangerous. */
    UNSAFE_OBJECT(Kind.STALLED);

    private final Kind kind;

    Reason(Kind kind) {
      this.kind = kind;
    }
  }

  public Kind kind() {
    return reason.kind;
  }

  @Override
  public String toString() {
    return message + " (" + help + ")";
  }
}
