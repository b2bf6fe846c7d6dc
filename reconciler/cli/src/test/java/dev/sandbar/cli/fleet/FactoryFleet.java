package dev.sandbar.cli.fleet;

import dev.sandbar.crds.v1alpha1.AppSandbox;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceBundle;
import dev.sandbar.crds.v1alpha1.GitSource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/** The fleet of {@code src/test/resources/fleet/factory.yaml}: one of each that can go wrong. */
final class FactoryFleet {
  static final Path FILE = Path.of("src/test/resources/fleet/factory.yaml");
  static final Instant NOON = Instant.parse("2026-02-01T12:00:00Z");

  private FactoryFleet() {}

  /** As it is at noon. */
  static FleetSnapshot snapshot() {
    return snapshot(Duration.ofSeconds(2));
  }

  /** As it is at noon when the operator was last heard this long ago. */
  static FleetSnapshot snapshot(Duration operatorHeard) {
    var apps = new ArrayList<AppState>();
    var sources = new ArrayList<FleetSource>();
    var devices = new ArrayList<Device>();
    var bundles = new HashMap<String, DeviceBundle>();
    for (String document : documents()) {
      switch (kind(document)) {
        case "AppSandbox" -> apps.add(Fetch.state(read(document, AppSandbox.class)));
        case "GitSource" -> sources.add(Fetch.state(read(document, GitSource.class)));
        case "Device" -> devices.add(read(document, Device.class));
        default -> {
          DeviceBundle bundle = read(document, DeviceBundle.class);
          bundles.put(bundle.getMetadata().getName(), bundle);
        }
      }
    }
    return new FleetSnapshot(
        false,
        false,
        apps,
        devices.stream()
            .map(device -> Fetch.state(device, bundles.get(device.getMetadata().getName())))
            .toList(),
        sources,
        operatorHeard,
        NOON);
  }

  /** The objects, each as YAML. */
  static List<String> documents() {
    try {
      return List.of(Files.readString(FILE).split("(?m)^---$", -1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String kind(String document) {
    return document
        .lines()
        .filter(line -> line.startsWith("kind: "))
        .findFirst()
        .orElseThrow()
        .substring("kind: ".length());
  }

  private static <T> T read(String document, Class<T> kind) {
    return Serialization.unmarshal(document, kind);
  }
}
