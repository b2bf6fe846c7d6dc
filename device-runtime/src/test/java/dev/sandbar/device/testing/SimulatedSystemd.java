package dev.sandbar.device.testing;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.systemd.Jobs;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.SystemdEvent;
import dev.sandbar.device.systemd.SystemdException;
import dev.sandbar.device.systemd.UnitReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** A systemd that does nothing but say what it was asked for, and fails where it is told to. */
public final class SimulatedSystemd implements Systemd {
  private final List<String> calls = new ArrayList<>();
  private final Set<UnitName> hanging = new HashSet<>();
  private final Set<UnitName> failing = new HashSet<>();
  private final Map<UnitName, SortedMap<String, Raw>> properties = new HashMap<>();
  private final Set<UnitName> withoutFile = new HashSet<>();
  private int failingReloads;

  /**
   * Everything that would have changed the device, in order, for example {@code STOP a.service}.
   */
  public List<String> calls() {
    return List.copyOf(calls);
  }

  /** The unit has no file, so that systemd says of its links that it does not exist. */
  public void withoutFile(UnitName unit) {
    withoutFile.add(unit);
  }

  /** The next so many reloads are refused. */
  public void failReloads(int times) {
    failingReloads = times;
  }

  @Override
  public boolean isClockSynchronized() {
    return true;
  }

  @Override
  public String version() {
    return "257";
  }

  /** What the unit has as that property from now on; of others nothing is known. */
  public void property(UnitName unit, String name, Raw value) {
    properties.computeIfAbsent(unit, _ -> new TreeMap<>()).put(name, value);
  }

  @Override
  public SortedMap<String, Raw> properties(UnitName unit) {
    return properties.getOrDefault(unit, new TreeMap<>());
  }

  @Override
  public UnitReader reader(Set<String> names) {
    throw new AssertionError("nobody looks");
  }

  @Override
  public String lastLoaded() {
    return "";
  }

  @Override
  public SortedSet<String> managerVariables() {
    return new TreeSet<>();
  }

  @Override
  public Map<UnitName, Raw> lines(List<String> patterns) {
    return Map.of();
  }

  @Override
  public Map<UnitName, String> units(List<String> patterns) {
    var units = new TreeMap<UnitName, String>();
    hanging.stream()
        .filter(unit -> patterns.contains(unit.value()))
        .forEach(unit -> units.put(unit, "deactivating"));
    return units;
  }

  @Override
  public void reload() {
    calls.add("reload");
    if (failingReloads > 0) {
      failingReloads--;
      throw new SystemdException(
          SystemdException.Kind.REFUSED, "too little room in /run/systemd", null);
    }
  }

  @Override
  public void refreshFilters(Set<UnitName> lost) {
    calls.add("refresh");
  }

  @Override
  public Jobs start(List<Job> jobs, int atOnce, Consumer<Job> ended) {
    jobs.forEach(job -> calls.add(job.verb() + " " + job.unit()));
    return new Jobs() {
      @Override
      public List<JobOutcome> await(Wait wait) {
        return jobs.stream()
            .map(
                job ->
                    new JobOutcome(
                        job,
                        hanging.contains(job.unit())
                            ? RUNNING
                            : failing.contains(job.unit()) && job.verb() != Verb.STOP
                                ? "failed"
                                : "done"))
            .toList();
      }

      @Override
      public void close() {}
    };
  }

  /** Starts of this unit fail. */
  public void failStarts(UnitName unit) {
    failing.add(unit);
  }

  /** Jobs of this unit go on until {@link #end}. */
  public void hang(UnitName unit) {
    hanging.add(unit);
  }

  /** Jobs of this unit have ended. */
  public void end(UnitName unit) {
    hanging.remove(unit);
  }

  @Override
  public void enable(Collection<UnitName> units) {
    units.forEach(unit -> calls.add("enable " + unit));
  }

  @Override
  public void thaw(UnitName unit) {
    calls.add("thaw " + unit);
  }

  @Override
  public void disable(UnitName unit) {
    calls.add("disable " + unit);
    if (withoutFile.contains(unit)) {
      throw new SystemdException(
          SystemdException.Kind.NO_SUCH_UNIT, "Unit file " + unit + " does not exist.", null);
    }
  }

  @Override
  public void unmask(Collection<UnitName> units) {
    units.forEach(unit -> calls.add("unmask " + unit));
  }

  @Override
  public void setProperties(UnitName unit, Map<String, Raw> properties) {
    calls.add("set " + unit);
  }

  @Override
  public void hide(UnitName unit, String path, boolean directory) {
    calls.add("hide " + path + " from " + unit);
    throw new SystemdException(SystemdException.Kind.REFUSED, "not in a mount namespace", null);
  }

  @Override
  public void resetFailed(UnitName unit) {}

  @Override
  public void kill(UnitName unit) {
    calls.add("kill " + unit);
  }

  @Override
  public List<Integer> processes(UnitName unit) {
    return List.of();
  }

  @Override
  public void watch(Consumer<SystemdEvent> listener) {}

  @Override
  public void close() {}
}
