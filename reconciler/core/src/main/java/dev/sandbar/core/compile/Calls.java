package dev.sandbar.core.compile;

import java.util.List;

/**
 * System calls that a spec names itself; deny wins.
 *
 * @param only what alone may be called, from {@code directives}; empty for no such list
 * @param allow names and groups to give back
 * @param deny names and groups to take away
 * @param hatchDeny the same from {@code directives}
 */
record Calls(List<String> only, List<String> allow, List<String> deny, List<String> hatchDeny) {

  static final String BECAUSE = "systemCalls";

  Calls {
    only = List.copyOf(only);
    allow = List.copyOf(allow);
    deny = List.copyOf(deny);
    hatchDeny = List.copyOf(hatchDeny);
  }
}
