package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.plan.PruneGuard.Consent;
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
    return judge(source, owned, declared, allowed ? Consent.EVERYTHING : Consent.NONE);
  }

  private static Verdict judge(
      Source source, SortedSet<AppName> owned, SortedSet<AppName> declared, Consent consent) {
    return PruneGuard.judge(source, owned, declared, apps(0, 0), consent);
  }

  /** A device over rounds: what may go goes, and what is declared is there in the next round. */
  private static final class Device {
    private final SortedSet<AppName> owned;
    private SortedSet<AppName> waiting = apps(0, 0);

    Device(SortedSet<AppName> owned) {
      this.owned = new TreeSet<>(owned);
    }

    Verdict round(Source source, SortedSet<AppName> declared, Consent consent) {
      Verdict verdict = PruneGuard.judge(source, owned, declared, waiting, consent);
      waiting = PruneGuard.waiting(source, waiting, declared, verdict);
      owned.removeAll(verdict.remove());
      owned.addAll(declared);
      return verdict;
    }

    void staysFor(int rounds, Source source, SortedSet<AppName> declared, SortedSet<AppName> apps) {
      for (int i = 0; i < rounds; i++) {
        assertThat(round(source, declared, Consent.NONE).heldBack()).containsAll(apps);
        assertThat(owned).containsAll(apps);
      }
    }
  }

  /** Whoever replaces the apps by as many of his own as he likes waits like everybody else. */
  @Test
  void whatWasHeldBackIsNotOutnumberedInLaterRounds() {
    for (int owned = 1; owned <= 8; owned++) {
      for (int added = 1; added <= 4 * owned; added++) {
        var device = new Device(apps(0, owned));
        device.staysFor(3, Source.COMPLETE, apps(100, 100 + added), apps(0, owned));
        // Nor by what comes and goes after that.
        device.staysFor(2, Source.COMPLETE, apps(100, 160), apps(0, owned));
        assertThat(device.round(Source.COMPLETE, apps(100, 160), Consent.to(owned)).remove())
            .isEqualTo(apps(0, owned));
      }
    }
  }

  @Test
  void whatWasHeldBackForItsHistoryWaitsOnWhenTheHistoriesAreJoined() {
    var device = new Device(apps(0, 9));
    device.staysFor(1, Source.REWRITTEN, apps(1, 9), apps(0, 1));
    device.staysFor(2, Source.COMPLETE, apps(1, 9), apps(0, 1));
    assertThat(device.round(Source.COMPLETE, apps(1, 9), Consent.NONE).reason())
        .isEqualTo("what was held back is not removed without consent");
    // What another commit takes away is judged as ever.
    assertThat(device.round(Source.COMPLETE, apps(2, 9), Consent.NONE).remove())
        .isEqualTo(apps(1, 2));
    assertThat(device.round(Source.COMPLETE, apps(2, 9), Consent.NONE.and(apps(0, 1))).remove())
        .isEqualTo(apps(0, 1));
  }

  @Test
  void anAppThatIsDeclaredAgainWaitsNoLonger() {
    var device = new Device(apps(0, 9));
    device.staysFor(2, Source.COMPLETE, apps(5, 9), apps(0, 5));
    // Nobody has seen the whole of this one.
    device.staysFor(1, Source.INCOMPLETE, apps(6, 9), apps(0, 6));
    device.round(Source.COMPLETE, apps(0, 9), Consent.NONE);
    assertThat(device.round(Source.COMPLETE, apps(1, 9), Consent.NONE).remove())
        .isEqualTo(apps(0, 1));
    assertThat(device.round(Source.COMPLETE, apps(1, 5), Consent.NONE).heldBack())
        .isEqualTo(apps(5, 9));
  }

  /** A fleet's owner vouches for the whole; only the number at once is held back. */
  @Test
  void whatABundleRemovesDoesNotWait() {
    var before = apps(0, 1);
    assertThat(
            PruneGuard.judge(Source.VOUCHED, apps(0, 9), apps(1, 9), before, Consent.NONE).remove())
        .isEqualTo(before);
    Verdict held = judge(Source.VOUCHED, apps(0, 20), apps(0, 0), false);
    assertThat(PruneGuard.waiting(Source.VOUCHED, apps(0, 0), apps(0, 0), held)).isEmpty();
  }

  @Test
  void consentToOneRemovalDoesNotMakeTheOthersFew() {
    var device = new Device(apps(0, 6));
    device.staysFor(1, Source.COMPLETE, apps(3, 6), apps(0, 3));
    Verdict one = device.round(Source.COMPLETE, apps(3, 6), Consent.NONE.and(apps(0, 1)));

    assertThat(one.remove()).isEqualTo(apps(0, 1));
    device.staysFor(2, Source.COMPLETE, apps(3, 6), apps(1, 3));
    assertThat(
            judge(Source.COMPLETE, apps(0, 6), apps(3, 6), Consent.NONE.and(apps(0, 1))).heldBack())
        .isEqualTo(apps(1, 3));
    assertThat(
            judge(Source.COMPLETE, apps(0, 6), apps(3, 6), Consent.to(2).and(apps(0, 1))).remove())
        .isEqualTo(apps(0, 1));
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
    assertThat(held.reason()).isEqualTo("4 of 10 apps would be removed at once, more than 3");
    assertThat(allowed.remove()).isEqualTo(apps(0, 4));
  }

  /** Over every small device: never all, never more than a third, but always one of several. */
  @Test
  void aThirdOfASmallDeviceMayGoAtOnceAndNeverAll() {
    for (int owned = 1; owned <= 12; owned++) {
      for (int missing = 1; missing < owned; missing++) {
        Verdict verdict = judge(Source.COMPLETE, apps(0, owned), apps(missing, owned), false);

        assertThat(verdict.remove())
            .as("%d of %d", missing, owned)
            .hasSize(missing <= Math.max(1, owned / 3) ? missing : 0);
        assertThat(verdict.remove().size() + verdict.heldBack().size()).isEqualTo(missing);
      }
      Verdict all = judge(Source.COMPLETE, apps(0, owned), apps(50, 51), false);
      assertThat(all.heldBack()).hasSize(owned);
      assertThat(all.reason()).isEqualTo("every app would be removed at once");
    }
  }

  @Test
  void afterAHistoryThatDoesNotDescendOnlyConsentRemoves() {
    var owned = apps(0, 6);
    var declared = apps(1, 7);
    Verdict none = judge(Source.REWRITTEN, owned, declared, false);
    Verdict named = judge(Source.REWRITTEN, owned, declared, Consent.NONE.and(apps(0, 1)));
    Verdict few = judge(Source.REWRITTEN, owned, apps(3, 7), Consent.to(2));
    Verdict raised = judge(Source.REWRITTEN, owned, apps(3, 7), Consent.to(3));

    assertThat(none.remove()).isEmpty();
    assertThat(none.reason()).contains("does not descend from what was last applied");
    assertThat(named.remove()).isEqualTo(apps(0, 1));
    assertThat(named.reason()).isEmpty();
    assertThat(few.remove()).isEmpty();
    assertThat(raised.remove()).isEqualTo(apps(0, 3));
  }

  @Test
  void consentToOneRemovalIsNoneToTheOthers() {
    Verdict verdict = judge(Source.COMPLETE, apps(0, 6), apps(4, 6), Consent.NONE.and(apps(0, 1)));

    assertThat(verdict.remove()).isEqualTo(apps(0, 1));
    assertThat(verdict.heldBack()).isEqualTo(apps(1, 4));
    assertThat(
            judge(Source.INCOMPLETE, apps(0, 6), apps(4, 6), Consent.NONE.and(apps(0, 1))).remove())
        .isEmpty();
  }

  /** A bundle is the word of a fleet's owner about one device: its only app may go. */
  @Test
  void aSourceThatVouchesMayRemoveTheOnlyApp() {
    assertThat(judge(Source.VOUCHED, apps(0, 1), apps(0, 0), false).remove()).hasSize(1);
    assertThat(judge(Source.VOUCHED, apps(0, 20), apps(0, 0), false).remove()).isEmpty();
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
