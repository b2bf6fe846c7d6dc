package dev.sandbar.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Subject;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportTest {

  private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");
  private static final AppName PUMP = new AppName("pump");
  private static final UnitName UNIT = UnitName.own(PUMP);
  private static final SortedSet<DriftKey> NO_FIGHT = Collections.emptySortedSet();

  private static Difference difference(String subject, String observed) {
    return new Difference(UNIT, new Subject.Property(subject), "(none)", observed);
  }

  private static Instant at(long seconds) {
    return NOON.plusSeconds(seconds);
  }

  private static Drift drift(String subject) {
    return new Drift(difference(subject, "x"), NOON);
  }

  @Test
  void aDriftKeepsItsBeginningWhileItsValueChanges() {
    DriftFold.Folded first =
        DriftFold.fold(List.of(), List.of(difference("IPAddressAllow", "10.0.0.0/8")), NOON);
    DriftFold.Folded second =
        DriftFold.fold(first.current(), List.of(difference("IPAddressAllow", "::/0")), at(60));

    assertThat(first.events()).hasOnlyElementsOfType(DriftFold.Event.Begun.class).hasSize(1);
    assertThat(second.events()).isEmpty();
    assertThat(second.current().getFirst().since()).isEqualTo(NOON);
    assertThat(second.current().getFirst().difference().observed()).isEqualTo("::/0");
  }

  @Test
  void aDriftThatIsGoneEndsWhenItIsSeenToBeGone() {
    DriftFold.Folded folded = DriftFold.fold(List.of(drift("UMask")), List.of(), at(5));

    assertThat(folded.current()).isEmpty();
    assertThat(folded.events()).containsExactly(new DriftFold.Event.Ended(drift("UMask"), at(5)));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void everyDriftBeginsAndEndsInTurn(long seed) {
    var random = new Random(seed);
    var open = new TreeSet<DriftKey>();
    List<Drift> current = List.of();
    for (int i = 0; i < 200; i++) {
      var seen = new ArrayList<Difference>();
      for (String subject : List.of("A", "B", "C")) {
        if (random.nextBoolean()) {
          seen.add(difference(subject, Integer.toString(random.nextInt(3))));
        }
      }
      DriftFold.Folded folded = DriftFold.fold(current, seen, at(i));
      for (DriftFold.Event event : folded.events()) {
        switch (event) {
          case DriftFold.Event.Begun(Drift d) -> assertThat(open.add(d.key())).isTrue();
          case DriftFold.Event.Ended(Drift d, _) -> assertThat(open.remove(d.key())).isTrue();
        }
      }
      current = folded.current();
      assertThat(current).extracting(Drift::key).containsExactlyElementsOf(open);
    }
  }

  @Test
  void waitsGrowThreefoldUpToFiveMinutes() {
    assertThat(List.of(0, 1, 2, 3, 4, 5, 6, 100))
        .extracting(n -> Backoff.STANDARD.after(n).toSeconds())
        .containsExactly(0L, 2L, 6L, 18L, 54L, 162L, 300L, 300L);
  }

  @Test
  void aDriftThatComesBackTooSoonPausesItsUnit() {
    List<Difference> seen = List.of(difference("UMask", "0022"));
    Corrections once = Corrections.NONE.after(seen, NOON);

    assertThat(once.paused(seen, Backoff.STANDARD, at(1))).containsExactly(UNIT);
    assertThat(once.paused(seen, Backoff.STANDARD, at(2))).isEmpty();
    assertThat(once.paused(List.of(difference("Nice", "1")), Backoff.STANDARD, at(1))).isEmpty();
    assertThat(once.nextAttempt(seen, Backoff.STANDARD, at(1))).isEqualTo(at(2));
  }

  @Test
  void correctionsThatNeverHoldAreAFight() {
    List<Difference> seen = List.of(difference("UMask", "0022"));
    Corrections corrections = Corrections.NONE;
    for (int i = 0; i < Corrections.FIGHT; i++) {
      assertThat(corrections.fights(at(i * 60))).isEmpty();
      corrections = corrections.after(seen, at(i * 60));
    }

    assertThat(corrections.fights(at(200))).containsExactly(DriftKey.of(seen.getFirst()));
    assertThat(corrections.fights(at(180).plus(Corrections.QUIET))).isEmpty();
  }

  @Test
  void aCorrectionThatHeldBeginsTheCountAnew() {
    List<Difference> seen = List.of(difference("UMask", "0022"));
    Corrections corrections = Corrections.NONE.after(seen, NOON).after(seen, at(10));

    Instant later = at(10).plus(Corrections.QUIET);
    assertThat(corrections.after(seen, later).made().values())
        .containsExactly(new Corrections.Made(1, later));
  }

  @Test
  void anAlertBeginsOnceIsKeptAliveAndEndsOnce() {
    Duration every = Duration.ofSeconds(60);
    AlertFold.Folded begun =
        AlertFold.fold(PUMP, List.of(), List.of(drift("UMask")), NO_FIGHT, every, NOON);
    AlertFold.Folded quiet =
        AlertFold.fold(PUMP, begun.current(), List.of(drift("UMask")), NO_FIGHT, every, at(59));
    AlertFold.Folded kept =
        AlertFold.fold(PUMP, quiet.current(), List.of(drift("UMask")), NO_FIGHT, every, at(60));
    AlertFold.Folded ended =
        AlertFold.fold(PUMP, kept.current(), List.of(), NO_FIGHT, every, at(70));

    assertThat(begun.events()).hasOnlyElementsOfType(AlertFold.Event.Begun.class).hasSize(1);
    assertThat(quiet.events()).isEmpty();
    assertThat(kept.events()).hasOnlyElementsOfType(AlertFold.Event.KeptAlive.class).hasSize(1);
    assertThat(ended.events()).hasOnlyElementsOfType(AlertFold.Event.Ended.class).hasSize(1);
    assertThat(ended.current()).isEmpty();
    assertThat(kept.events().getFirst().alert().since()).isEqualTo(NOON);
    assertThat(kept.events().getFirst().alert().labels())
        .isEqualTo(begun.events().getFirst().alert().labels())
        .containsEntry("alertname", "SandbarDriftDetected")
        .containsEntry("name", "pump")
        .containsEntry("layer", "manager")
        .containsEntry("subject", "UMask");
  }

  @Test
  void aFightIsOneAlertThatOutlastsItsCorrections() {
    Duration every = Duration.ofMinutes(5);
    var fights = new TreeSet<>(List.of(drift("UMask").key()));
    AlertFold.Folded fought =
        AlertFold.fold(PUMP, List.of(), List.of(drift("UMask")), fights, every, NOON);
    AlertFold.Folded corrected =
        AlertFold.fold(PUMP, fought.current(), List.of(), fights, every, at(1));
    AlertFold.Folded over =
        AlertFold.fold(PUMP, corrected.current(), List.of(), NO_FIGHT, every, at(2));

    assertThat(fought.events())
        .extracting(e -> e.alert().reason())
        .containsExactly(Reason.DRIFT_DETECTED, Reason.FIGHT_DETECTED);
    assertThat(corrected.events()).isEmpty();
    assertThat(over.events()).hasOnlyElementsOfType(AlertFold.Event.Ended.class).hasSize(2);
  }

  private static AppStatus status(Progress progress, Health health, List<Drift> drifts) {
    return new AppStatus("main@sha1:abc", progress, health, Suspension.NONE, drifts, NO_FIGHT);
  }

  private static SortedMap<Type, Condition> fold(AppStatus status) {
    return Conditions.fold(new TreeMap<>(), status, NOON);
  }

  private static Condition of(SortedMap<Type, Condition> conditions, Type type) {
    return java.util.Objects.requireNonNull(conditions.get(type));
  }

  @Test
  void anAppAsDeclaredIsReady() {
    var conditions = fold(status(new Progress.Applied(), new Health.Healthy(), List.of()));

    assertThat(of(conditions, Type.READY).status()).isEqualTo(Status.TRUE);
    assertThat(of(conditions, Type.READY).message()).isEqualTo("Applied revision: main@sha1:abc");
    assertThat(of(conditions, Type.DRIFTED).reason()).isEqualTo(Reason.NO_DRIFT_DETECTED.text());
    assertThat(conditions).containsOnlyKeys(Type.READY, Type.DRIFTED, Type.HEALTHY);
  }

  @Test
  void aDriftedAppIsNotReadyAndSaysWhatDrifted() {
    var conditions =
        fold(status(new Progress.Applied(), new Health.Healthy(), List.of(drift("UMask"))));

    assertThat(of(conditions, Type.READY).status()).isEqualTo(Status.FALSE);
    assertThat(of(conditions, Type.DRIFTED).status()).isEqualTo(Status.TRUE);
    assertThat(of(conditions, Type.DRIFTED).message()).isEqualTo("UMask is x, declared is (none)");
  }

  @Test
  void anUpdateThatWaitsIsNoFailureAndHidesNone() {
    var waiting = new Progress.Waiting(Reason.WAITING_FOR_WINDOW, "waits until T");
    var fine = fold(status(waiting, new Health.Healthy(), List.of()));
    assertThat(of(fine, Type.READY).status()).isEqualTo(Status.UNKNOWN);
    assertThat(of(fine, Type.READY).reason()).isEqualTo(Reason.WAITING_FOR_WINDOW.text());
    assertThat(of(fine, Type.RECONCILING).message()).isEqualTo("waits until T");
    assertThat(of(fine, Type.DRIFTED).status()).isEqualTo(Status.FALSE);
    var down = fold(status(waiting, new Health.Unhealthy("ended"), List.of()));
    assertThat(of(down, Type.READY).status()).isEqualTo(Status.FALSE);
    assertThat(of(down, Type.READY).message()).isEqualTo("ended");
    var drifted = fold(status(waiting, new Health.Healthy(), List.of(drift("UMask"))));
    assertThat(of(drifted, Type.READY).reason()).isEqualTo(Reason.DRIFT_DETECTED.text());
    assertThat(of(drifted, Type.RECONCILING).reason()).isEqualTo(Reason.WAITING_FOR_WINDOW.text());
  }

  @Test
  void aSuspendedAppIsReadyOnlyIfNothingIsUndone() {
    var same = fold(suspended(new Progress.Applied(), new Health.Healthy(), ""));
    var waits = fold(suspended(new Progress.Applied(), new Health.Healthy(), "not applied"));
    var never = fold(suspended(new Progress.Applying("waiting"), new Health.Unknown(), "never"));
    assertThat(of(same, Type.READY).status()).isEqualTo(Status.TRUE);
    assertThat(of(same, Type.SUSPENDED).message())
        .isEqualTo("neither applied nor corrected until it is resumed");
    assertThat(of(waits, Type.READY).status()).isEqualTo(Status.FALSE);
    assertThat(of(waits, Type.READY).reason()).isEqualTo(Reason.SUSPENDED.text());
    assertThat(of(waits, Type.SUSPENDED).message()).isEqualTo("not applied");
    assertThat(of(never, Type.READY).message()).isEqualTo("never");
    // Nothing is under way, and nobody waits for a person.
    assertThat(never).doesNotContainKeys(Type.RECONCILING, Type.STALLED);
    var down = fold(suspended(new Progress.Applied(), new Health.Unhealthy("ended"), "x"));
    assertThat(of(down, Type.READY).message()).isEqualTo("ended");
  }

  private static AppStatus suspended(Progress progress, Health health, String undone) {
    return new AppStatus("r", progress, health, Suspension.of(undone), List.of(), NO_FIGHT);
  }

  @Test
  void anOldProcessOnlyNeedsARestart() {
    var old = new Drift(new Difference(UNIT, Subject.Processes.GENERATION, "b", "a"), NOON);
    var conditions = fold(status(new Progress.Applied(), new Health.Healthy(), List.of(old)));

    assertThat(of(conditions, Type.DRIFTED).reason()).isEqualTo(Reason.RESTART_REQUIRED.text());
  }

  @Test
  void aRefusedAppIsStalledAndOneThatIsTriedAgainIsNot() {
    var refused =
        fold(
            status(
                new Progress.Refused(Reason.CANNOT_ENFORCE, "no seccomp"),
                new Health.Unknown(),
                List.of()));
    var retried =
        fold(
            status(
                new Progress.Retrying(Reason.ROLLED_BACK, "status 226"),
                new Health.Healthy(),
                List.of()));

    assertThat(of(refused, Type.STALLED).reason()).isEqualTo(Reason.CANNOT_ENFORCE.text());
    assertThat(refused).doesNotContainKey(Type.RECONCILING);
    assertThat(of(retried, Type.RECONCILING).reason())
        .isEqualTo(Reason.PROGRESSING_WITH_RETRY.text());
    assertThat(of(retried, Type.READY).reason()).isEqualTo(Reason.ROLLED_BACK.text());
    assertThat(retried).doesNotContainKey(Type.STALLED);
  }

  @Test
  void whatNobodyLookedAtIsNeverGreen() {
    var conditions = fold(status(new Progress.Applied(), new Health.Unknown(), List.of()));

    assertThat(conditions.values()).allMatch(c -> c.status() == Status.UNKNOWN);
  }

  @Test
  void aFightStallsAlsoWhileTheDriftIsCorrectedForAMoment() {
    var status =
        new AppStatus(
            "r",
            new Progress.Applied(),
            new Health.Healthy(),
            Suspension.NONE,
            List.of(),
            new TreeSet<>(List.of(drift("UMask").key())));
    var conditions = fold(status);

    assertThat(of(conditions, Type.STALLED).reason()).isEqualTo(Reason.FIGHT_DETECTED.text());
    assertThat(of(conditions, Type.STALLED).message())
        .isEqualTo("something undoes every correction of UMask of sandbar-pump.service");
    assertThat(of(conditions, Type.READY).status()).isEqualTo(Status.FALSE);
  }

  /** What failed is the correction, because somebody undid it: Ready and Stalled say the same. */
  @Test
  void aFightIsNamedWhereItsLastCorrectionFailed() {
    var failed = new Progress.Retrying(Reason.CORRECTION_FAILED, "read-back: UMask is 0000");
    var fights = new TreeSet<>(List.of(drift("UMask").key()));
    var status =
        new AppStatus(
            "r", failed, new Health.Healthy(), Suspension.NONE, List.of(drift("UMask")), fights);
    assertThat(of(fold(status), Type.READY).reason()).isEqualTo(Reason.FIGHT_DETECTED.text());
    assertThat(of(fold(status), Type.STALLED).reason()).isEqualTo(Reason.FIGHT_DETECTED.text());
    var alone = status(failed, new Health.Healthy(), List.of(drift("UMask")));
    assertThat(of(fold(alone), Type.READY).reason()).isEqualTo(Reason.CORRECTION_FAILED.text());
  }

  @Test
  void aConditionKeepsItsTimeUntilItsStatusChanges() {
    var first = fold(status(new Progress.Applied(), new Health.Healthy(), List.of()));
    var second =
        Conditions.fold(
            first,
            new AppStatus(
                "other",
                new Progress.Applied(),
                new Health.Healthy(),
                Suspension.NONE,
                List.of(),
                NO_FIGHT),
            at(10));
    var third =
        Conditions.fold(
            second,
            status(new Progress.Applied(), new Health.Unhealthy("failed"), List.of()),
            at(20));

    assertThat(of(second, Type.READY).lastTransitionTime()).isEqualTo(NOON);
    assertThat(of(second, Type.READY).message()).isEqualTo("Applied revision: other");
    assertThat(of(third, Type.READY).lastTransitionTime()).isEqualTo(at(20));
    assertThat(of(third, Type.DRIFTED).lastTransitionTime()).isEqualTo(NOON);
  }
}
