package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;

/**
 * The directory of an app that has the permission {@code state}. With a dynamic user the content is
 * in {@code /var/lib/private/NAME} and {@code /var/lib/NAME} leads there; without one it is in the
 * latter.
 */
public final class StateDirectoryName {

  private StateDirectoryName() {}

  /** The name below /var/lib. */
  public static String of(AppName app) {
    return "sandbar-" + app.value();
  }
}
