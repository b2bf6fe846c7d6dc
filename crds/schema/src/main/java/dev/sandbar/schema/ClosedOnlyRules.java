package dev.sandbar.schema;

/** What only a program in closed mode is granted: the help differs for a service of the device. */
final class ClosedOnlyRules {

  private ClosedOnlyRules() {}

  /**
   * A rule.
   *
   * @param granted an expression: whether the object grants it
   * @param instead what a program in open mode does without it
   */
  static String rule(String key, String granted, String instead) {
    return "!variables.closed && %s ? [variables.adopts ? %s : %s] : []"
        .formatted(
            granted,
            Cel.text(
                ("permissions: %s is for a program of the app itself, and run.unit gives the service"
                        + " nothing: remove the line; in mode: Open a service keeps what the spec does"
                        + " not withhold by name")
                    .formatted(key)),
            Cel.text(
                ("permissions: %s is for apps in closed mode: one in open mode is root, and %s: use"
                        + " mode: Closed, or remove the line")
                    .formatted(key, instead)));
  }
}
