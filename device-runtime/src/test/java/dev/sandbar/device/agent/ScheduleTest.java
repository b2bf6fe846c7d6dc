package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Subject;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.apply.Outcome;
import dev.sandbar.device.report.AgentMetrics;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Waits of the loop while the device's clock is set. */
class ScheduleTest {
  private static final AppName PUMP = new AppName("pump");
  private static final UnitName UNIT = UnitName.own(PUMP);
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration YEARS = Duration.ofDays(20_000);
  private static final Difference STOPPED =
      new Difference(UNIT, Subject.State.ACTIVE, "active", "inactive");

  @TempDir Path root;
  private Instant clock = NOON;
  private long nanos = 17;
  private Memory memory;
  private RoundReporter reporter;
  private LoopTime time;
  private Schedule schedule;

  @BeforeEach
  void begin() throws IOException {
    memory = new Memory(new StateStore(root));
    var signals = new DriftReporter("gate-1", new AgentMetrics(), List.of());
    reporter = new RoundReporter(memory, signals, Backoff.STANDARD);
    time = new LoopTime(() -> clock, () -> nanos);
    schedule = new Schedule(time, memory, reporter, Duration.ofSeconds(60), Duration.ofMinutes(2));
    schedule.begin();
    schedule.swept(true);
  }

  private void pass(Duration real) {
    clock = clock.plus(real);
    nanos += real.toNanos();
  }

  private void set(Duration step) {
    clock = clock.plus(step);
  }

  private void pass(int seconds) {
    pass(Duration.ofSeconds(seconds));
    schedule.follow();
  }

  @Test
  void theSweepComesInTimeThoughTheClockIsSetBackByADay() {
    pass(10);
    assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(50));
    set(DAY.negated());
    assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(50));
    pass(10);
    assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(40));
    assertThat(schedule.isSweepDue()).isFalse();
    pass(40);
    assertThat(schedule.isSweepDue()).isTrue();
    // What is told is the time that the clock shows.
    assertThat(time.now()).isEqualTo(NOON.minus(DAY).plusSeconds(60));
  }

  @Test
  void quickChecksComeInTimeBetweenSweepsThoughTheClockIsSet() {
    var often =
        new Schedule(time, memory, reporter, Duration.ofMinutes(10), Duration.ofSeconds(30));
    often.swept(true);
    assertThat(often.staleAfter()).isEqualTo(Duration.ofSeconds(90));
    assertThat(often.untilNext()).isEqualTo(Duration.ofSeconds(29));
    set(YEARS);
    often.follow();
    assertThat(often.isQuickDue()).isFalse();
    pass(Duration.ofSeconds(29));
    assertThat(often.isQuickDue()).isTrue();
    assertThat(often.isSweepDue()).isFalse();
    often.checked();
    assertThat(often.untilNext()).isEqualTo(Duration.ofSeconds(29));
    pass(Duration.ofSeconds(571));
    assertThat(often.isSweepDue()).isTrue();
  }

  @Test
  void aClockThatIsSetRightByYearsEndsNoWait() throws IOException {
    Instant until = NOON.plusSeconds(5);
    memory.put(AppRecord.fresh(PUMP).with(new Trial.Settling(version(), until, 0, 0)));
    set(YEARS);
    pass(1);
    assertThat(schedule.isSweepDue()).isFalse();
    assertThat(schedule.due()).isEmpty();
    assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(4));
    pass(4);
    assertThat(schedule.due()).containsExactly(UNIT);
    // It is remembered so, too.
    assertThat(new Memory(new StateStore(root)).get(PUMP).trial())
        .isInstanceOfSatisfying(
            Trial.Settling.class, it -> assertThat(it.until()).isEqualTo(until.plus(YEARS)));
  }

  @Test
  void aFailedVersionIsTriedAgainWhenItsRestIsOverByWhateverClock() {
    Sha256 generation = version().generation();
    memory.put(
        AppRecord.fresh(PUMP)
            .with(new Trial.Failed(generation, "start", "it fell", 2, NOON.plusSeconds(6))));
    pass(5);
    set(DAY.negated());
    pass(0);
    assertThat(schedule.due()).isEmpty();
    assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(1));
    pass(1);
    assertThat(schedule.due()).containsExactly(UNIT);
  }

  @Test
  void aCorrectionIsMadeAgainInTimeThoughTheClockIsSetBackByADay() {
    reporter.fold(corrected(), time.now());
    assertThat(reporter.paused(List.of(STOPPED), time.now())).containsExactly(UNIT);
    set(DAY.negated());
    pass(1);
    assertThat(reporter.paused(List.of(STOPPED), time.now())).containsExactly(UNIT);
    assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(1));
    pass(1);
    assertThat(reporter.paused(List.of(STOPPED), time.now())).isEmpty();
  }

  @Test
  void aWaitOfAnEarlierLifeIsNoLongerThanOneOfThis() {
    Sha256 generation = version().generation();
    AppName other = new AppName("other");
    memory.put(
        AppRecord.fresh(PUMP)
            .with(new Trial.Failed(generation, "start", "it fell", 2, NOON.plus(DAY))));
    memory.put(
        AppRecord.fresh(other).with(new Trial.Settling(version(), NOON.plusSeconds(1), 0, 0)));
    memory.limitWaits(NOON, Duration.ofSeconds(5), Backoff.STANDARD);
    assertThat(memory.get(PUMP).trial())
        .isEqualTo(new Trial.Failed(generation, "start", "it fell", 2, NOON.plusSeconds(6)));
    assertThat(memory.get(other).trial())
        .isEqualTo(new Trial.Settling(version(), NOON.plusSeconds(1), 0, 0));
  }

  @Test
  void aWindowThatOpensIsLookedAtThen() {
    var wait = new UpdateWaits.Wait(Reason.WAITING_FOR_WINDOW, "waits", NOON.plusSeconds(7));
    memory.waits().keep(PUMP, wait, NOON);
    assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(7));
    assertThat(schedule.due()).isEmpty();
    pass(7);
    assertThat(schedule.due()).containsExactly(UNIT);
    // A round that found it closed again, for the clock was set, does not spin.
    schedule.begin();
    assertThat(schedule.due()).isEmpty();
    assertThat(schedule.untilNext()).isEqualTo(Duration.ofSeconds(53));
  }

  private static RoundResult corrected() {
    return new RoundResult(
        new TreeMap<>(Map.of(PUMP, new Target.Hold(List.of()))),
        new Observation(new TreeMap<>(Map.of(UNIT, ObservedUnit.absent(UNIT))), new TreeMap<>()),
        new TreeMap<>(Map.of(UNIT, List.of(STOPPED))),
        new TreeMap<>(Map.of(UNIT, List.of(STOPPED))),
        new TreeSet<>(List.of(UNIT)),
        Plan.EMPTY,
        new TreeMap<>(Map.of(UNIT, new Outcome.Done())),
        new TreeMap<>(),
        new TreeSet<>(),
        "",
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>());
  }

  private static Version version() {
    return new Version(Node.mapping(List.of()), Sha256.of("one"), "revision");
  }
}
