package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.device.agent.AppRecord.Past;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.apply.Outcome;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of an app whose sandbox the kernel does not hold after a start. */
class NotEnforcedTest {
  private static final AppName PUMP = new AppName("pump");
  private static final UnitName UNIT = UnitName.own(PUMP);
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant YEARS_LATER = NOON.plus(Duration.ofDays(1000));
  private static final String WHY = "ProtectHome is /home not hidden, declared yes";

  @TempDir private Path root;

  private Memory memory;
  private AppHistory history;

  @BeforeEach
  void fresh() throws IOException {
    memory = new Memory(new StateStore(root));
    history =
        new AppHistory(
            memory,
            Duration.ofSeconds(10),
            Duration::ofMinutes,
            _ -> "",
            (older, _) -> new AppRecord.Withdrawn.To(older));
  }

  private static Node manifest(int edition) {
    String text =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: pump}
        spec: {run: {command: [/usr/bin/pump], environment: {EDITION: '%d'}}}
        """
            .formatted(edition);
    return YamlReader.read("pump.yaml", text.getBytes(StandardCharsets.UTF_8))
        .documents()
        .getFirst();
  }

  private static CompiledApp app(Node manifest) {
    var read = (SpecReader.Read) SpecReader.read(manifest);
    return ((Compilation.Compiled) Compiler.compile(read.app(), ReferenceDevice.facts())).app();
  }

  private static Version version(int edition) {
    Node manifest = manifest(edition);
    return new Version(manifest, app(manifest).generation(), "r" + edition);
  }

  private static Target.Run run(int edition, boolean newest) {
    return new Target.Run(app(manifest(edition)), version(edition), newest, List.of());
  }

  private void ended(Target.Run run, Outcome outcome, Instant at) {
    history.remember(
        new TreeMap<>(Map.of(PUMP, run)),
        Set.of(UNIT),
        new TreeMap<>(Map.of(UNIT, outcome)),
        Observation.NOTHING,
        at);
  }

  private void notEnforced(Target.Run run, Instant at) {
    ended(run, new Outcome.NotEnforced(WHY), at);
  }

  /** As often as it is tried. */
  private void givenUp(Target.Run run) {
    for (int minutes : List.of(0, 1, 3)) {
      notEnforced(run, NOON.plus(Duration.ofMinutes(minutes)));
    }
  }

  private Target decide(int declared, Instant at) {
    return decide(
        declared, version -> new Compilation.Compiled(app(version.manifest()), List.of()), at);
  }

  private Target decide(int declared, Function<Version, Compilation> recompile, Instant at) {
    Compilation newest = new Compilation.Compiled(app(manifest(declared)), List.of());
    var source =
        new Declared(
            "r",
            new TreeMap<>(Map.of(PUMP, newest)),
            new TreeMap<>(Map.of(PUMP, manifest(declared))),
            new TreeMap<>(),
            List.of(),
            PruneGuard.Source.COMPLETE,
            new TreeMap<>());
    return Objects.requireNonNull(
        Targets.decide(source, memory.records(), recompile, at).get(PUMP));
  }

  private boolean goesOff(Target target) {
    return Targets.takenBack(new TreeMap<>(Map.of(PUMP, target)), memory.records(), Set.of())
        .containsKey(PUMP);
  }

  private static int edition(Target target) {
    return Integer.parseInt(
        ((Target.Run) target).app().spec().run().environment().getOrDefault("EDITION", ""));
  }

  @Test
  void aNewVersionGoesBackToTheOneBefore() {
    memory.put(AppRecord.fresh(PUMP).proved(version(1)));
    givenUp(run(2, true));

    Target meanwhile = decide(2, YEARS_LATER);
    assertThat(edition(meanwhile)).isEqualTo(1);
    assertThat(goesOff(meanwhile)).isFalse();
    AppRecord record = memory.get(PUMP);
    assertThat(RecordText.read(PUMP, RecordText.write(record))).isEqualTo(record);
    // Another version, and this one by its name.
    assertThat(edition(decide(3, NOON))).isEqualTo(3);
    memory.retry(PUMP, NOON);
    assertThat(edition(decide(2, NOON))).isEqualTo(2);
  }

  /** What the kernel does not hold another one may. */
  @Test
  void itIsTriedAgainOnAnotherSystem() {
    memory.runsOn(ReferenceDevice.facts());
    memory.put(AppRecord.fresh(PUMP).proved(version(1)));
    givenUp(run(2, true));
    memory.runsOn(ReferenceDevice.facts());
    assertThat(edition(decide(2, YEARS_LATER))).isEqualTo(1);
    memory.put(memory.get(PUMP).on("kernel 99"));
    assertThat(edition(decide(2, NOON))).isEqualTo(2);

    // Not so one that crashed.
    ended(run(2, true), new Outcome.TakenBack("start", "it ended", true), NOON);
    memory.put(memory.get(PUMP).on("kernel 99"));
    assertThat(edition(decide(2, YEARS_LATER))).isEqualTo(1);
  }

  /** Of a failure counts whether the version that works was stopped for it. */
  @Test
  void whatStoppedNothingIsTriedAgainByItself() {
    memory.put(AppRecord.fresh(PUMP).proved(version(1)));
    ended(run(2, true), new Outcome.TakenBack("write", "the disk is full", false), NOON);
    assertThat(edition(decide(2, NOON.plusSeconds(59)))).isEqualTo(1);
    assertThat(edition(decide(2, NOON.plusSeconds(60)))).isEqualTo(2);
    memory.put(AppRecord.fresh(PUMP).proved(version(1)));
    ended(run(2, true), new Outcome.TakenBack("write", "it was stopped before", true), NOON);
    assertThat(edition(decide(2, YEARS_LATER))).isEqualTo(1);
  }

  /** The policy denied what stood in for it, and allows it again. */
  @Test
  void aDenialOfTheOneThatStandsInForgetsNothing() {
    memory.put(AppRecord.fresh(PUMP).proved(version(1)));
    ended(run(2, true), new Outcome.TakenBack("start", "it ended", true), NOON);
    memory.put(memory.get(PUMP).stopped(version(1)));
    AppRecord record = memory.get(PUMP);
    assertThat(RecordText.read(PUMP, RecordText.write(record))).isEqualTo(record);
    // Meanwhile nothing runs that a try of it could stop.
    var denied =
        new Compilation.Rejected(
            PUMP,
            List.of(
                Diagnostic.error(Problem.POLICY_DENIED, Location.NOWHERE, "denied", "ask for it")));
    assertThat(edition(decide(2, _ -> denied, NOON))).isEqualTo(2);
    Target back = decide(2, YEARS_LATER);
    assertThat(edition(back)).isEqualTo(1);
    ended((Target.Run) back, new Outcome.Done(), YEARS_LATER);
    assertThat(edition(decide(2, YEARS_LATER))).isEqualTo(1);
    assertThat(memory.get(PUMP).lastGood()).isEqualTo(new Past.Good(version(1)));
  }

  @Test
  void theLastOneStopsUntilItsRetry() {
    memory.put(AppRecord.fresh(PUMP).proved(version(1)));
    notEnforced(run(1, true), NOON);

    Target meanwhile = decide(1, NOON.plusSeconds(59));
    assertThat(meanwhile).isInstanceOf(Target.Hold.class);
    assertThat(goesOff(meanwhile)).isTrue();
    assertThat(memory.get(PUMP).trial())
        .isInstanceOfSatisfying(
            Trial.Failed.class,
            failed -> {
              assertThat(failed.isNotEnforced()).isTrue();
              assertThat(failed.message()).isEqualTo(WHY);
            });
    Target again = decide(1, NOON.plusSeconds(60));
    assertThat(edition(again)).isEqualTo(1);

    // Still not: the pause grows.
    notEnforced((Target.Run) again, NOON.plusSeconds(60));
    assertThat(decide(1, NOON.plusSeconds(179))).isInstanceOf(Target.Hold.class);
    assertThat(decide(1, NOON.plusSeconds(180))).isInstanceOf(Target.Run.class);
    AppRecord record = memory.get(PUMP);
    assertThat(RecordText.read(PUMP, RecordText.write(record))).isEqualTo(record);

    // It holds: as if nothing had been.
    ended(run(1, true), new Outcome.Done(), NOON.plusSeconds(180));
    assertThat(memory.get(PUMP).trial()).isInstanceOf(Trial.Settling.class);
    assertThat(edition(decide(1, NOON.plusSeconds(181)))).isEqualTo(1);
  }

  @Test
  void aFirstVersionLeavesNothing() {
    notEnforced(run(1, true), NOON);
    Target meanwhile = decide(1, NOON.plusSeconds(59));
    assertThat(goesOff(meanwhile)).isTrue();
    assertThat(edition(decide(1, NOON.plusSeconds(60)))).isEqualTo(1);
  }

  /** Somebody may have disturbed its sandbox for a moment. */
  @Test
  void whatTheDeviceDidNotHoldIsTriedThreeTimes() {
    for (Outcome outcome :
        List.of(new Outcome.NotEnforced(WHY), new Outcome.TakenBack("evidence", WHY, true))) {
      memory.put(AppRecord.fresh(PUMP).proved(version(1)));
      ended(run(2, true), outcome, NOON);
      assertThat(edition(decide(2, NOON.plusSeconds(59)))).isEqualTo(1);
      assertThat(edition(decide(2, NOON.plusSeconds(60)))).isEqualTo(2);
      ended(run(2, true), outcome, NOON.plusSeconds(60));
      assertThat(edition(decide(2, NOON.plusSeconds(180)))).isEqualTo(2);
      ended(run(2, true), outcome, NOON.plusSeconds(180));
      assertThat(edition(decide(2, YEARS_LATER))).isEqualTo(1);
    }
  }

  @Test
  void oneUnderTrialGoesBackToTheGoodOne() {
    memory.put(
        AppRecord.fresh(PUMP)
            .proved(version(1))
            .with(new Trial.Settling(version(2), NOON.plusSeconds(10), 0, 0)));
    notEnforced(run(2, true), NOON);
    assertThat(edition(decide(2, NOON.plusSeconds(59)))).isEqualTo(1);
    assertThat(memory.get(PUMP).lastGood()).isEqualTo(new Past.Good(version(1)));
  }

  /** Else the two would be tried in turns without a pause. */
  @Test
  void whereTheOneThatStandsInDoesNotHoldEitherTheNewerOnesPauseCounts() {
    memory.put(AppRecord.fresh(PUMP).proved(version(1)));
    notEnforced(run(2, true), NOON);
    notEnforced(run(1, false), NOON.plusSeconds(1));

    Target meanwhile = decide(2, NOON.plusSeconds(59));
    assertThat(meanwhile).isInstanceOf(Target.Hold.class);
    assertThat(goesOff(meanwhile)).isTrue();
    assertThat(edition(decide(2, NOON.plusSeconds(60)))).isEqualTo(2);
  }

  /** Nothing runs any more that an attempt could stop. */
  @Test
  void whereTheOneThatStandsInDoesNotHoldEitherTheNewerOneIsNotGivenUp() {
    memory.put(AppRecord.fresh(PUMP).proved(version(1)));
    givenUp(run(2, true));
    notEnforced(run(1, false), NOON.plusSeconds(200));

    assertThat(decide(2, NOON.plusSeconds(259))).isInstanceOf(Target.Hold.class);
    assertThat(edition(decide(2, NOON.plusSeconds(260)))).isEqualTo(2);
  }
}
