package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.Permission;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * What closed mode keeps closed whatever a spec asks for, for those that state the same rules
 * elsewhere: schemas, admission policies, documents.
 */
public final class ClosedMode {

  private ClosedMode() {}

  /** Whether one of these calls locks memory, which is of use only where the limit lets it. */
  public static boolean locksMemory(Collection<String> calls) {
    Sandbox locking = PermissionCatalog.entry(Permission.LOCK_MEMORY).grants();
    return calls.stream().anyMatch(locking.kernel().calls()::contains);
  }

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
