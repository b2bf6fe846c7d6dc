package dev.sandbar.core.learn;

import dev.sandbar.core.learn.Combination.Cause;
import dev.sandbar.core.learn.Combination.Taken;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What took the entries of a spec, and on which devices. */
final class Causes {

  /** A device may have written any number. */
  private static final int MOST = 256;

  private static final String CALLS = "systemCalls";

  private final SortedMap<String, SortedSet<String>> devices = new TreeMap<>();
  private final SortedMap<String, SortedMap<String, SortedSet<String>>> causes = new TreeMap<>();

  private Causes(Collection<ServiceObservation> all) {
    for (ServiceObservation one : all) {
      String device = one.device();
      Lessons.reasons(one.uses())
          .forEach((permission, because) -> add(permission.key(), device, because));
      SortedSet<String> calls = Lessons.of(one.uses()).systemCalls();
      if (!calls.isEmpty()) {
        add(CALLS, device, calls.stream().map("calls "::concat).toList());
      }
    }
  }

  private void add(String entry, String device, Collection<String> all) {
    devices.computeIfAbsent(entry, _ -> new TreeSet<>()).add(device);
    var known = causes.computeIfAbsent(entry, _ -> new TreeMap<>());
    all.forEach(what -> known.computeIfAbsent(what, _ -> new TreeSet<>()).add(device));
  }

  /** For each entry of the spec that something takes. */
  static List<Taken> of(LearnedSpec spec, Collection<ServiceObservation> all) {
    var causes = new Causes(all);
    return spec.reasons().keySet().stream().map(causes::taken).toList();
  }

  private Taken taken(String entry) {
    List<Cause> because =
        causes.getOrDefault(entry, new TreeMap<>()).entrySet().stream()
            .map(it -> new Cause(it.getKey(), it.getValue()))
            .sorted(
                Comparator.<Cause>comparingInt(it -> it.devices().size())
                    .thenComparing(Cause::what))
            .toList();
    return new Taken(entry, devices.getOrDefault(entry, new TreeSet<>()), both(because));
  }

  /** Whatever one device has written, what most of them did is there. */
  private static List<Cause> both(List<Cause> all) {
    if (all.size() <= MOST) {
      return all;
    }
    var both = new ArrayList<>(all.subList(0, MOST / 2));
    both.addAll(all.subList(all.size() - MOST / 2, all.size()));
    return both;
  }
}
