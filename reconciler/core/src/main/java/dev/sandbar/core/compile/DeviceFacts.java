package dev.sandbar.core.compile;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What one device is and can do, found by asking its kernel and its systemd. The compiler compiles
 * against it; it can be saved and used on another machine.
 *
 * @param systemdVersion major version, for example 257
 * @param kernel release as uname(2) gives it
 * @param architecture systemd's name: {@code x86-64}, {@code arm64}, ...
 * @param features proven present
 * @param syscallGroups members of every group as this systemd expands it, names only, nested groups
 *     resolved; keys begin with {@code @}
 * @param knownSyscalls the system calls that this systemd accepts in a filter for its native
 *     architecture
 * @param labels from the device's own configuration
 * @param volumes named volumes of the device: name to absolute path
 */
public record DeviceFacts(
    int systemdVersion,
    String kernel,
    String architecture,
    SortedSet<Feature> features,
    SortedMap<String, SortedSet<String>> syscallGroups,
    SortedSet<String> knownSyscalls,
    SortedMap<String, String> labels,
    SortedMap<String, String> volumes) {

  public DeviceFacts {
    features = Collections.unmodifiableSortedSet(new TreeSet<>(features));
    var groups = new TreeMap<String, SortedSet<String>>();
    syscallGroups.forEach(
        (k, v) -> groups.put(k, Collections.unmodifiableSortedSet(new TreeSet<>(v))));
    syscallGroups = Collections.unmodifiableSortedMap(groups);
    knownSyscalls = Collections.unmodifiableSortedSet(new TreeSet<>(knownSyscalls));
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    volumes = Collections.unmodifiableSortedMap(new TreeMap<>(volumes));
  }

  /** Whether the feature was proven present. */
  public boolean has(Feature feature) {
    return features.contains(feature);
  }

  /** This, with the labels and volumes of the device's configuration. */
  public DeviceFacts configured(Map<String, String> newLabels, Map<String, String> newVolumes) {
    return new DeviceFacts(
        systemdVersion,
        kernel,
        architecture,
        features,
        syscallGroups,
        knownSyscalls,
        new TreeMap<>(newLabels),
        new TreeMap<>(newVolumes));
  }
}
