package dev.sandbar.cli;

import dev.sandbar.core.model.Period;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether and how long a command waits. */
final class FleetWaitOptions {
  private static final Pattern DAYS = Pattern.compile("([1-9][0-9]{0,5})d");

  @Option(
      names = "--wait",
      negatable = true,
      fallbackValue = "true",
      description = "Wait for completion, or do not.")
  private @Nullable Boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "5m",
      description = "Wait at most this long: 30s, 5m, 1h (default: 5m).")
  private String timeout = "5m";

  /** How long to wait; zero: not at all. */
  Duration limit(boolean unlessSaid) {
    Duration limit = span("--timeout", timeout);
    boolean waits = wait == null ? unlessSaid : wait;
    return waits ? limit : Duration.ZERO;
  }

  /** Reads a span of time. */
  static Duration span(String option, String text) {
    String said = text.toLowerCase(Locale.ROOT);
    Matcher days = DAYS.matcher(said);
    return (days.matches()
            ? Optional.of(Duration.ofDays(Long.parseLong(days.group(1))))
            : Period.read(said).filter(Duration::isPositive))
        .orElseThrow(
            () ->
                new CommandException(
                    option + " " + text + " is no span of time",
                    "Write for example 30s, 5m, 1h30m or 7d"));
  }
}
