package dev.sandbar.core.compile;

import dev.sandbar.core.model.Permission;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;

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

  /** System calls and groups that cannot be asked for where the permission is withheld by name. */
  public static SortedSet<String> withheldWith(Permission permission) {
    return CallRules.withheldWith(permission);
  }

  /** Folders in which nothing is executed. */
  public static List<String> neverPrograms() {
    return FileLines.NEVER_PROGRAMS;
  }
}
