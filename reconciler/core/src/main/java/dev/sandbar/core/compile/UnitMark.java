package dev.sandbar.core.compile;

import dev.sandbar.core.model.UnitName;

/**
 * The first line of every unit file that Sandbar writes. A file without it belongs to somebody
 * else, whatever its name is.
 */
public final class UnitMark {

  private UnitMark() {}

  /** The line, with its end. */
  public static String of(UnitName unit) {
    return unit.app()
        .map(app -> "# Written by Sandbar from the AppSandbox " + app.value() + ".\n")
        .orElse("# Written by Sandbar; changes are drift.\n");
  }

  /** Whether a text says that Sandbar wrote it for just this unit. */
  public static boolean isIn(String text, UnitName unit) {
    return text.startsWith(of(unit));
  }
}
