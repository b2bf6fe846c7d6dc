package dev.sandbar.core.report;

import java.time.Instant;

/**
 * One condition of an app, after Flux and kstatus.
 *
 * @param message for people, one sentence without a full stop
 * @param since when the status last changed; a new message or reason does not move it
 */
public record Condition(Type type, Status status, Reason reason, String message, Instant since) {

  /** What it speaks about. */
  public enum Type {
    /** As declared, enforced and healthy. */
    READY("Ready"),
    /** Being made so; only present while true. */
    RECONCILING("Reconciling"),
    /** A person is needed; only present while true. */
    STALLED("Stalled"),
    /** The device is not as it was applied. */
    DRIFTED("Drifted"),
    /** The app runs. */
    HEALTHY("Healthy");

    private final String text;

    Type(String text) {
      this.text = text;
    }

    /** As in a status. */
    public String text() {
      return text;
    }
  }

  /** Whether it holds. */
  public enum Status {
    TRUE("True"),
    FALSE("False"),
    UNKNOWN("Unknown");

    private final String text;

    Status(String text) {
      this.text = text;
    }

    /** As in a status. */
    public String text() {
      return text;
    }
  }
}
