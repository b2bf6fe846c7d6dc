package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import java.util.Optional;

/**
 * The first line of every unit file and drop-in that Sandbar writes. A file without it belongs to
 * somebody else, whatever its name is.
 */
public final class UnitMark {

  private static final String OF_AN_APP = "# Written by Sandbar from the AppSandbox ";
  private static final String END = ".\n";

  private UnitMark() {}

  /** The line in the file of an app, with its end. */
  public static String of(AppName app) {
    return OF_AN_APP + app.value() + END;
  }

  /** The line in the file of a unit that Sandbar needs beside the apps, with its end. */
  public static String ofBase() {
    return "# Written by Sandbar; changes are drift.\n";
  }

  /** Whether a text says that Sandbar wrote it for just this unit. */
  public static boolean isIn(String text, UnitName unit) {
    if (!unit.isService()) {
      return text.startsWith(ofBase());
    }
    Optional<AppName> app = app(text);
    return app.isPresent() && (unit.ownApp().isEmpty() || unit.ownApp().equals(app));
  }

  /** The app that the text was written for; empty if it does not say that Sandbar wrote it. */
  public static Optional<AppName> app(String text) {
    int end = text.indexOf(END);
    if (!text.startsWith(OF_AN_APP) || end < OF_AN_APP.length()) {
      return Optional.empty();
    }
    String name = text.substring(OF_AN_APP.length(), end);
    return AppName.isValid(name) ? Optional.of(new AppName(name)) : Optional.empty();
  }
}
