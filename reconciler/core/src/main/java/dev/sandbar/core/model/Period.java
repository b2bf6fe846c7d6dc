package dev.sandbar.core.model;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Lengths of time as Kubernetes writes them, such as {@code 30s} and {@code 1h30m}. */
public final class Period {

  /** As a regular expression of Java and of RE2. */
  public static final String FORM = "([0-9]{1,6}(ms|s|m|h)){1,4}";

  /** What to write instead of anything else. */
  public static final String HELP = "write for example 30s, 5m or 1h30m";

  private static final Pattern WHOLE = Pattern.compile(FORM);
  private static final Pattern PART = Pattern.compile("([0-9]{1,6})(ms|s|m|h)");

  private Period() {}

  /** Reads one; empty if it is none. */
  public static Optional<Duration> read(String text) {
    return WHOLE.matcher(text).matches()
        ? Optional.of(
            PART.matcher(text).results().map(Period::part).reduce(Duration.ZERO, Duration::plus))
        : Optional.empty();
  }

  private static Duration part(MatchResult part) {
    long count = Long.parseLong(part.group(1));
    return switch (part.group(2)) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      default -> Duration.ofHours(count);
    };
  }
}
