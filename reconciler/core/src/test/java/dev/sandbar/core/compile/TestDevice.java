package dev.sandbar.core.compile;

import dev.sandbar.core.property.Syscalls;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Devices that tests compile for. */
public final class TestDevice {

  private static final Syscalls SYSCALLS = ReferenceDevice.facts().syscalls();

  private TestDevice() {}

  /** A device that has everything. */
  public static DeviceFacts with(int systemdVersion) {
    return facts(systemdVersion, new TreeSet<>(Arrays.asList(Feature.values())));
  }

  /** A device on systemd 257 that lacks these. */
  public static DeviceFacts without(Feature... missing) {
    var features = new TreeSet<>(Arrays.asList(Feature.values()));
    features.removeAll(List.of(missing));
    return facts(257, features);
  }

  private static DeviceFacts facts(int systemdVersion, SortedSet<Feature> features) {
    return new DeviceFacts(
        systemdVersion,
        "6.12.0",
        "x86-64",
        features,
        SYSCALLS,
        new TreeMap<>(Map.of("site", "berlin")),
        new TreeMap<>(Map.of("media", "/srv/media", "config", "/srv/config files")));
  }
}
