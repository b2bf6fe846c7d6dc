package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.plan.PruneGuard;
import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The apps of one source that Git no longer has and that stay until somebody consents. */
final class HeldBack {
  private static final int NAMED = 5;

  private SortedSet<AppName> waiting = new TreeSet<>();
  private boolean lost;
  private String why = "";

  /** Which were held back before is not known: all that are missing now were. */
  void lost() {
    lost = true;
  }

  /** Why apps stay; empty if none does. */
  String why() {
    return why;
  }

  /** Nothing is to be removed; what waits goes on waiting. */
  SortedSet<AppName> nothing() {
    why = "";
    return Collections.emptySortedSet();
  }

  /**
   * What may go of that which is no longer declared.
   *
   * @param live the apps that the source owns, before anything of this revision is written
   * @param known those that it owned when that was last written down; empty if it never was
   */
  SortedSet<AppName> judge(
      DeclaredApps now, Set<AppName> live, SortedSet<String> known, PruneGuard.Consent consent) {
    var named = new TreeSet<AppName>();
    now.apps().keySet().forEach(name -> named.add(new AppName(name)));
    now.refused().forEach(name -> named.add(new AppName(name)));
    var owned = new TreeSet<>(live);
    if (!known.isEmpty()) {
      // An operator that was killed meanwhile may have made the others for this very revision.
      owned.removeIf(name -> named.contains(name) && !known.contains(name.value()));
    }
    PruneGuard.Source source = now.completeness();
    SortedSet<AppName> before = lost ? owned : waiting;
    PruneGuard.Verdict verdict = PruneGuard.judge(source, owned, named, before, consent);
    if (!lost || PruneGuard.waits(source)) {
      waiting = PruneGuard.waiting(source, before, named, verdict);
      lost = false;
    }
    why = why(verdict);
    return verdict.remove();
  }

  private static String why(PruneGuard.Verdict verdict) {
    return verdict.heldBack().isEmpty()
        ? ""
        : "%s; %d object%s that Git no longer has stay: %s"
            .formatted(
                verdict.reason(),
                verdict.heldBack().size(),
                verdict.heldBack().size() == 1 ? "" : "s",
                verdict.heldBack().stream()
                    .limit(NAMED)
                    .map(AppName::value)
                    .collect(Collectors.joining(", ")));
  }
}
