package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.report.Reason;
import dev.sandbar.core.window.CronReader;
import dev.sandbar.core.window.CronReading;
import dev.sandbar.core.window.Maintenance;
import dev.sandbar.core.window.Window;
import dev.sandbar.core.window.Windows;
import dev.sandbar.device.agent.Suspensions.Suspended;
import dev.sandbar.device.apply.Outcome;
import dev.sandbar.device.fetch.EarlyFetches;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.YamlReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which new versions wait, and for how long. */
class DeferredUpdatesTest {
  private static final AppName PUMP = new AppName("pump");
  private static final UnitName UNIT = UnitName.own(PUMP);
  private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");
  private static final Instant NIGHT = Instant.parse("2026-12-02T02:30:00Z");
  private static final Function<List<CompiledApp>, Plan> RESTARTS =
      _ -> new Plan(List.of(new Plan.Restart(UNIT, "")));
  private static final Function<List<CompiledApp>, Plan> STARTS =
      _ -> new Plan(List.of(new Plan.Start(UNIT, "")));
  private static final Function<List<CompiledApp>, Plan> CHANGES_LIVE =
      _ -> new Plan(List.of(new Plan.LiveSet(UNIT, List.of("IPAddressAllow"), "")));

  @TempDir private Path root;
  private Memory memory;
  private Versions versions;
  private boolean clockIsSet = true;
  private boolean failed;
  private boolean busy;

  @BeforeEach
  void begin() throws IOException {
    memory = new Memory(new StateStore(root));
    versions = new Versions(memory, ReferenceDevice.facts(), SignatureGate.open());
    memory.put(AppRecord.fresh(PUMP).proved(target(1, "").version()));
  }

  @Test
  void whatRestartsARunningAppWaitsForTheWindow() {
    assertThat(decide(target(2, ""), RESTARTS, NOON)).containsExactly(PUMP);
    assertThat(memory.waits().all().get(PUMP))
        .isEqualTo(
            new UpdateWaits.Wait(
                Reason.WAITING_FOR_WINDOW,
                "waits for the window that opens at 2026-12-02T02:00Z",
                Instant.parse("2026-12-02T02:00:00Z")));
    assertThat(decide(target(2, ""), RESTARTS, NIGHT)).isEmpty();
    assertThat(memory.waits().all()).isEmpty();
  }

  @Test
  void whatInterruptsNothingDoesNot() {
    assertThat(decide(target(2, ""), CHANGES_LIVE, NOON)).isEmpty();
    // Of the version that runs whatever differs is drift.
    assertThat(decide(target(1, ""), RESTARTS, NOON)).isEmpty();
    memory.remove(PUMP);
    assertThat(decide(target(2, ""), RESTARTS, NOON)).isEmpty();
  }

  @Test
  void whatDoesNotRunIsStartedAsItWas() {
    assertThat(decide(target(2, ""), STARTS, NOON)).containsExactly(PUMP);
    // But what systemd has given up can only get better.
    failed = true;
    assertThat(decide(target(2, ""), STARTS, NOON)).isEmpty();
    assertThat(decide(target(2, ""), RESTARTS, NOON)).isEmpty();
  }

  /** The owner's policy, or a new release of Sandbar, makes another unit of the same spec. */
  @Test
  void whatTheDeviceMakesOfTheSameDeclarationDoesNot() {
    Target.Run same = target(1, "");
    Version earlier = new Version(same.version().manifest(), hash("another"), "r");
    memory.put(AppRecord.fresh(PUMP).proved(earlier));
    assertThat(decide(same, RESTARTS, NOON)).isEmpty();
  }

  /** And while a newer one waits, drift is measured against that unit. */
  @Test
  void whatTheDeviceMakesOfTheVersionThatStaysIsRemembered() {
    Target.Run newer = target(1, "");
    Version earlier = new Version(newer.version().manifest(), hash("another"), "r");
    var history =
        new AppHistory(
            memory,
            Duration.ZERO,
            _ -> Duration.ZERO,
            _ -> "",
            (older, _) -> new AppRecord.Withdrawn.To(older));
    var stays = new Target.Run(newer.app(), earlier, false, List.of());
    for (AppRecord before :
        List.of(
            AppRecord.fresh(PUMP).proved(earlier),
            AppRecord.fresh(PUMP).with(new AppRecord.Trial.Settling(earlier, NOON, 0, 0)))) {
      memory.put(before);
      history.remember(
          new TreeMap<>(Map.of(PUMP, stays)),
          Set.of(UNIT),
          new TreeMap<>(Map.of(UNIT, new Outcome.Done())),
          Observation.NOTHING,
          NOON);
      assertThat(history.inventory(_ -> "").isApplied(newer.app())).isTrue();
      assertThat(memory.get(PUMP).trial().getClass()).isEqualTo(before.trial().getClass());
    }
  }

