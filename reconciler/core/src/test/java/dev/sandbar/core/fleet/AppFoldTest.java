package dev.sandbar.core.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.core.model.ReadyWhen;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.core.report.Suspension;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class AppFoldTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final Instant LATER = NOW.plusSeconds(60);
  private static final Seen FINE =
      new Seen(2, Status.TRUE, false, false, "ReconciliationSucceeded", "Applied revision: main");

  private static final AppFold.Terms SUSPENDED =
      new AppFold.Terms(ReadyWhen.ALL, HoldSpec.NONE, true, "");

  private final AppFold fold = new AppFold(2);

  private static AppFold.Terms invalid(String why) {
    return new AppFold.Terms(ReadyWhen.ALL, HoldSpec.NONE, false, why);
  }

  private static AppOnDevice published(Seen seen) {
    return new AppOnDevice(new Intent.Published(2), seen);
  }

  private AppFold.Summary summary() {
    return fold.summary(AppFold.Terms.NONE, List.of(), NOW);
  }

  private static Condition condition(AppFold.Summary summary, Type type) {
    return summary.conditions().stream().filter(c -> c.type() == type).findFirst().orElseThrow();
  }

  private static List<Type> types(AppFold.Summary summary) {
    return summary.conditions().stream().map(Condition::type).toList();
  }

  @Test
  void readyWhenEveryDeviceRunsThisGeneration() {
    fold.add("a", Reach.REACHABLE, published(FINE));
    fold.add("b", Reach.REACHABLE, published(FINE));
    assertThat(summary().counts()).isEqualTo(new AppFold.Counts(2, 2, 2, 0, 0, 0, 0, 0, 0, 0));
    assertThat(condition(summary(), Type.READY).holds()).isTrue();
    assertThat(types(summary())).containsExactly(Type.READY, Type.DRIFTED);
  }

  @Test
  void anOlderGenerationIsProgressAndNotReady() {
    fold.add("a", Reach.REACHABLE, published(FINE));
    var old =
        new Seen(1, Status.TRUE, false, false, "ReconciliationSucceeded", "Applied revision: main");
    fold.add("b", Reach.REACHABLE, published(old));
    assertThat(summary().counts()).isEqualTo(new AppFold.Counts(2, 1, 1, 0, 0, 0, 0, 0, 0, 0));
    assertThat(condition(summary(), Type.READY).status()).isEqualTo(Status.UNKNOWN);
    assertThat(condition(summary(), Type.RECONCILING).message()).isEqualTo("1 of 2 devices ready");
  }

  @Test
  void aBundleOfAnOlderGenerationIsNotUpdatedWhateverTheDeviceSays() {
    fold.add("a", Reach.REACHABLE, new AppOnDevice(new Intent.Published(1), FINE));
    assertThat(summary().counts().updated()).isZero();
  }

  @Test
  void devicesThatWaitForTheirTimeAreProgressThatSaysSo() {
    String message = "waits for the window that opens at 2026-12-02T02:00Z";
    var waiting = new Seen(1, Status.UNKNOWN, false, false, "WaitingForWindow", message);
    fold.add("a", Reach.REACHABLE, published(FINE));
    fold.add("b", Reach.REACHABLE, published(waiting));
    assertThat(summary().counts()).isEqualTo(new AppFold.Counts(2, 1, 1, 0, 0, 0, 0, 1, 0, 0));
    assertThat(condition(summary(), Type.READY).status()).isEqualTo(Status.UNKNOWN);
    assertThat(condition(summary(), Type.READY).reason()).isEqualTo("WaitingForWindow");
    assertThat(condition(summary(), Type.RECONCILING).message())
        .isEqualTo("1 of 2 devices ready; " + message);
    assertThat(summary().problems())
        .containsExactly(new AppFold.Held("WaitingForWindow", message, 1, List.of("b")));
    // As long as others are on their way it is that.
    fold.add("c", Reach.REACHABLE, published(Seen.NOTHING));
    assertThat(condition(summary(), Type.READY).reason()).isEqualTo("Progressing");
  }

  @Test
  void devicesWhoseAppIsBusyAreToo() {
    String message = "the app says that it is busy; waits until 2026-12-02T02:00Z at the latest";
    fold.add("a", Reach.REACHABLE, published(FINE));
    fold.add(
        "b",
        Reach.REACHABLE,
        published(new Seen(1, Status.UNKNOWN, false, false, "WaitingForApp", message)));
    assertThat(summary().counts()).isEqualTo(new AppFold.Counts(2, 1, 1, 0, 0, 0, 0, 1, 0, 0));
    assertThat(condition(summary(), Type.READY).reason()).isEqualTo("WaitingForApp");
    assertThat(condition(summary(), Type.RECONCILING).message())
        .isEqualTo("1 of 2 devices ready; " + message);
  }

  @Test
  void whatASuspensionKeepsFromDevicesIsShown() {
    String undone = "what is declared now is not applied; withdrawn but still granted: storage";
    fold.add("a", Reach.REACHABLE, published(FINE));
    fold.add(
        "b",
        Reach.REACHABLE,
        published(
            new Seen(
                1, Status.FALSE, false, false, Suspension.of(undone), "Suspended", undone, "")));
    AppFold.Summary summary = fold.summary(SUSPENDED, List.of(), NOW);
    assertThat(condition(summary, Type.READY).reason()).isEqualTo("Suspended");
    assertThat(condition(summary, Type.READY).message())
        .isEqualTo("1 of 2 devices ready; " + undone);
    assertThat(condition(summary, Type.SUSPENDED).message())
        .isEqualTo("left as it is on 1 of 2 devices; " + undone);
    assertThat(types(summary)).containsExactly(Type.READY, Type.DRIFTED, Type.SUSPENDED);
    assertThat(summary.problems())
        .containsExactly(new AppFold.Held("Suspended", undone, 1, List.of("b")));
    // Drift does not hide it, and neither does silence.
    var drifted =
        new Seen(
            1, Status.FALSE, true, false, Suspension.of(undone), "DriftDetected", "UMask is x", "");
    fold.add("c", Reach.REACHABLE, published(drifted));
    fold.add("d", Reach.UNREACHABLE, published(drifted));
    assertThat(condition(fold.summary(SUSPENDED, List.of(), NOW), Type.SUSPENDED).message())
        .isEqualTo("left as it is on 3 of 4 devices; " + undone);
    // One that is unreachable, or ready as it is, is counted as that.
    fold.add(
        "e",
        Reach.REACHABLE,
        published(new Seen(2, Status.TRUE, false, false, Suspension.of(""), "Succeeded", "", "")));
    assertThat(summary().counts()).isEqualTo(new AppFold.Counts(5, 2, 2, 2, 1, 0, 2, 0, 0, 0));
    // One that a person on the device has suspended is not suspended in the fleet.
    assertThat(types(summary())).doesNotContain(Type.SUSPENDED);
  }

  @Test
  void anUnreachableDeviceIsNeverReadyAndKeepsItsDrift() {
    fold.add("a", Reach.UNREACHABLE, published(FINE));
    var drifted = new Seen(2, Status.FALSE, true, false, "DriftDetected", "x is y");
    fold.add("b", Reach.UNREACHABLE, published(drifted));
    assertThat(summary().counts()).isEqualTo(new AppFold.Counts(2, 2, 0, 1, 2, 0, 0, 0, 0, 0));
    assertThat(condition(summary(), Type.DRIFTED).message()).isEqualTo("drifted on b");
    assertThat(condition(summary(), Type.READY).holds()).isFalse();
  }

  @Test
  void aDeviceThatHasNeverReportedIsCountedAsThatToo() {
    fold.add("a", Reach.NEVER, published(Seen.NOTHING));
    fold.add("b", Reach.UNREACHABLE, published(FINE));
    assertThat(summary().counts()).isEqualTo(new AppFold.Counts(2, 1, 0, 0, 2, 0, 0, 0, 1, 0));
  }

  @Test
  void whatADeviceThatWasNeverHeardOfWaitsForIsSaidWithItsNameAndTheCommand() {
    fold.add("a", Reach.REACHABLE, published(FINE));
    fold.add("b", Reach.UNAPPROVED, published(Seen.NOTHING));
    Condition ready = condition(summary(), Type.READY);
    assertThat(ready.status()).isEqualTo(Status.UNKNOWN);
    assertThat(ready.reason()).isEqualTo("AwaitingApproval");
    assertThat(ready.message())
        .isEqualTo(
            "1 of 2 devices ready, 1 device not approved yet: b; compare its key, and run sandbar"
                + " fleet approve b");
    assertThat(summary().counts()).isEqualTo(new AppFold.Counts(2, 1, 1, 0, 1, 0, 0, 0, 1, 0));
    assertThat(summary().problems())
        .containsExactly(
            new AppFold.Held(
                "AwaitingApproval",
                "not approved yet: compare its key, and run sandbar fleet approve",
                1,
                List.of("b")));
    fold.add("c", Reach.NEVER, published(Seen.NOTHING));
    assertThat(condition(summary(), Type.READY).reason()).isEqualTo("NotObserved");
    fold.add("d", Reach.UNREACHABLE, published(FINE));
    assertThat(condition(summary(), Type.READY).reason()).isEqualTo("DeviceUnreachable");
    assertThat(condition(summary(), Type.READY).message())
        .isEqualTo(
            "1 of 4 devices ready, 1 device unreachable: d, 1 device not reported yet: c, 1 device"
                + " not approved yet: b; compare its key, and run sandbar fleet approve b");
  }

  @Test
  void aVersionThatWasRolledBackIsCountedWhereverItWas() {
    var back = new Seen(1, Status.FALSE, false, true, "RolledBack", "exited with 1");
    fold.add("a", Reach.REACHABLE, published(back));
    fold.add("b", Reach.UNREACHABLE, published(back));
    fold.add("c", Reach.REACHABLE, published(FINE));
    assertThat(summary().counts().rolledBack()).isEqualTo(2);
  }

  @Test
  void whatFailsIsToldAndNotWhatManyWaitFor() {
    for (int i = 0; i < 30; i++) {
      var waiting = new Intent.Waiting("not reported yet " + i % 25);
      fold.add("w" + i, Reach.REACHABLE, new AppOnDevice(waiting, Seen.NOTHING));
    }
    var failing = new Seen(2, Status.FALSE, false, true, "HealthCheckFailed", "exited with 1");
    fold.add("f", Reach.REACHABLE, published(failing));
    assertThat(condition(summary(), Type.READY).reason()).isEqualTo("HealthCheckFailed");
    assertThat(condition(summary(), Type.READY).message())
        .isEqualTo("0 of 31 devices ready; exited with 1");
    assertThat(condition(summary(), Type.STALLED).reason()).isEqualTo("HealthCheckFailed");
  }

  @Test
  void aVersionThatWasRolledBackStallsTheAppAlthoughAnEarlierOneRuns() {
    var back = new Seen(1, Status.FALSE, false, true, "RolledBack", "exited with 1");
    var down = new Seen(2, Status.FALSE, false, false, "HealthCheckFailed", "no answer");
    fold.add("a", Reach.REACHABLE, new AppOnDevice(new Intent.Published(2), back, true));
    fold.add("b", Reach.REACHABLE, published(down));
    fold.add("c", Reach.REACHABLE, published(down));
    assertThat(condition(summary(), Type.READY).reason()).isEqualTo("HealthCheckFailed");
    assertThat(condition(summary(), Type.STALLED).reason()).isEqualTo("RolledBack");
    assertThat(condition(summary(), Type.STALLED).message())
        .isEqualTo("0 of 3 devices ready; exited with 1");
    var drifted = new Seen(2, Status.FALSE, true, false, "DriftDetected", "x is y");
    fold.add("d", Reach.REACHABLE, published(drifted));
    assertThat(condition(summary(), Type.STALLED).reason()).isEqualTo("RolledBack");
  }

  @Test
  void aReportOfAnEarlierVersionDoesNotStallTheNewOne() {
    var back = new Seen(1, Status.FALSE, false, true, "RolledBack", "exited with 1");
    fold.add("a", Reach.REACHABLE, published(back));
    fold.add("b", Reach.REACHABLE, new AppOnDevice(new Intent.Published(1), back, true));
    assertThat(types(summary())).doesNotContain(Type.STALLED);
  }

  @Test
  void whatOneDeviceCannotEnforceStallsTheApp() {
    fold.add("a", Reach.REACHABLE, published(FINE));
    fold.add(
        "b",
        Reach.REACHABLE,
        new AppOnDevice(
            new Intent.Refused("CannotEnforce", "no seccomp", "use another kernel"), Seen.NOTHING));
    AppFold.Summary summary = summary();
    assertThat(summary.counts().cannotEnforce()).isEqualTo(1);
    assertThat(condition(summary, Type.STALLED).reason()).isEqualTo("CannotEnforce");
    assertThat(condition(summary, Type.READY).message())
        .isEqualTo("1 of 2 devices ready; no seccomp; use another kernel");
    assertThat(summary.problems())
        .containsExactly(
            new AppFold.Held("CannotEnforce", "no seccomp; use another kernel", 1, List.of("b")));
  }

  @Test
  void anInvalidSpecIsSaidBeforeAnythingElse() {
    fold.add("a", Reach.REACHABLE, published(FINE));
    AppFold.Summary summary = fold.summary(invalid("mode: is wrong"), List.of(), NOW);
    assertThat(condition(summary, Type.READY).message()).isEqualTo("mode: is wrong");
    assertThat(condition(summary, Type.STALLED).reason()).isEqualTo("InvalidSpec");
    assertThat(summary.counts().ready()).isEqualTo(1);
  }

  @Test
  void theTimeOfAConditionStaysWhileItsStatusStays() {
    fold.add("a", Reach.REACHABLE, published(FINE));
    AppFold.Summary first = summary();
    AppFold.Summary second = fold.summary(AppFold.Terms.NONE, first.conditions(), LATER);
    assertThat(second).isEqualTo(first);
    AppFold.Summary wrong = fold.summary(invalid("wrong"), first.conditions(), LATER);
    assertThat(condition(wrong, Type.READY).lastTransitionTime()).isEqualTo(LATER);
    assertThat(condition(wrong, Type.DRIFTED).lastTransitionTime()).isEqualTo(NOW);
  }

  @Test
  void problemsAreCountedOnceForAllDevicesThatHaveThem() {
    var down = new Seen(2, Status.FALSE, false, false, "HealthCheckFailed", "exited with 1");
    for (int i = 0; i < 9; i++) {
      fold.add("d" + i, Reach.REACHABLE, published(down));
    }
    assertThat(summary().problems())
        .containsExactly(
            new AppFold.Held(
                "HealthCheckFailed", "exited with 1", 9, List.of("d0", "d1", "d2", "d3", "d4")));
    assertThat(condition(summary(), Type.READY).reason()).isEqualTo("HealthCheckFailed");
  }

  @Test
  void anAppThatSelectsNoDeviceIsNotReady() {
    Condition ready = condition(summary(), Type.READY);
    assertThat(ready.status()).isEqualTo(Status.FALSE);
    assertThat(ready.reason()).isEqualTo("NoDeviceSelected");
    assertThat(ready.message()).isEqualTo("selects no device of the namespace");
    assertThat(types(summary())).as("nothing to wait for").doesNotContain(Type.RECONCILING);
  }

  @Test
  void anAppThatStaysWhereItIsNoLongerSelectedWaitsForAPerson() {
    fold.add("a", Reach.REACHABLE, published(FINE));
    fold.keptOn("b", "2 of 3 devices would lose the app");
    fold.keptOn("c", "2 of 3 devices would lose the app");
    assertThat(summary().counts().desired()).isEqualTo(1);
    for (Type type : List.of(Type.READY, Type.STALLED)) {
      assertThat(condition(summary(), type).reason()).isEqualTo("AppsWithdrawn");
      assertThat(condition(summary(), type).message())
          .isEqualTo("1 of 1 device ready; 2 of 3 devices would lose the app");
    }
    assertThat(condition(summary(), Type.READY).status()).isEqualTo(Status.FALSE);
    assertThat(summary().problems())
        .containsExactly(
            new AppFold.Held(
                "AppsWithdrawn", "2 of 3 devices would lose the app", 2, List.of("b", "c")));
  }

  @Test
  void whatADeviceDoesNotHoldIsNamedAlthoughTheAppRuns() {
    fold.add("a", Reach.REACHABLE, published(FINE));
    var weak =
        new Seen(
            2,
            Status.TRUE,
            false,
            false,
            Suspension.NONE,
            "ReconciliationSucceeded",
            "Applied revision: main",
            "TasksMax is not enforced");
    fold.add("b", Reach.REACHABLE, published(weak));
    AppFold.Summary summary = summary();
    assertThat(summary.counts().ready()).isEqualTo(2);
    assertThat(condition(summary, Type.READY).reason()).isEqualTo("Degraded");
    assertThat(condition(summary, Type.READY).message())
        .isEqualTo("2 of 2 devices ready, 1 of them degraded; TasksMax is not enforced");
    assertThat(summary.problems())
        .containsExactly(new AppFold.Held("Degraded", "TasksMax is not enforced", 1, List.of("b")));
  }

  @Test
  void aFullBundleIsNotADeviceThatCannotEnforce() {
    fold.add(
        "a",
        Reach.REACHABLE,
        new AppOnDevice(new Intent.Refused("BundleFull", "no room", "select less"), FINE));
    assertThat(condition(summary(), Type.READY).reason()).isEqualTo("BundleFull");
    assertThat(condition(summary(), Type.STALLED).reason()).isEqualTo("BundleFull");
    assertThat(condition(summary(), Type.READY).message())
        .isEqualTo("0 of 1 device ready; no room; select less");
  }

  @Test
  void theOrderOfDevicesMakesNoDifference() {
    var down = new Seen(2, Status.FALSE, false, true, "HealthCheckFailed", "exited");
    var other = new AppFold(2);
    fold.add("a", Reach.REACHABLE, published(FINE));
    fold.add("b", Reach.REACHABLE, published(down));
    fold.add("c", Reach.NEVER, published(Seen.NOTHING));
    other.add("c", Reach.NEVER, published(Seen.NOTHING));
    other.add("b", Reach.REACHABLE, published(down));
    other.add("a", Reach.REACHABLE, published(FINE));
    assertThat(other.summary(AppFold.Terms.NONE, List.of(), NOW)).isEqualTo(summary());
  }

  @Test
  void someDevicesMayBeUnreachableIfTheSpecSaysHowMany() {
    for (int i = 0; i < 20; i++) {
      fold.add("on-" + i, Reach.REACHABLE, published(FINE));
    }
    fold.add("off-2", Reach.UNREACHABLE, published(FINE));
    Condition all = condition(summary(), Type.READY);
    assertThat(all.status()).isEqualTo(Status.UNKNOWN);
    assertThat(all.message()).isEqualTo("20 of 21 devices ready, 1 device unreachable: off-2");
    var terms = new AppFold.Terms(new ReadyWhen(95), HoldSpec.NONE, false, "");
    Condition some = condition(fold.summary(terms, List.of(), NOW), Type.READY);
    assertThat(some.status()).isEqualTo(Status.TRUE);
    assertThat(some.reason()).isEqualTo("DeviceUnreachable");
    assertThat(some.message()).isEqualTo(all.message());
    for (String name : List.of("off-1", "off-3", "off-4", "off-5", "off-6", "off-7")) {
      fold.add(name, Reach.UNREACHABLE, published(FINE));
    }
    Condition few = condition(fold.summary(terms, List.of(), NOW), Type.READY);
    assertThat(few.status()).isEqualTo(Status.UNKNOWN);
    assertThat(few.message())
        .isEqualTo("20 of 27 devices ready, 7 devices unreachable: off-1, off-2, off-3 and 4 more");
    // Those that are reachable have to be ready in any case.
    fold.add(
        "bad",
        Reach.REACHABLE,
        published(new Seen(2, Status.FALSE, false, false, "HealthCheckFailed", "fell over")));
    var most = new AppFold.Terms(new ReadyWhen(1), HoldSpec.NONE, false, "");
    assertThat(condition(fold.summary(most, List.of(), NOW), Type.READY).reason())
        .isEqualTo("HealthCheckFailed");
  }

  @Test
  void aHeldAppIsReadyAndHeldWhateverElseThereIsToKnow() {
    fold.add(
        "a",
        Reach.REACHABLE,
        published(
            new Seen(
                2,
                Status.TRUE,
                false,
                false,
                Suspension.NONE,
                "ReconciliationSucceeded",
                "",
                "not enforced: TasksMax")));
    var held = new AppFold.Terms(ReadyWhen.ALL, new HoldSpec("", Instant.MAX), false, "");
    Condition ready = condition(fold.summary(held, List.of(), NOW), Type.READY);
    assertThat(ready.holds()).isTrue();
    assertThat(ready.reason()).isEqualTo("Held");
    assertThat(ready.message())
        .isEqualTo(
            "1 of 1 device ready, 1 of them degraded; not enforced: TasksMax; held at the version"
                + " that runs");
    var over = new AppFold.Terms(ReadyWhen.ALL, new HoldSpec("", NOW), false, "");
    assertThat(condition(fold.summary(over, List.of(), NOW), Type.READY).reason())
        .isEqualTo("Degraded");
  }
}
