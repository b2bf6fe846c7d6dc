package dev.sandbar.core.compile;

import java.util.List;
import java.util.SortedMap;

/**
 * What closed mode keeps closed whatever a spec asks for, for those that state the same rules
 * elsewhere: schemas, admission policies, documents.
 */
public final class ClosedMode {

  private ClosedMode() {}

  /** System calls and groups that stay closed, with what to do instead. */
  public static SortedMap<String, String> calls() {
    return CallRules.closed();
  }

  /** Folders in which nothing is executed. */
  public static List<String> neverPrograms() {
    return FileLines.NEVER_PROGRAMS;
  }
}
