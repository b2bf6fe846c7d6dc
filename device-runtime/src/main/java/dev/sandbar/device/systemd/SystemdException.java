package dev.sandbar.device.systemd;

import org.jspecify.annotations.Nullable;

/** systemd refused a call, is gone, or did not answer in time. */
public final class SystemdException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What the caller can do about it. */
  public enum Kind {
    /** No such unit. */
    NO_SUCH_UNIT,
    /** Not allowed, for example no rights on the bus. */
    ACCESS_DENIED,
    /** Connection lost or no answer in time; worth another try. */
    UNAVAILABLE,
    /** Anything else that systemd said no to. */
    REFUSED
  }

  private final Kind kind;

  /** With a message for people. */
  public SystemdException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What the caller can do about it. */
  public Kind kind() {
    return kind;
  }
}
