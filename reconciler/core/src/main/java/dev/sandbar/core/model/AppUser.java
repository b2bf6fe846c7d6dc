package dev.sandbar.core.model;

import java.util.List;
import java.util.Optional;

/**
 * The user that an app finds itself to be when it asks for the name of its own uid (getpwuid(3)):
 * {@code run.user}. It changes who the app is in nobody else's eyes.
 *
 * @param name as in passwd(5); empty for an app whose uid has no name
 * @param home where HOME leads; empty for the first directory of its own that the app has
 */
public record AppUser(String name, String home) {

  /** An app whose uid has no name. */
  public static final AppUser NONE = new AppUser("", "");

  /** Regular expression of names that programs take for one (useradd(8)). */
  public static final String NAMES = "[a-z_][a-z0-9_-]{0,30}";

  /** What to write for another name. */
  public static final String NAME_HELP =
      "use at most 31 of a-z, 0-9, _ and -, beginning with a letter or _";

  /** Regular expression of homes: a colon would begin another field of passwd(5). */
  public static final String HOMES = "/[A-Za-z0-9/._@+-]{0,254}";

  /** What to write for another home. */
  public static final String HOME_HELP = "use letters, digits and ._@+- in the path";

  /** The variables that follow from it. */
  public static final List<String> VARIABLES = List.of("HOME", "LOGNAME", "USER");

  /** They are other users, in every image. */
  private static final List<String> RESERVED = List.of("root", "nobody");

  /** Whether the uid of the app has no name. */
  public boolean isNone() {
    return name.isEmpty();
  }

  /** Why no app can have the name, as the end of a sentence; empty if one can. */
  static Optional<String> problemIn(String name) {
    if (!name.matches(NAMES)) {
      return Optional.of("is not the name of a user");
    }
    return RESERVED.contains(name)
        ? Optional.of("is a user of every system, and no app can be it")
        : Optional.empty();
  }

  /** What to write in its place. */
  static String helpFor(String name) {
    return RESERVED.contains(name) ? "use another name, such as that of the app" : NAME_HELP;
  }

  /** Names that no app can have. */
  public static List<String> reserved() {
    return RESERVED;
  }
}
