package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.agent.Suspensions.Suspended;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class TargetsTest {
  private static final AppName PUMP = new AppName("pump");
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Diagnostic DENIED =
      Diagnostic.error(Problem.POLICY_DENIED, Location.NOWHERE, "denied", "");
  private static final Diagnostic BROKEN =
      Diagnostic.error(Problem.INVALID_VALUE, Location.NOWHERE, "broken", "");

  private static Version version(String name) {
    return new Version(Node.mapping(List.of()), Sha256.of(name), name);
  }

  private static Compilation rejected(Diagnostic... why) {
    return new Compilation.Rejected(PUMP, List.of(why));
  }

  private static Target decide(
      Compilation newest, AppRecord record, Function<Version, Compilation> recompile) {
    var declared =
        new Declared(
            "r",
            new TreeMap<>(Map.of(PUMP, newest)),
            new TreeMap<>(),
            new TreeMap<>(),
            List.of(),
            PruneGuard.Source.COMPLETE,
            new TreeMap<>());
    return Objects.requireNonNull(
        Targets.decide(declared, Map.of(PUMP, record), recompile, NOON).get(PUMP));
  }

  /** What runs is denied as well: it must not run on as the last good version. */
  @Test
  void aLastGoodVersionThatThePolicyDeniesStops() {
    var good = new AppRecord(PUMP, new Past.Good(version("good")), new Trial.None());
    Target target = decide(rejected(BROKEN), good, _ -> rejected(BROKEN, DENIED));

    assertThat(target).isEqualTo(new Target.Deny(List.of(DENIED)));
    assertThat(Targets.takenBack(new TreeMap<>(Map.of(PUMP, target)), Map.of(PUMP, good), Set.of()))
        .containsExactly(Map.entry(PUMP, "denied by the policy of this device"));
  }

  /**
   * The owner has suspended it, and the owner has denied it: the latter is about what it may do.
   */
  @Test
  void whatIsSuspendedStaysUnlessThePolicyDeniesIt() {
    var all = new Suspended(true, new TreeSet<>());
    var denied = new TreeMap<AppName, Target>(Map.of(PUMP, new Target.Deny(List.of(DENIED))));
    var removed = new TreeMap<AppName, Target>(Map.of(PUMP, new Target.Remove()));
    assertThat(Targets.suspended(denied, all, Declared.NOTHING)).isEmpty();
    assertThat(Targets.suspended(removed, all, Declared.NOTHING)).containsExactly(PUMP);
    assertThat(Targets.suspended(removed, Suspended.NOTHING, Declared.NOTHING)).isEmpty();

    var failed =
        AppRecord.fresh(PUMP)
            .with(new Trial.Failed(version("new").generation(), "start", "it ended", 1, NOON));
    var held = new TreeMap<AppName, Target>(Map.of(PUMP, new Target.Hold(List.of())));
    assertThat(Targets.takenBack(held, Map.of(PUMP, failed), Set.of())).containsKey(PUMP);
    assertThat(Targets.takenBack(held, Map.of(PUMP, failed), Set.of(PUMP))).isEmpty();
    assertThat(Targets.takenBack(denied, Map.of(PUMP, failed), Set.of(PUMP))).containsKey(PUMP);
    assertThat(Targets.untouched(new TreeSet<>(Set.of(PUMP)), all, AppUnits.OWN))
        .contains(UnitName.own(PUMP), UnitName.SLICE);
    assertThat(Targets.untouched(new TreeSet<>(Set.of(PUMP)), Suspended.NOTHING, AppUnits.OWN))
        .containsExactly(UnitName.own(PUMP));
  }

  @Test
  void oneUnderTrialIsDeniedTooAndSoIsOneOfWhichNothingIsKnown() {
    var settling = AppRecord.fresh(PUMP).with(new Trial.Settling(version("new"), NOON, 0, 0));
    assertThat(decide(rejected(DENIED), settling, _ -> rejected(DENIED)))
        .isInstanceOf(Target.Deny.class);
    assertThat(decide(rejected(DENIED), AppRecord.fresh(PUMP), _ -> rejected(DENIED)))
        .isInstanceOf(Target.Deny.class);
  }

  /** Whatever else is wrong with what runs is no reason to stop it. */
  @Test
  void aVersionThatNoLongerCompilesGoesOn() {
    var good = new AppRecord(PUMP, new Past.Good(version("good")), new Trial.None());
    assertThat(decide(rejected(DENIED), good, _ -> rejected(BROKEN)))
        .isEqualTo(new Target.Hold(List.of(DENIED)));
  }

  /** What is on the device is the newer one, which is denied: it does not go on either. */
  @Test
  void aDeniedVersionStopsThoughTheOneBeforeCannotTakeItsPlace() {
    var settling =
        new AppRecord(
            PUMP,
            new Past.Good(version("good")),
            new Trial.Settling(version("new"), NOON, 0, 0),
            List.of(version("older")));
    assertThat(
            decide(
                rejected(BROKEN),
                settling,
                it -> it.equals(version("new")) ? rejected(DENIED, BROKEN) : rejected(BROKEN)))
        .isEqualTo(new Target.Deny(List.of(DENIED)));
  }

  @Test
  void aStoppedVersionIsRememberedAndIsNotOnTheDevice() {
    var stopped = AppRecord.fresh(PUMP).stopped(version("good"));
    assertThat(stopped.current()).isEmpty();
    assertThat(stopped.versions()).containsExactly(version("good"));
    assertThat(RecordText.read(PUMP, RecordText.write(stopped))).isEqualTo(stopped);
  }
}
