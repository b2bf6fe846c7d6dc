package dev.sandbar.device.observe;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.RawProperties;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the manager said of each service when it was last asked for all of it, and whether that
 * still holds.
 *
 * <p>The properties of the Unit interface are dear: for one of them the manager looks through its
 * whole load path. Those that matter come from the unit's files and from its life. The first are
 * read again only when all units are loaded again, or when the manager itself writes a drop-in; the
 * second show in its list of units, or in the properties of the service (manager_reload() and
 * unit_write_setting() in systemd's core/). So all of these must be as they were:
 *
 * <ul>
 *   <li>the time at which the manager last loaded its units
 *   <li>the unit's line in the list of units, with a state of active: a unit at rest may be dropped
 *       and loaded anew at any time
 *   <li>its files
 *   <li>every property of its Service interface, the process among them
 * </ul>
 */
final class StandingSights {

  /** Fields of a line of ListUnits (org.freedesktop.systemd1(5)). */
  private static final int ACTIVE_STATE = 3;

  private final Map<UnitName, Sight> sights = new HashMap<>();
  private Map<UnitName, Raw> lines = Map.of();
  private String lastLoaded = "";

  /**
   * All that was seen.
   *
   * @param service the properties of the Service interface that were last found to be the same; of
   *     no use but to be recognized
   */
  private record Sight(
      String lastLoaded,
      Raw line,
      List<ObservedUnit.File> files,
      RawProperties properties,
      RawProperties service) {}

  /** A sweep begins; the manager said this right before it. */
  void begin(String nowLastLoaded, Map<UnitName, Raw> nowLines) {
    lastLoaded = nowLastLoaded;
    lines = nowLines;
    sights.keySet().retainAll(nowLines.keySet());
  }

  /** Whether nothing so far speaks against it. */
  boolean mayStand(UnitName unit) {
    Sight sight = sights.get(unit);
    return sight != null
        && sight.lastLoaded().equals(lastLoaded)
        && sight.line().equals(lines.get(unit));
  }

  /**
   * All properties of the unit, if they must still be the same.
   *
   * @param files its files now
   * @param service the properties of its Service interface now
   */
  Optional<RawProperties> confirm(
      UnitName unit, List<ObservedUnit.File> files, RawProperties service) {
    Sight sight = sights.get(unit);
    if (sight == null || !sight.files().equals(files) || !holds(sight, service)) {
      return Optional.empty();
    }
    sights.put(
        unit,
        new Sight(sight.lastLoaded(), sight.line(), sight.files(), sight.properties(), service));
    return Optional.of(sight.properties());
  }

  private static boolean holds(Sight sight, RawProperties service) {
    return !service.isEmpty()
        && (service == sight.service()
            || sight.properties().entrySet().containsAll(service.entrySet()));
  }

  /** The manager was asked for everything. */
  void keep(UnitName unit, List<ObservedUnit.File> files, RawProperties properties) {
    Raw line = lines.get(unit);
    if (line != null && !lastLoaded.isEmpty() && isActive(line)) {
      sights.put(unit, new Sight(lastLoaded, line, files, properties, RawProperties.NONE));
    } else {
      sights.remove(unit);
    }
  }

  private static boolean isActive(Raw line) {
    return line instanceof Raw.Tuple(List<Raw> fields)
        && fields.size() > ACTIVE_STATE
        && fields.get(ACTIVE_STATE).equals(new Raw.Str("active"));
  }

  /** These will be looked at outside a sweep, with no list of units to go by. */
  void forget(Collection<UnitName> units) {
    units.forEach(sights::remove);
    lines = Map.of();
  }
}