  @Test
  void theAppHasWindowsOfItsOwn() {
    String noon = "maintenance: {apply: [{at: '0 12 * * *', for: 1h}]}, ";
    assertThat(updates(Maintenance.NONE, target(2, noon), NOON)).isEmpty();
    assertThat(updates(Maintenance.NONE, target(2, noon), NIGHT)).containsExactly(PUMP);
    assertThat(decide(target(2, noon), RESTARTS, NOON)).containsExactly(PUMP);
    assertThat(decide(target(2, noon), RESTARTS, NIGHT)).containsExactly(PUMP);
  }

  @Test
  void howLongItHasWaitedOutlivesTheAgent() throws IOException {
    String week = "maintenance: {apply: [{at: '0 0 1 1 *', for: 1h}], maxDefer: 7d}, ";
    assertThat(updates(Maintenance.NONE, target(2, week), NOON)).containsExactly(PUMP);
    memory = new Memory(new StateStore(root));
    // A newer one has not waited less: an app that changes every day is updated in the end.
    Instant late = NOON.plus(Duration.ofDays(6));
    assertThat(updates(Maintenance.NONE, target(3, week), late)).containsExactly(PUMP);
    assertThat(updates(Maintenance.NONE, target(3, week), NOON.plus(Duration.ofDays(7)))).isEmpty();
    // The next one begins anew.
    memory.put(AppRecord.fresh(PUMP).proved(target(3, "").version()));
    assertThat(updates(Maintenance.NONE, target(4, week), NOON.plus(Duration.ofDays(8))))
        .containsExactly(PUMP);
  }

  @Test
  void aStepOfTheClockEndsNoWait() {
    String week = "maintenance: {apply: [{at: '0 0 1 1 *', for: 1h}], maxDefer: 7d}, ";
    assertThat(updates(Maintenance.NONE, target(2, week), NOON)).containsExactly(PUMP);
    Duration step = Duration.ofDays(100);
    memory.shift(step);
    assertThat(updates(Maintenance.NONE, target(2, week), NOON.plus(step))).containsExactly(PUMP);
    assertThat(Objects.requireNonNull(memory.waits().all().get(PUMP)).until())
        .isEqualTo(NOON.plus(step).plus(Duration.ofDays(7)));
  }

  @Test
  void byAClockThatIsNotSetNothingOpens() {
    clockIsSet = false;
    assertThat(decide(target(2, ""), RESTARTS, NIGHT)).containsExactly(PUMP);
    assertThat(Objects.requireNonNull(memory.waits().all().get(PUMP)).message())
        .contains("until the clock of the device");
    // And nothing is overdue by the years that it is set by.
    clockIsSet = true;
    String week = "maintenance: {apply: [{at: '0 0 1 1 *', for: 1h}], maxDefer: 7d}, ";
    assertThat(updates(Maintenance.NONE, target(2, week), NOON)).containsExactly(PUMP);
  }

  private static final String BUSY_FILE =
      "permissions: {state: true}, maintenance: {busyFile: true}, ";

