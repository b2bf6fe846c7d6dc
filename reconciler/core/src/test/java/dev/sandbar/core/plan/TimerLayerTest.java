package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.AppTimer;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.TestDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.report.Health;
import dev.sandbar.core.report.Runs;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Timers beside apps: what differs, what is done about it, and what they say of the app. */
class TimerLayerTest {

  private static final CompiledApp APP = app("schedule: \"0 2 * * *\"");
  private static final CompiledApp OTHER = app("schedule: \"0 3 * * *\"");
  private static final CompiledApp ALWAYS = app("workingDirectory: /");
  private static final AppTimer TIMER = APP.timers().getFirst();
  private static final UnitName OLD = OTHER.timers().getFirst().unit();

  private final TreeMap<UnitName, ObservedUnit> units = new TreeMap<>();

  private static CompiledApp app(String run) {
    String spec = "{run: {command: [/usr/bin/backup], %s}}".formatted(run);
    return switch (Compiler.compile(FlowText.read("pump", spec), TestDevice.with(257))) {
      case Compilation.Compiled(var app, _) -> app;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  private static Loaded loaded(UnitName unit, String active, String enabled) {
    return new Loaded(
        "loaded",
        active,
        "waiting",
        enabled,
        UnitFiles.own(unit),
        List.of(),
        false,
        "",
        "",
        "success",
        0,
        0);
  }

  private void timer(UnitName unit, String text, String active, String enabled) {
    timer(unit, text, active, enabled, Map.of());
  }

  private void timer(
      UnitName unit, String text, String active, String enabled, Map<String, Raw> properties) {
    units.put(
        unit,
        new ObservedUnit(
            unit,
            List.of(new ObservedUnit.File(UnitFiles.own(unit), Sha256.of(text).hex(), true)),
            loaded(unit, active, enabled),
            new TreeMap<>(properties),
            List.of(),
            ObservedUnit.UNKNOWN_PROGRAMS));
  }

  /** The app as declared, but down, with its link as given. */
  private void down(CompiledApp app, String enabled) {
    down(app, enabled, "inactive", Map.of());
  }

  private void down(CompiledApp app, String enabled, String state, Map<String, Raw> more) {
    down(app, enabled, state, false, more);
  }

  private void down(
      CompiledApp app, String enabled, String state, boolean changing, Map<String, Raw> more) {
    ObservedUnit right = DifferTest.asDeclared(app, 257);
    Loaded up = right.loaded();
    var properties = new TreeMap<>(right.properties());
    properties.putAll(more);
    units.put(
        app.unit(),
        new ObservedUnit(
            right.name(),
            right.files(),
            new Loaded(
                up.loadState(),
                state,
                "dead",
                enabled,
                up.fragmentPath(),
                up.dropInPaths(),
                false,
                "",
                up.generation(),
                state.equals("failed") ? "exit-code" : "success",
                state.equals("failed") ? 3 : 0,
                0,
                changing),
            properties,
            List.of(),
            List.of()));
  }

  private Observation seen() {
    return new Observation(units, new TreeMap<>());
  }

  private List<String> differences(CompiledApp app) {
    return Differ.app(app, seen(), 257).stream()
        .filter(it -> it.layer() == Difference.Layer.STATE)
        .map(it -> it.subject() + ": " + it.observed())
        .toList();
  }

  /**
   * @param applied the version that was applied before
   */
  private List<String> steps(CompiledApp app, CompiledApp... applied) {
    var known = new TreeMap<AppName, Inventory.Applied>();
    for (CompiledApp before : applied) {
      known.put(before.spec().name(), known(before));
    }
    var situation = new Situation(List.of(app), new TreeMap<>(), new Inventory(known), seen(), 257);
    return words(Planner.plan(situation, Orders.EVERYTHING, TimerLayerTest::withoutManager));
  }

  /** What systemd has loaded is another app in these tests. */
  private static List<Difference> withoutManager(CompiledApp app, Observation seen, int version) {
    return Differ.app(app, seen, version).stream()
        .filter(it -> it.layer() != Difference.Layer.MANAGER)
        .toList();
  }

  private static Inventory.Applied known(CompiledApp app) {
    return new Inventory.Applied(app.generation(), "", app.rendered());
  }

  private static List<String> words(Planned planned) {
    return planned.plan().steps().stream()
        .map(
            step ->
                switch (step) {
                  case Plan.StartTimer(_, var timer, _) -> "StartTimer " + timer;
                  case Plan.StopTimer(_, var timer, _) -> "StopTimer " + timer;
                  case Plan.Step it -> it.getClass().getSimpleName();
                })
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"inactive", "failed"})
  void anAppThatWaitsForItsTimeIsAsDeclared(String state) {
    down(APP, "indirect", state, Map.of());
    timer(TIMER.unit(), TIMER.text(), "active", "enabled");
    assertThat(differences(APP)).isEmpty();
    assertThat(steps(APP, APP)).isEmpty();
  }

  @Test
  void aTimerThatIsDownIsStarted() {
    down(APP, "indirect");
    timer(TIMER.unit(), TIMER.text(), "inactive", "enabled");
    assertThat(differences(APP)).containsExactly(TIMER.unit() + " ActiveState: inactive");
    assertThat(steps(APP, APP)).containsExactly("StartTimer " + TIMER.unit());
  }

  @Test
  void aTimerThatIsNotEnabledIsEnabled() {
    down(APP, "indirect");
    timer(TIMER.unit(), TIMER.text(), "active", "disabled");
    assertThat(differences(APP)).containsExactly("UnitFileState: its timer is disabled");
    assertThat(steps(APP, APP)).containsExactly("Enable", "Reload");
  }

  /** Its file is written with every sweep, whatever the mode. */
  @Test
  void aTimerOfAnotherTextIsADifference() {
    down(APP, "indirect");
    timer(TIMER.unit(), TIMER.text() + "#", "active", "enabled");
    assertThat(differences(APP))
        .singleElement()
        .asString()
        .startsWith(TIMER.unit() + " " + UnitFiles.own(TIMER.unit()));
    assertThat(steps(APP, APP)).isEmpty();
  }

  @Test
  void aNewAppIsNotStarted() {
    assertThat(steps(APP))
        .containsExactly("Write", "Enable", "Reload", "StartTimer " + TIMER.unit());
  }

  /** What failed as another version is forgotten with the start of the timer. */
  @Test
  void ofAVersionWithOtherTimesTheTimerBeforeStopsFirst() {
    down(OTHER, "indirect", "failed", Map.of());
    timer(OLD, OTHER.timers().getFirst().text(), "active", "enabled");
    timer(TIMER.unit(), TIMER.text(), "inactive", "disabled");
    assertThat(differences(APP))
        .contains(OLD + " ActiveState: active", TIMER.unit() + " ActiveState: inactive");
    assertThat(steps(APP, OTHER))
        .containsExactly(
            "StopTimer " + OLD, "Write", "Enable", "Reload", "StartTimer " + TIMER.unit());
  }

  /** The link that a version without a schedule left would start it at boot. */
  @Test
  void whatTheTargetStartedItsTimerAloneStarts() {
    down(ALWAYS, "enabled");
    assertThat(differences(APP))
        .contains("UnitFileState: enabled", TIMER.unit() + " ActiveState: inactive");
    assertThat(steps(APP, ALWAYS))
        .containsExactly("Disable", "Write", "Enable", "Reload", "StartTimer " + TIMER.unit());
  }

  @Test
  void whatItsTimerStartedTheTargetStartsAgain() {
    down(APP, "indirect");
    timer(TIMER.unit(), TIMER.text(), "active", "enabled");
    assertThat(differences(ALWAYS))
        .contains("UnitFileState: indirect", TIMER.unit() + " ActiveState: active");
    assertThat(steps(ALWAYS, APP))
        .containsExactly("StopTimer " + TIMER.unit(), "Write", "Enable", "Reload", "Start");
  }

  @Test
  void whatRunsIsStartedAnewAsTheNewVersion() {
    units.put(OTHER.unit(), DifferTest.asDeclared(OTHER, 257));
    timer(TIMER.unit(), TIMER.text(), "inactive", "disabled");
    assertThat(steps(APP, OTHER))
        .contains("Write", "StartTimer " + TIMER.unit())
        .endsWith("Restart");
  }

  @Test
  void withTheAppItsTimersGo() {
    down(APP, "indirect");
    timer(TIMER.unit(), TIMER.text(), "active", "enabled");
    timer(OLD, OTHER.timers().getFirst().text(), "inactive", "disabled");
    var situation =
        new Situation(
            List.of(),
            new TreeMap<>(),
            new Inventory(new TreeMap<>(Map.of(APP.spec().name(), known(APP)))),
            seen(),
            257);
    var orders =
        new Orders(new TreeSet<>(List.of(APP.spec().name())), new TreeSet<>(), false, false);
    assertThat(words(Planner.plan(situation, orders)))
        .startsWith("StopTimer " + TIMER.unit())
        .doesNotContain("StopTimer " + OLD, "Stop");
  }

  private void ran(long triggered, long begun, long ended) {
    ran(50, triggered, begun, ended);
  }

  private void ran(long up, long triggered, long begun, long ended) {
    down(
        APP,
        "indirect",
        "inactive",
        Map.of(
            "InactiveExitTimestampMonotonic",
            new Raw.Int(begun),
            "InactiveEnterTimestampMonotonic",
            new Raw.Int(ended)));
    timer(
        TIMER.unit(),
        TIMER.text(),
        "active",
        "enabled",
        Map.of(
            "NextElapseUSecRealtime",
            new Raw.Int(1_800_000_000_000_000L),
            "LastTriggerUSec",
            new Raw.Int(triggered == 0 ? 0 : 1_799_913_600_000_000L),
            "LastTriggerUSecMonotonic",
            new Raw.Int(triggered),
            "ActiveEnterTimestampMonotonic",
            new Raw.Int(up)));
  }

  @Test
  void healthSaysWhenItRuns() {
    ran(0, 0, 0);
    assertThat(Runs.of(APP, seen()))
        .contains(new Health.Scheduled("next run 2027-01-15T08:00:00Z"));
    ran(100, 101, 200);
    assertThat(Runs.of(APP, seen()))
        .contains(
            new Health.Scheduled("last run 2027-01-14T08:00:00Z, next run 2027-01-15T08:00:00Z"));
    assertThat(Runs.of(ALWAYS, seen())).isEmpty();
  }

  /** A time at which it was still running is none that it missed. */
  @Test
  void aRunThatDidNotBeginIsUnhealthy() {
    ran(300, 101, 200);
    assertThat(Runs.of(APP, seen()))
        .hasValueSatisfying(
            it ->
                assertThat(it)
                    .isInstanceOfSatisfying(
                        Health.Unhealthy.class,
                        health -> assertThat(health.message()).contains("did not start")));
    assertThat(Runs.waits(APP, seen())).isTrue();
    ran(150, 101, 200);
    assertThat(Runs.of(APP, seen())).containsInstanceOf(Health.Scheduled.class);
  }

  /** A version that was taken back before its run began, and is tried again. */
  @Test
  void whatItsTimerStartedBeforeItWasStoppedIsNotMissed() {
    ran(400, 300, 101, 200);
    assertThat(Runs.of(APP, seen())).containsInstanceOf(Health.Scheduled.class);
  }

  /** The timer has elapsed, and the job that it made waits, or the program has just ended. */
  @Test
  void aRunThatBeginsOrHasEndedWellIsNoFailure() {
    ran(300, 101, 200);
    down(APP, "indirect", "inactive", true, Map.of());
    assertThat(Runs.of(APP, seen())).contains(new Health.Starting());
    assertThat(Runs.of(ALWAYS, seen())).isEmpty();
    ran(100, 101, 0);
    down(
        APP,
        "indirect",
        "deactivating",
        Map.of("InactiveExitTimestampMonotonic", new Raw.Int(101)));
    assertThat(Runs.of(APP, seen()))
        .contains(
            new Health.Scheduled("last run 2027-01-14T08:00:00Z, next run 2027-01-15T08:00:00Z"));
    down(APP, "indirect", "failed", Map.of());
    assertThat(Runs.of(APP, seen())).isEmpty();
  }

  @Test
  void withoutItsTimerItIsUnhealthy() {
    down(APP, "indirect");
    timer(TIMER.unit(), TIMER.text(), "inactive", "enabled");
    assertThat(Runs.of(APP, seen())).contains(new Health.Unhealthy("its timer is not running"));
    assertThat(Runs.waits(APP, seen())).isFalse();
  }
}
