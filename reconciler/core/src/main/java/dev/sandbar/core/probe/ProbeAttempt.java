package dev.sandbar.core.probe;

import dev.sandbar.core.model.Written;
import java.util.Arrays;
import java.util.Optional;

/**
 * One attempt as the kit reported it: written inside the sandbox, so nothing of it is trusted.
 *
 * @param id for example {@code tcp4-out}
 * @param title what was tried, in words
 * @param errno name of the error or signal; empty if there was none
 */
public record ProbeAttempt(String id, String title, End end, String errno) {

  /** How it ended. */
  public enum End implements Written {
    /** It worked, or passed the check that guards it. */
    OPEN("open"),
    DENIED("denied"),
    /** The kernel killed the process. */
    KILLED("killed"),
    /** No answer: a dropped packet, or nobody is there. */
    TIMEOUT("timeout"),
    /** Hidden from the app, or not on this device. */
    ABSENT("absent");

    private final String text;

    End(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }

    /** The end of that name. */
    public static Optional<End> find(String text) {
      return Arrays.stream(values()).filter(end -> end.text.equals(text)).findFirst();
    }
  }
}