  @Test
  void anAppThatIsBusyIsNotInterrupted() throws IOException {
    clockIsSet = false;
    busy = true;
    Instant second = NOON.plusSeconds(15);
    assertThat(updates(Maintenance.NONE, target(2, BUSY_FILE), NOON)).containsExactly(PUMP);
    assertThat(memory.waits().all().get(PUMP))
        .isEqualTo(
            new UpdateWaits.Wait(
                Reason.WAITING_FOR_APP,
                "the app says that it is busy; waits until 2026-12-02T12:00Z at the latest",
                second));
    // Neither a newer version nor another agent has it wait for longer.
    memory = new Memory(new StateStore(root));
    assertThat(updates(Maintenance.NONE, target(3, BUSY_FILE), second)).containsExactly(PUMP);
    assertThat(Objects.requireNonNull(memory.waits().all().get(PUMP)).message())
        .contains("2026-12-02T12:00Z");
    Instant last = NOON.plus(Duration.ofDays(1));
    assertThat(updates(Maintenance.NONE, target(3, BUSY_FILE), last)).isEmpty();
    // Each update can be put off.
    memory.put(AppRecord.fresh(PUMP).proved(target(3, BUSY_FILE).version()));
    assertThat(updates(Maintenance.NONE, target(4, BUSY_FILE), last)).containsExactly(PUMP);
    busy = false;
    assertThat(updates(Maintenance.NONE, target(4, BUSY_FILE), last)).isEmpty();
    assertThat(memory.waits().all()).isEmpty();
  }

  @Test
  void onlyAnAppThatDeclaresItIsAskedWhetherItIsBusy() {
    busy = true;
    assertThat(updates(Maintenance.NONE, target(2, ""), NOON)).isEmpty();
    assertThat(updates(Maintenance.NONE, target(2, BUSY_FILE), NOON)).containsExactly(PUMP);
    // So that a fix can do without.
    assertThat(updates(Maintenance.NONE, target(2, ""), NOON)).isEmpty();
    memory.remove(PUMP);
    assertThat(updates(Maintenance.NONE, target(2, BUSY_FILE), NOON)).isEmpty();
  }

  @Test
  void windowsComeFirstAndTheirTimeIsNotThatOfTheApp() {
    busy = true;
    assertThat(updates(night(), target(2, BUSY_FILE), NOON)).containsExactly(PUMP);
    assertThat(reason()).isEqualTo(Reason.WAITING_FOR_WINDOW);
    Instant later = NIGHT.plus(Duration.ofDays(6));
    assertThat(updates(night(), target(2, BUSY_FILE), later)).containsExactly(PUMP);
    assertThat(reason()).isEqualTo(Reason.WAITING_FOR_APP);
    assertThat(updates(night(), target(2, BUSY_FILE), later.plus(Duration.ofDays(1)))).isEmpty();
  }

  @Test
  void noClockHasABusyAppWaitForEver() {
    clockIsSet = false;
    busy = true;
    Instant past = Instant.parse("1970-01-01T00:00:00Z");
    assertThat(updates(Maintenance.NONE, target(2, BUSY_FILE), past)).containsExactly(PUMP);
    Duration step = Duration.between(past, NOON);
    memory.shift(step);
    assertThat(updates(Maintenance.NONE, target(2, BUSY_FILE), NOON)).containsExactly(PUMP);
    // Set back while no agent ran.
    assertThat(updates(Maintenance.NONE, target(2, BUSY_FILE), past)).containsExactly(PUMP);
    assertThat(updates(Maintenance.NONE, target(2, BUSY_FILE), past.plus(Duration.ofDays(1))))
        .isEmpty();
  }

  private Reason reason() {
    return Objects.requireNonNull(memory.waits().all().get(PUMP)).reason();
  }

  @Test
  void whatIsHeldWaitsWhateverItChanges() throws IOException {
    var store = new StateStore(root);
    Holds.hold(store, PUMP, new Holds.Hold("measuring", NIGHT), NOON);
    assertThat(decide(target(2, ""), CHANGES_LIVE, NOON)).containsExactly(PUMP);
    assertThat(Objects.requireNonNull(memory.waits().all().get(PUMP)).message())
        .isEqualTo(
            "held at this version (measuring) until 2026-12-02T02:30:00Z; newer ones wait for"
                + " sandbar release pump");
    // What runs is looked after, and what it is is nobody's update.
    assertThat(decide(target(1, ""), RESTARTS, NOON)).isEmpty();
    clockIsSet = false;
    assertThat(decide(target(2, ""), CHANGES_LIVE, NIGHT)).containsExactly(PUMP);
    clockIsSet = true;
    assertThat(decide(target(2, ""), CHANGES_LIVE, NIGHT)).isEmpty();
    assertThat(Holds.read(store)).isEmpty();
  }

