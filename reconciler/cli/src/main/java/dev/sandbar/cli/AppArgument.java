package dev.sandbar.cli;

import dev.sandbar.core.model.AppName;

/** The name of an app as somebody typed it. */
final class AppArgument {
  private AppArgument() {}

  /**
   * Reads it.
   *
   * @throws CommandException if no app can have that name
   */
  static AppName read(String text) {
    if (!AppName.isValid(text)) {
      throw new CommandException(
          "'" + text + "' is not the name of an app", "List the apps: sandbar status");
    }
    return new AppName(text);
  }

  /**
   * Reads it as the name of an app of a device of the fleet.
   *
   * @throws CommandException if no app can have that name
   */
  static AppName onFleet(String text, String device) {
    if (!AppName.isValid(text)) {
      throw new CommandException(
          "'" + text + "' is not the name of an app",
          "List the apps of the device: sandbar fleet status " + device);
    }
    return new AppName(text);
  }

  /** There is none of that name. */
  static CommandException unknown(String app) {
    return new CommandException(
        "there is no app " + app + " on this device", "List the apps: sandbar status");
  }
}
