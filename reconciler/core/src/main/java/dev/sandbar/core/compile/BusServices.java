package dev.sandbar.core.compile;

import dev.sandbar.core.model.BusName;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

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

  /** Whether a service of the device has this name. */
  public boolean have(BusName name) {
    String text = name.value();
    return names.contains(text)
        || prefixes.stream().anyMatch(it -> text.equals(it) || text.startsWith(it + "."));
  }
}
