package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.HardwareLinks;
import dev.sandbar.core.model.UnitName;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Hardware that apps name as USB does, as it is there at one moment.
 *
 * @param units of systemd for what is there
 * @param due units of apps whose hardware came after it had stopped them, or kept them from
 *     starting: nobody stopped them
 */
public record PluggedHardware(SortedSet<UnitName> units, SortedSet<UnitName> due) {

  /** No such hardware is there. */
  public static final PluggedHardware NONE =
      new PluggedHardware(Collections.emptySortedSet(), Collections.emptySortedSet());

  public PluggedHardware {
    units = Collections.unmodifiableSortedSet(new TreeSet<>(units));
    due = Collections.unmodifiableSortedSet(new TreeSet<>(due));
  }

  /** The hardware that is there. */
  public PluggedHardware(SortedSet<UnitName> units) {
    this(units, Collections.emptySortedSet());
  }

  /** This, with the units of apps that are due. */
  public PluggedHardware due(Set<UnitName> apps) {
    return new PluggedHardware(units, new TreeSet<>(apps));
  }

  /** What an app does not run without and is not there, by link. */
  public List<String> missing(CompiledApp app) {
    return app.requiredHardware().stream()
        .filter(link -> !units.contains(HardwareLinks.unit(link)))
        .toList();
  }

  /** Whether it is as it should be that the app does not run now. */
  boolean keepsDown(CompiledApp app) {
    return due.contains(app.unit()) || !missing(app).isEmpty();
  }
}
