package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Plan;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one execution of a plan has done to each unit, and what failed. */
final class PlanTally {
  private static final Logger LOG = LoggerFactory.getLogger(PlanTally.class);

  private final Former former;
  private final SortedMap<UnitName, Outcome> failed = new TreeMap<>();
  private final SequencedSet<UnitName> written = new LinkedHashSet<>();
  private final Set<UnitName> stopped = new HashSet<>();
  private final SequencedSet<UnitName> started = new LinkedHashSet<>();
  private final Set<UnitName> down = new HashSet<>();
  private final SequencedSet<UnitName> live = new LinkedHashSet<>();

  PlanTally(Former former) {
    this.former = former;
  }

  /** Units of which files were written or removed. */
  SequencedSet<UnitName> written() {
    return written;
  }

  /** Units that were started or restarted. */
  SequencedSet<UnitName> started() {
    return started;
  }

  /** Units of which settings were changed while they ran. */
  SequencedSet<UnitName> live() {
    return live;
  }

  /** It was stopped, so that a new version can start: should a step fail, it is started again. */
  void stopped(UnitName unit) {
    stopped.add(unit);
    written.add(unit);
  }

  /** It did not start, and its spec says that it stays: the loop judges what it sees of it. */
  boolean staysDown(UnitName unit) {
    return former.stays(unit) && down.add(unit);
  }

  private boolean interrupts(UnitName unit) {
    return stopped.contains(unit) || reached(unit) == TakeBack.Reached.PROCESS;
  }

  boolean hasFailed(UnitName unit) {
    return failed.containsKey(unit);
  }

  /** A step of a unit failed; only the first counts. */
  void fail(UnitName unit, String step, String message) {
    boolean back = former.isTakenBack(unit);
    LOG.info("unit={} action={} step={} {}", unit, back ? "roll-back" : "retry", step, message);
    failed.putIfAbsent(
        unit,
        back
            ? new Outcome.TakenBack(step, message, interrupts(unit))
            : new Outcome.Unfinished(step, message));
  }

  /** The kernel does not hold what a unit says, which was started for that. */
  void notEnforced(UnitName unit, String message) {
    if (started.contains(unit) && former.isTakenBack(unit)) {
      failed.put(unit, new Outcome.NotEnforced(message));
    }
  }

  /**
   * Texts of the versions to go back to: never of what has just been started and is not enforced.
   *
   * @param holds whether the file of a unit has a text
   */
  Map<UnitName, String> former(BiPredicate<UnitName, String> holds) {
    var texts = new HashMap<>(former.texts());
    failed.forEach(
        (unit, outcome) -> {
          if (outcome instanceof Outcome.NotEnforced) {
            texts.computeIfPresent(unit, (_, text) -> holds.test(unit, text) ? null : text);
          }
        });
    return texts;
  }

  /** How far it came with each failed unit that is taken back. */
  Map<UnitName, TakeBack.Reached> touched() {
    return failed.keySet().stream()
        .filter(former::isTakenBack)
        .collect(Collectors.toMap(unit -> unit, this::reached));
  }

  private TakeBack.Reached reached(UnitName unit) {
    if (started.contains(unit) || live.contains(unit)) {
      return TakeBack.Reached.PROCESS;
    }
    return written.contains(unit) ? TakeBack.Reached.FILES : TakeBack.Reached.NOTHING;
  }

  /**
   * What became of the units of a plan, and of those that were started.
   *
   * @param underway what goes on with a unit, for people; empty if nothing
   */
  SortedMap<UnitName, Outcome> outcomes(Plan plan, Function<UnitName, String> underway) {
    var outcomes = new TreeMap<UnitName, Outcome>();
    started.forEach(unit -> outcomes.put(unit, new Outcome.Done()));
    down.forEach(unit -> outcomes.put(unit, new Outcome.Done()));
    for (Plan.Step step : plan.steps()) {
      UnitOf.step(step).ifPresent(unit -> outcomes.put(unit, new Outcome.Done()));
    }
    outcomes.replaceAll(
        (unit, done) -> {
          String what = underway.apply(unit);
          return what.isEmpty() ? done : new Outcome.Underway(what);
        });
    outcomes.putAll(failed);
    return outcomes;
  }
}
