package dev.sandbar.report;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What others wrote, and what failed, as it stands in a log or is shown to a person: in one line,
 * not endless, and with nothing that a terminal would obey.
 */
public final class OneLine {
  private static final int LONGEST = 300;
  private static final int DEEPEST = 20;
  private static final String CUT = "...";

  private OneLine() {}

  /** A text of at most 300 characters. */
  public static String of(@Nullable String text) {
    return of(text, LONGEST);
  }

  /**
   * A text of at most so many characters.
   *
   * @param most 4 or more
   */
  public static String of(@Nullable String text, int most) {
    String line =
        String.valueOf(text).replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\s]+", " ").strip();
    if (line.length() <= most) {
      return line;
    }
    int end = most - CUT.length();
    // Half of a surrogate pair is no character.
    return line.substring(0, Character.isHighSurrogate(line.charAt(end - 1)) ? end - 1 : end) + CUT;
  }

  /** The message of a failure that may happen at any time; its kind if it has none. */
  public static String of(Throwable failure) {
    return of(
        Objects.requireNonNullElseGet(
            failure.getMessage(), () -> failure.getClass().getSimpleName()));
  }

  /**
   * A failure that should not have happened: its kind, its message, the innermost cause, and where
   * in Sandbar it came up, for whoever fixes it. Never the whole stack, which nobody else can read.
   */
  public static String defect(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; i < DEEPEST && cause.getCause() != null; i++) {
      cause = cause.getCause();
    }
    String text = kind(failure) + (cause == failure ? "" : ", caused by " + kind(cause));
    String where = where(cause);
    if (where.isEmpty()) {
      where = where(failure);
    }
    return of(text) + (where.isEmpty() ? "" : " (at " + where + ")");
  }

  private static String kind(Throwable failure) {
    String name = failure.getClass().getSimpleName();
    return Optional.ofNullable(failure.getMessage()).map(it -> name + ": " + it).orElse(name);
  }

  private static String where(Throwable failure) {
    for (StackTraceElement frame : failure.getStackTrace()) {
      if (frame.getClassName().startsWith("dev.sandbar.")) {
        return frame.getFileName() + ":" + frame.getLineNumber();
      }
    }
    return "";
  }
}
