package dev.sandbar.cli.fleet;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import java.util.Optional;

/** Finds the app behind a name of a unit, or behind what a process says of its control group. */
public final class TraceSubject {
  private TraceSubject() {}

  /**
   * The app of a unit such as {@code sandbar-pump.service}, of a line of {@code /proc/PID/cgroup},
   * or of its own name.
   */
  public static Optional<String> app(String text) {
    for (String line : text.lines().toList()) {
      for (String part : line.strip().split("/", -1)) {
        Optional<String> app = unit(part);
        if (app.isPresent()) {
          return app;
        }
      }
    }
    String name = text.strip();
    return AppName.isValid(name) && !isNumber(name) ? Optional.of(name) : Optional.empty();
  }

  /** Whether it can only be a process. */
  public static boolean isNumber(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static Optional<String> unit(String text) {
    if (!text.endsWith(".service")) {
      return Optional.empty();
    }
    try {
      return new UnitName(text).ownApp().map(AppName::value);
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
