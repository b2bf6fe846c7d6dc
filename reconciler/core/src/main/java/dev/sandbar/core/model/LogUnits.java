package dev.sandbar.core.model;

import java.util.Optional;
import java.util.regex.Pattern;

/** Services whose journal an app may read ({@code readLogs}), each by its whole name. */
public final class LogUnits {

  /**
   * Regular expression of their names, which fit into a request to the agent. A template has no
   * journal, only its instances have.
   */
  public static final String UNITS =
      "[A-Za-z0-9:_][A-Za-z0-9:_.-]{0,120}(@[A-Za-z0-9:_.-]{1,50})?[.]service";

  private static final Pattern UNIT = Pattern.compile(UNITS);

  private LogUnits() {}

  /** Whether text is the name of a service whose journal can be read. */
  public static boolean isValid(String text) {
    return UNIT.matcher(text).matches() && UnitName.isValid(text);
  }

  static Optional<Objection> objection(String text) {
    return isValid(text)
        ? Optional.empty()
        : Optional.of(
            new Objection(
                Problem.INVALID_VALUE,
                "is not the name of a service",
                "write the whole name, such as mosquitto.service; that of app pump is"
                    + " sandbar-pump.service"));
  }
}
