package dev.sandbar.core.compile;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.model.UnitName;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The units that Sandbar itself needs on a device, whatever the apps: the slice they run in and
 * their target.
 */
public final class BaseUnits {

  private static final String SLICE_TEXT =
      """
      [Unit]
      Description=Apps run by Sandbar
      Before=slices.target

      [Slice]
      # What apps leave to the agent and to the device's own services.
      """;

  private static final String TARGET_TEXT =
      """
      [Unit]
      Description=All apps run by Sandbar
      # The device is up whether its apps are or not: a target waits for what it wants otherwise, and
      # an app that starts after a late service of the device would close a circle with it.
      DefaultDependencies=no
      Conflicts=shutdown.target
      Before=shutdown.target

      [Install]
      WantedBy=multi-user.target
      """;

  private BaseUnits() {}

  /** The directives of the slice that limit all apps together. */
  public static SortedSet<String> limits() {
    return new TreeSet<>(SliceLimits.DEFAULT.directives().keySet());
  }

  /** What of the limits on all apps together the device cannot hold: one warning for it all. */
  public static List<Diagnostic> lacks(DeviceFacts facts) {
    var names = new TreeSet<String>();
    var features = new TreeSet<Feature>();
    for (String name : limits()) {
      Feature.neededBy(name)
          .filter(feature -> !facts.has(feature))
          .ifPresent(
              feature -> {
                names.add(name);
                features.add(feature);
              });
    }
    if (names.isEmpty()) {
      return List.of();
    }
    return List.of(
        Diagnostic.warning(
            Problem.CANNOT_ENFORCE,
            Location.NOWHERE,
            "%s: this device cannot hold %s, so apps can take the device's own share: it lacks %s"
                .formatted(
                    UnitName.SLICE,
                    String.join(", ", names),
                    features.stream().map(Feature::title).collect(Collectors.joining(", "))),
            "turn the controllers on in cgroup v2 (kernel command line)"));
  }

  /** Exact text of each, by name. */
  public static SortedMap<UnitName, String> texts(SliceLimits limits) {
    var slice = new StringBuilder(UnitMark.ofBase() + SLICE_TEXT);
    limits
        .directives()
        .forEach((name, value) -> slice.append(name).append('=').append(value).append('\n'));
    var texts = new TreeMap<UnitName, String>();
    texts.put(UnitName.SLICE, slice.toString());
    texts.put(UnitName.TARGET, UnitMark.ofBase() + TARGET_TEXT);
    return Collections.unmodifiableSortedMap(texts);
  }
}
