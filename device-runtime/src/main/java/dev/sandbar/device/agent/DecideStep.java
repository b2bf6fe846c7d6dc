package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.store.ImageChecks;
import java.time.Instant;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/** Decides what a round is about, and what each app should be by its source and its record. */
record DecideStep(
    Memory memory,
    Versions versions,
    OpenApps open,
    ImageChecks images,
    SignatureGate signatures,
    Inspections inspections) {

  /**
   * Decides, once what was left open before and has ended is taken in.
   *
   * @param only units that the round is about; empty for everything
   */
  Decided decide(Declared source, SortedSet<UnitName> only, Instant now) {
    long begun = System.nanoTime();
    signatures.begin();
    Adoptions adoptions = Adoptions.of(source, memory.records(), inspections.units());
    memory.units(adoptions.units());
    Declared declared = signatures.in(adoptions.in(source));
    OpenApps.Concluded concluded = open.conclude(now);
    var suspension = memory.lookAtSuspended(declared);
    SortedMap<AppName, Target> targets = Targets.decide(declared, memory, versions::compiled, now);
    boolean freed = open.cancelFetches(targets);
    // Of what has ended anything may have to follow, the rest of a removal too.
    boolean everything = only.isEmpty() || concluded.any() || freed;
    var units = new TreeSet<>(only);
    if (everything) {
      // Also units that nobody remembers: a crash between writing and remembering leaves them.
      units.addAll(inspections.apps());
      targets.keySet().forEach(name -> units.add(memory.units().of(name)));
    }
    SortedSet<UnitName> left = open.left(declared);
    SortedSet<String> unknown = images.unknown();
    unknown.addAll(signatures.pending());
    left.addAll(versions.needing(unknown, targets));
    units.removeAll(left);
    return new Decided(
        declared, everything, units, left, targets, suspension, concluded.outcomes(), now, begun);
  }
}
