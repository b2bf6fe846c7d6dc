package dev.sandbar.core.compile;

import dev.sandbar.core.model.BusName;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Names on the system bus that belong to services of the device: those that the bus starts a
 * service for, and those that files of the bus let somebody own.
 *
 * @param names whole names
 * @param prefixes names with all that is below them
 */
public record BusServices(SortedSet<String> names, SortedSet<String> prefixes) {

  /** Nothing is known, as where no device is. */
  public static final BusServices NONE = new BusServices(new TreeSet<>(), new TreeSet<>());

  public BusServices {
    names = Collections.unmodifiableSortedSet(new TreeSet<>(names));
    prefixes = Collections.unmodifiableSortedSet(new TreeSet<>(prefixes));
  }

  /**
   * A name of a service of the device that is below this one. dbus-broker lets who may own a name
   * own those below it too ({@code policy_snapshot_check_own} of its {@code bus/policy.c}).
   */
  public Optional<String> below(BusName name) {
    String above = name.value() + ".";
    return Stream.concat(names.stream(), prefixes.stream())
        .filter(it -> it.startsWith(above))
        .findFirst();
  }

  /** Whether a service of the device has this name. */
  public boolean have(BusName name) {
    String text = name.value();
    return names.contains(text)
        || prefixes.stream().anyMatch(it -> text.equals(it) || text.startsWith(it + "."));
  }
}
