package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.plan.PruneGuard.Limits;
import dev.sandbar.core.plan.PruneGuard.Source;
import dev.sandbar.core.plan.PruneGuard.Verdict;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PruneGuardTest {

  private static SortedSet<AppName> apps(int from, int to) {
    var names = new TreeSet<AppName>();
    for (int i = from; i < to; i++) {
      names.add(new AppName("app-" + i));
    }
    return names;
  }

  private static Verdict judge(
      Source source, SortedSet<AppName> owned, SortedSet<AppName> declared, boolean allowed) {
    return PruneGuard.judge(source, owned, declared, Limits.DEFAULT, allowed);
  }

  @Test
  void whatIsNoLongerDeclaredGoes() {
    Verdict verdict = judge(Source.COMPLETE, apps(0, 5), apps(1, 5), false);

    assertThat(verdict.remove()).isEqualTo(apps(0, 1));
    assertThat(verdict.heldBack()).isEmpty();
    assertThat(verdict.reason()).isEmpty();
  }

  @Test
  void aSourceThatWasNotReadWholeRemovesNothingWhoeverAsks() {
    Verdict verdict = judge(Source.INCOMPLETE, apps(0, 5), apps(1, 5), true);

    assertThat(verdict.remove()).isEmpty();
    assertThat(verdict.heldBack()).isEqualTo(apps(0, 1));
    assertThat(verdict.reason()).contains("could not be read whole");
  }

  @Test
  void anEmptySourceRemovesNothingWhoeverAsks() {
    Verdict verdict = judge(Source.COMPLETE, apps(0, 2), apps(0, 0), true);

    assertThat(verdict.remove()).isEmpty();
    assertThat(verdict.reason()).contains("declares no app at all");
  }

  @Test
  void manyRemovalsAtOnceAreHeldBackUntilAllowed() {
    Verdict held = judge(Source.COMPLETE, apps(0, 10), apps(4, 10), false);
    Verdict allowed = judge(Source.COMPLETE, apps(0, 10), apps(4, 10), true);

    assertThat(held.remove()).isEmpty();
    assertThat(held.reason())
        .isEqualTo("4 of 10 apps would be removed at once, more than 3 and more than 30 percent");
    assertThat(allowed.remove()).isEqualTo(apps(0, 4));
  }

  @Test
  void aSmallPartOfALargeFleetMayGo() {
    assertThat(judge(Source.COMPLETE, apps(0, 100), apps(10, 100), false).remove()).hasSize(10);
  }

  @Test
  void nothingMissingNeedsNoReason() {
    assertThat(judge(Source.INCOMPLETE, apps(0, 2), apps(0, 3), false).reason()).isEmpty();
  }
}
