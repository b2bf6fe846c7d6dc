package dev.sandbar.operator.gitsource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.plan.PruneGuard;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class HeldBackTest {

  /** Refused, for they need no spec: what is named counts. */
  private static DeclaredApps declared(PruneGuard.Source source, String... names) {
    return new DeclaredApps("one", new TreeMap<>(), strings(names), source, List.of());
  }

  private static SortedSet<String> strings(String... names) {
    return new TreeSet<>(Set.of(names));
  }

  private static SortedSet<AppName> apps(String... names) {
    var apps = new TreeSet<AppName>();
    for (String name : names) {
      apps.add(new AppName(name));
    }
    return apps;
  }

  private static SortedSet<AppName> judge(
      HeldBack held, DeclaredApps now, SortedSet<AppName> live, SortedSet<String> known) {
    return held.judge(now, live, known, PruneGuard.Consent.NONE);
  }

  @Test
  void whatIsHeldBackIsNotOutnumberedByWhatIsMade() {
    var held = new HeldBack();
    DeclaredApps now = declared(PruneGuard.Source.COMPLETE, "d", "e", "f");

    assertThat(judge(held, now, apps("a"), strings("a"))).isEmpty();
    assertThat(held.why()).startsWith("every app would be removed at once; 1 object that");
    var all = apps("a", "d", "e", "f");
    assertThat(judge(held, now, all, strings("a", "d", "e", "f"))).isEmpty();
    assertThat(held.nothing()).isEmpty();
    assertThat(held.why()).isEmpty();
    assertThat(judge(held, now, all, strings("a", "d", "e", "f"))).isEmpty();
    assertThat(held.why()).startsWith("what was held back is not removed without consent; 1");
    assertThat(held.judge(now, all, strings("a"), PruneGuard.Consent.to(1))).isEqualTo(apps("a"));
  }

  /** The operator was killed after it made what the revision brings, before it said so. */
  @Test
  void whatAKilledOperatorMadeDoesNotCount() {
    DeclaredApps now = declared(PruneGuard.Source.COMPLETE, "d", "e", "f");

    assertThat(judge(new HeldBack(), now, apps("a", "d", "e", "f"), strings("a"))).isEmpty();
  }

  @Test
  void afterARestartAllThatIsMissingWasHeldBack() {
    var held = new HeldBack();
    held.lost();
    var live = apps("a", "d", "e", "f");
    var known = strings("a", "d", "e", "f");

    // A look that did not see the whole says nothing of it.
    assertThat(judge(held, declared(PruneGuard.Source.INCOMPLETE), live, known)).isEmpty();
    DeclaredApps now = declared(PruneGuard.Source.COMPLETE, "d", "e", "f");
    assertThat(judge(held, now, live, known)).isEmpty();
    assertThat(judge(held, now, live, known)).isEmpty();
    // Of what goes later the guard decides as ever.
    DeclaredApps later = declared(PruneGuard.Source.COMPLETE, "a", "e", "f");
    assertThat(judge(held, later, live, known)).isEqualTo(apps("d"));
  }
}
