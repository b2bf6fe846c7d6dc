package dev.sandbar.core.report;

import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.Written;
import java.time.Instant;

/**
 * One condition of an app, a device or a source, after Flux and kstatus. Its names are those of
 * {@code metav1.Condition}.
 *
 * @param reason one word, at most {@value #MAX_REASON} characters; those of devices are passed on,
 *     so there is no list of all of them
 * @param message for people, one sentence without a full stop, at most {@value #MAX_MESSAGE}
 *     characters
 * @param lastTransitionTime when the status last changed, in whole seconds; a new message or reason
 *     does not move it
 */
public record Condition(
    Type type, Status status, String reason, String message, Instant lastTransitionTime) {

  /** The longest message, in characters. */
  public static final int MAX_MESSAGE = 1_024;

  /** The longest reason, in characters. */
  public static final int MAX_REASON = 128;

  public Condition {
    reason = SafeText.cut(reason, MAX_REASON);
    message = SafeText.cut(message, MAX_MESSAGE);
    lastTransitionTime = Instant.ofEpochSecond(lastTransitionTime.getEpochSecond());
  }

  /** This, with at most so many characters of its message. */
  public Condition shortened(int most) {
    return new Condition(type, status, reason, SafeText.cut(message, most), lastTransitionTime);
  }

  /** Whether it holds. */
  public boolean holds() {
    return status == Status.TRUE;
  }

  /** Whether that is why. */
  public boolean is(Reason other) {
    return reason.equals(other.text());
  }

  /** What it speaks about. */
  public enum Type implements Written {
    /** As declared, enforced and healthy. */
    READY("Ready"),
    /** Being applied; present only while true. */
    RECONCILING("Reconciling"),
    /** Manual action is needed; present only while true. */
    STALLED("Stalled"),
    /** The device differs from what was applied. */
    DRIFTED("Drifted"),
    /** Somebody has suspended it; present only while true. */
    SUSPENDED("Suspended"),
    /** The app runs. */
    HEALTHY("Healthy"),
    /** The device has its identity and its rights in the cluster. */
    ENROLLED("Enrolled");

    private final String text;

    Type(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  /** Whether it holds. */
  public enum Status implements Written {
    TRUE("True"),
    FALSE("False"),
    UNKNOWN("Unknown");

    private final String text;

    Status(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }
}
