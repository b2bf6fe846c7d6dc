package dev.sandbar.cli;

import dev.sandbar.core.model.HoldReader;
import dev.sandbar.core.model.HoldSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** Why and for how long something is held. */
final class HoldOptions {
  private static final Pattern TIME = Pattern.compile("([1-9][0-9]{0,3})([mhd])");

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Why, in one line; shown in the status.")
  private String reason = "";

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description = "Release it by itself after this time: 90m, 12h, 2d.")
  private String length = "";

  /**
   * The hold.
   *
   * @throws CommandException if an option is not usable
   */
  HoldSpec read(Instant now) {
    String line = reason.strip();
    if (!HoldReader.isLine(line)) {
      throw new CommandException(
          "--reason is not one line of at most " + HoldReader.LONGEST_REASON + " characters",
          "Shorten it");
    }
    return new HoldSpec(line, length.isEmpty() ? Instant.MAX : now.plus(span()));
  }

  private Duration span() {
    Matcher matcher = TIME.matcher(length);
    if (!matcher.matches()) {
      throw new CommandException(
          "--for is no length of time: '" + length + "'", "Write for example 90m, 12h or 2d");
    }
    long count = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }
}
