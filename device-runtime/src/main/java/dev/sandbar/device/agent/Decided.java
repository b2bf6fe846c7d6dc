package dev.sandbar.device.agent;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.agent.Suspensions.Suspended;
import dev.sandbar.device.apply.Outcome;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.stream.Stream;

/**
 * What a round is about, and the desired state of every app.
 *
 * @param everything whether it is about every unit of Sandbar's
 * @param units of apps that it is about
 * @param open units that nothing is planned for, for something of them goes on
 * @param targets of every app, also of those that the round is not about
 * @param concluded what became of changes that were left open before
 * @param now the time at its begin
 * @param begun the same, as {@link System#nanoTime} has it
 */
record Decided(
    Declared declared,
    boolean everything,
    SortedSet<UnitName> units,
    SortedSet<UnitName> open,
    SortedMap<AppName, Target> targets,
    Suspended suspension,
    SortedMap<UnitName, Outcome> concluded,
    Instant now,
    long begun) {

  /** This, with other targets. */
  Decided with(SortedMap<AppName, Target> others) {
    return new Decided(
        declared, everything, units, open, others, suspension, concluded, now, begun);
  }

  /** The apps that shall run, of those that the round is about. */
  List<CompiledApp> desired() {
    return targets.values().stream()
        .flatMap(it -> it instanceof Target.Run run ? Stream.of(run.app()) : Stream.empty())
        .filter(app -> units.contains(app.unit()))
        .toList();
  }

  /** The time now; that of the device's clock may have been set meanwhile. */
  Instant time() {
    return now.plusNanos(System.nanoTime() - begun);
  }
}
