package dev.sandbar.core.plan;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Effective.Setting;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything that was seen of a device's apps at one moment; can be saved and planned against
 * elsewhere.
 *
 * @param units the apps' services, and every slice above them
 * @param images those of the image store whose content was verified, by digest in hexadecimal
 * @param files name in the stores of apps' files and secrets to whether the file is what its name
 *     says, or what was written
 * @param managerVariables names of the variables that the manager gives to every service
 * @param services what services of the device say themselves that apps confine, in the order in
 *     which systemd reads it, without the drop-ins of the apps; one whose files cannot all be read
 *     is absent
 * @param plugged hardware that apps name
 */
public record Observation(
    SortedMap<UnitName, ObservedUnit> units,
    SortedMap<String, StoredImage> images,
    SortedMap<String, Boolean> files,
    SortedSet<String> managerVariables,
    SortedMap<UnitName, List<Setting>> services,
    PluggedHardware plugged) {

  /** A device on which nothing of ours was found. */
  public static final Observation NOTHING = new Observation(new TreeMap<>(), new TreeMap<>());

  public Observation {
    units = Collections.unmodifiableSortedMap(new TreeMap<>(units));
    images = Collections.unmodifiableSortedMap(new TreeMap<>(images));
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    managerVariables = Collections.unmodifiableSortedSet(new TreeSet<>(managerVariables));
    var copies = new TreeMap<UnitName, List<Setting>>();
    services.forEach((unit, settings) -> copies.put(unit, List.copyOf(settings)));
    services = Collections.unmodifiableSortedMap(copies);
  }

  /** One of a device without hardware that apps name. */
  public Observation(
      SortedMap<UnitName, ObservedUnit> units,
      SortedMap<String, StoredImage> images,
      SortedMap<String, Boolean> files,
      SortedSet<String> managerVariables,
      SortedMap<UnitName, List<Setting>> services) {
    this(units, images, files, managerVariables, services, PluggedHardware.NONE);
  }

  /** One of a device of which no app confines a service. */
  public Observation(
      SortedMap<UnitName, ObservedUnit> units,
      SortedMap<String, StoredImage> images,
      SortedMap<String, Boolean> files,
      SortedSet<String> managerVariables) {
    this(units, images, files, managerVariables, new TreeMap<>());
  }

  /** One of a device that stores no files, and whose manager gives services nothing. */
  public Observation(
      SortedMap<UnitName, ObservedUnit> units, SortedMap<String, StoredImage> images) {
    this(units, images, new TreeMap<>(), new TreeSet<>());
  }

  /** This, with other hardware. */
  public Observation with(PluggedHardware other) {
    return new Observation(units, images, files, managerVariables, services, other);
  }

  /** This, and what was seen earlier of units that it says nothing of. */
  public Observation over(SortedMap<UnitName, ObservedUnit> earlier) {
    var all = new TreeMap<>(earlier);
    all.putAll(units);
    return new Observation(all, images, files, managerVariables, services, plugged);
  }

  /** What was seen of a unit: {@link ObservedUnit#absent} if it is not in here. */
  public ObservedUnit unit(UnitName unit) {
    return Objects.requireNonNullElseGet(units.get(unit), () -> ObservedUnit.absent(unit));
  }
}
