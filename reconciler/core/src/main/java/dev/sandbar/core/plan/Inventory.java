package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.Sha256;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What Sandbar put on the device. Nothing else is ever removed.
 *
 * @param apps the last version of each app that was applied and proved itself
 * @param units which unit each app is, also of apps that were not applied
 */
public record Inventory(SortedMap<AppName, Applied> apps, AppUnits units) {

  /** A device on which nothing was applied yet. */
  public static final Inventory NOTHING = new Inventory(new TreeMap<>());

  /** One of apps that all have units of their own. */
  public Inventory(SortedMap<AppName, Applied> apps) {
    this(apps, AppUnits.OWN);
  }

  public Inventory {
    apps = Collections.unmodifiableSortedMap(new TreeMap<>(apps));
  }

  /**
   * One app as applied.
   *
   * @param image digest of its image in hexadecimal, kept for a rollback; empty if it has none
   * @param rendered digest of its unit, with the addresses that its hosts had
   */
  public record Applied(Sha256 generation, String image, Sha256 rendered) {

    /** One whose unit no host changes. */
    public Applied(Sha256 generation, String image) {
      this(generation, image, generation);
    }
  }

  /**
   * Every app of ours: those in the inventory, and those whose unit file carries its mark, which a
   * crash before the inventory was saved leaves behind.
   */
  public SortedSet<AppName> owned(Observation seen) {
    var owned = new TreeSet<>(apps.keySet());
    for (ObservedUnit unit : seen.units().values()) {
      boolean ours =
          unit.files().stream()
              .anyMatch(f -> f.marked() && f.path().equals(UnitFiles.own(unit.name())));
      if (ours) {
        units.app(unit.name()).ifPresent(owned::add);
      }
    }
    return Collections.unmodifiableSortedSet(owned);
  }

  /**
   * Whether this version of the app was applied with these addresses of its hosts, so that a
   * difference is drift.
   */
  public boolean isApplied(CompiledApp app) {
    Applied applied = apps.get(app.spec().name());
    return applied != null
        && applied.generation().equals(app.generation())
        && applied.rendered().equals(app.rendered());
  }

  /** Whether the app was ever applied. */
  boolean knows(AppName app) {
    return apps.containsKey(app);
  }
}
