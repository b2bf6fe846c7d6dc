package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DevicePolicy;
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
    Declared declared = declared(source);
    OpenApps.Concluded concluded = open.conclude(now);
    var suspension = memory.lookAtSuspended(declared);
    SortedMap<AppName, Target> targets = targets(declared, now);
    boolean freed = open.cancelFetches(targets);
    // Of what has ended anything may have to follow, the rest of a removal too.
    boolean everything = only.isEmpty() || concluded.any() || freed;
    var units = new TreeSet<>(only);
    if (everything) {
      // Also units that nobody remembers: a crash between writing and remembering leaves them.
      units.addAll(inspections.apps());
      targets.keySet().forEach(name -> units.add(memory.units().of(name)));
    }
    SortedSet<UnitName> left = open.left(declared, denied(targets));
    SortedSet<String> unknown = images.unknown();
    unknown.addAll(signatures.pending());
    left.addAll(versions.needing(unknown, targets));
    units.removeAll(left);
    return new Decided(
        declared, everything, units, left, targets, suspension, concluded.outcomes(), now, begun);
  }

  /**
   * Units that are on the device and that its owner denies, whatever the source says: what is there
   * is judged before anything is read that others wrote.
   */
  SortedSet<UnitName> denied(Instant now) {
    SortedSet<UnitName> denied = denied(targets(declared(Declared.NOTHING), now));
    SortedSet<UnitName> onDevice = inspections.apps();
    memory.records().values().stream()
        .filter(record -> record.current().isPresent())
        .forEach(record -> onDevice.add(memory.units().of(record.name())));
    denied.retainAll(onDevice);
    return denied;
  }

  private Declared declared(Declared source) {
    signatures.begin();
    Adoptions adoptions = Adoptions.of(source, memory.records(), inspections.units());
    memory.units(adoptions.units());
    return signatures.in(adoptions.in(source));
  }

  private SortedMap<AppName, Target> targets(Declared declared, Instant now) {
    DevicePolicy policy = versions.facts().policy();
    SortedMap<AppName, Target> targets =
        Targets.decide(declared, memory, versions::compiled, policy, now);
    if (declared.equals(Declared.NOTHING)) {
      // What the source says of an app without a record is not known yet.
      return targets;
    }
    var onDevice = new TreeSet<AppName>();
    inspections.apps().forEach(unit -> memory.units().app(unit).ifPresent(onDevice::add));
    targets = Targets.unknown(targets, onDevice, memory, policy);
    if (denied(targets).stream().noneMatch(inspections.apps()::contains)
        && memory.unread().isEmpty()) {
      memory.judged().judged(policy);
    }
    return targets;
  }

  private SortedSet<UnitName> denied(SortedMap<AppName, Target> targets) {
    var denied = new TreeSet<UnitName>();
    targets.forEach(
        (name, target) -> {
          if (target instanceof Target.Deny) {
            denied.add(memory.units().of(name));
          }
        });
    return denied;
  }
}