  @Test
  void whatTheSourceHoldsWaitsToo() {
    String hold = "hold: {reason: measuring, until: '2026-12-02T02:30:00Z'}, ";
    assertThat(updates(Maintenance.NONE, target(2, hold), NOON)).containsExactly(PUMP);
    assertThat(memory.waits().all().get(PUMP))
        .isEqualTo(
            new UpdateWaits.Wait(
                Reason.HELD,
                "held at this version (measuring) until 2026-12-02T02:30:00Z; newer ones wait until"
                    + " its hold is removed where it is declared",
                NIGHT));
    // What is held on the device too is released there.
    assertThat(updates(Maintenance.NONE, target(1, hold), NOON)).isEmpty();
    assertThat(memory.holds()).containsKey(PUMP);
    clockIsSet = false;
    assertThat(updates(Maintenance.NONE, target(2, hold), NIGHT)).containsExactly(PUMP);
    clockIsSet = true;
    assertThat(updates(Maintenance.NONE, target(2, hold), NIGHT)).isEmpty();
    assertThat(memory.holds()).isEmpty();
  }

  @Test
  void aPermissionThatWasWithdrawnIsNamed() {
    memory.put(AppRecord.fresh(PUMP).proved(target(1, "permissions: {state: true}, ").version()));
    assertThat(decide(target(2, ""), RESTARTS, NOON)).containsExactly(PUMP);
    assertThat(Objects.requireNonNull(memory.waits().all().get(PUMP)).message())
        .endsWith("; withdrawn but still granted: state");
  }

  @Test
  void whatIsSuspendedDoesNotWait() {
    assertThat(decide(target(2, ""), RESTARTS, NOON)).containsExactly(PUMP);
    var updates = gate(night());
    assertThat(updates.decide(decided(target(2, ""), NOON), Set.of(PUMP), RESTARTS, _ -> failed))
        .isEmpty();
    assertThat(memory.waits().all()).isEmpty();
  }

  private DeferredUpdates gate(Maintenance device) {
    return new DeferredUpdates(
        memory,
        versions,
        device,
        _ -> clockIsSet,
        _ -> busy,
        (_, _) -> new EarlyFetches.Progress.Arrived());
  }

  private SortedSet<AppName> decide(
      Target.Run target, Function<List<CompiledApp>, Plan> planner, Instant now) {
    return gate(night()).decide(decided(target, now), Set.of(), planner, _ -> failed);
  }

  private SortedSet<AppName> updates(Maintenance device, Target.Run target, Instant now) {
    return gate(device).decide(decided(target, now), Set.of(), RESTARTS, _ -> failed);
  }

  private static Maintenance night() {
    if (CronReader.read("0 2 * * *") instanceof CronReading.Times(var times)) {
      var windows = List.of(new Window(times, Duration.ofHours(2)));
      return new Maintenance(new Windows(windows, ZoneId.of("UTC")), Duration.ZERO);
    }
    throw new AssertionError();
  }

  private static Decided decided(Target.Run target, Instant now) {
    var compiled = new TreeMap<AppName, Compilation>();
    compiled.put(PUMP, new Compilation.Compiled(target.app(), List.of()));
    return new Decided(
        Declared.NOTHING.with(compiled),
        true,
        new TreeSet<>(Set.of(UNIT)),
        new TreeSet<>(),
        new TreeMap<>(Map.of(PUMP, target)),
        Suspended.NOTHING,
        new TreeMap<>(),
        now,
        0);
  }

  private static Sha256 hash(String text) {
    return Sha256.of(text);
  }

  private Target.Run target(int number, String more) {
    String yaml =
        "{apiVersion: sandbar.dev/v1alpha1, kind: AppSandbox, metadata: {name: pump},"
            + " spec: {%srun: {command: [/usr/bin/sleep, '%d']}}}".formatted(more, number);
    Node manifest =
        YamlReader.read("test", yaml.getBytes(StandardCharsets.UTF_8)).documents().getFirst();
    var draft = new Version(manifest, hash(yaml), "r");
    if (versions.compiled(draft) instanceof Compilation.Compiled(var app, _)) {
      return new Target.Run(app, new Version(manifest, app.generation(), "r"), true, List.of());
    }
    throw new AssertionError(versions.compiled(draft));
  }
}
