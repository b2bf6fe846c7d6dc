package dev.sandbar.cli.fleet;

import dev.sandbar.core.model.AdoptionRules;
import dev.sandbar.core.model.Selector;
import dev.sandbar.core.model.SelectorReader;
import dev.sandbar.crds.v1alpha1.AppSandbox;
import dev.sandbar.crds.v1alpha1.AppSandboxStatus;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceBundle;
import dev.sandbar.crds.v1alpha1.DeviceBundleSpec;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import dev.sandbar.crds.v1alpha1.DeviceStatus;
import dev.sandbar.crds.v1alpha1.GitSource;
import dev.sandbar.crds.v1alpha1.GitSourceSpec;
import dev.sandbar.crds.v1alpha1.GitSourceStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes snapshots from what the API server has. */
final class Fetch {
  static final String SOURCE_LABEL = "sandbar.dev/source";
  static final String REVISION_ANNOTATION = "sandbar.dev/revision";

  private static final String OPERATOR_LEASE = "sandbar-operator";
  private static final AppSandboxStatus NO_APP_STATUS =
      new AppSandboxStatus(null, List.of(), null, List.of(), null);
  private static final DeviceSpec NO_DEVICE_SPEC =
      new DeviceSpec(null, null, null, null, null, null);
  private static final DeviceStatus NO_DEVICE_STATUS =
      new DeviceStatus(null, null, List.of(), null, List.of(), null, null);
  private static final GitSourceSpec NO_SOURCE_SPEC =
      new GitSourceSpec("", null, null, null, null, null, null, null, null, null, null);
  private static final GitSourceStatus NO_SOURCE_STATUS =
      new GitSourceStatus(null, List.of(), null, null, null, List.of(), List.of());

  private final FleetConnection connection;

  Fetch(FleetConnection connection) {
    this.connection = connection;
  }

  /** What a snapshot needs to hold. */
  enum Parts {
    /** Apps, devices and sources, as the operator sums them up. */
    SUMMARY,
    /** Apps, and devices with their bundles: what each reports of each app. */
    BUNDLES
  }

  /**
   * The fleet now.
   *
   * @param selector of labels of devices; may be empty
   */
  FleetSnapshot snapshot(Parts parts, String selector) {
    var apps = new ArrayList<AppState>();
    var sources = new ArrayList<FleetSource>();
    var devices = new ArrayList<FleetDevice>();
    var bundles = new HashMap<String, DeviceBundle>();
    connection.each(Device.class, selector, device -> devices.add(state(device, null)));
    connection.each(AppSandbox.class, "", app -> apps.add(state(app)));
    switch (parts) {
      case SUMMARY -> sources(sources);
      case BUNDLES -> {
        connection.each(
            DeviceBundle.class, "", bundle -> bundles.put(key(bundle), trimmed(bundle)));
        devices.replaceAll(device -> with(device, bundles.get(key(device))));
      }
    }
    return new FleetSnapshot(
        false, connection.everywhere(), apps, devices, sources, operatorHeard(), Instant.now());
  }

  /** The same with the bundles of its devices, each fetched by name. */
  FleetSnapshot withBundles(FleetSnapshot few) {
    return few.with(
        few.devices().stream()
            .map(
                device ->
                    with(
                        device,
                        connection
                            .find(DeviceBundle.class, device.namespace(), device.name())
                            .orElse(null)))
            .toList());
  }

  /** Who may see devices need not see where they come from. */
  private void sources(List<FleetSource> sources) {
    try {
      connection.each(GitSource.class, "", source -> sources.add(state(source)));
    } catch (FleetException _) {
      sources.clear();
    }
  }

  /** One device of the namespace with its bundle. */
  FleetDevice device(String name) {
    Device device = connection.get(Device.class, name);
    return state(device, connection.find(DeviceBundle.class, name).orElse(null));
  }

  static AppState state(AppSandbox app) {
    var metadata = app.getMetadata();
    return new AppState(
        metadata.getNamespace(),
        metadata.getName(),
        generation(app),
        selector(app),
        entry(metadata.getAnnotations(), REVISION_ANNOTATION),
        entry(metadata.getLabels(), SOURCE_LABEL),
        Optional.ofNullable(app.getSpec())
            .flatMap(it -> Optional.ofNullable(it.run()))
            .flatMap(it -> Optional.ofNullable(it.unit()))
            .filter(AdoptionRules::isAdoptable)
            .orElse(""),
        Optional.ofNullable(app.getSpec())
            .filter(it -> Boolean.TRUE.equals(it.suspend()))
            .isPresent(),
        Objects.requireNonNullElse(app.getStatus(), NO_APP_STATUS));
  }

  /** As the operator reads it, which takes one that is wrong for none. */
  private static Selector selector(AppSandbox app) {
    return Optional.ofNullable(app.getSpec())
        .flatMap(spec -> Optional.ofNullable(spec.devices()))
        .map(Serialization::asJson)
        .flatMap(Declarations::node)
        .flatMap(SelectorReader::alone)
        .orElse(Selector.EVERYTHING);
  }

  static FleetSource state(GitSource source) {
    return new FleetSource(
        source.getMetadata().getNamespace(),
        source.getMetadata().getName(),
        Objects.requireNonNullElse(source.getSpec(), NO_SOURCE_SPEC),
        Objects.requireNonNullElse(source.getStatus(), NO_SOURCE_STATUS));
  }

  static FleetDevice state(Device device, @Nullable DeviceBundle bundle) {
    var metadata = device.getMetadata();
    var bare =
        new FleetDevice(
            metadata.getNamespace(),
            metadata.getName(),
            Objects.requireNonNullElse(metadata.getLabels(), Map.of()),
            Objects.requireNonNullElse(device.getSpec(), NO_DEVICE_SPEC),
            withoutTables(Objects.requireNonNullElse(device.getStatus(), NO_DEVICE_STATUS)),
            0,
            Map.of(),
            FleetDevice.NO_REPORT);
    return with(bare, bundle);
  }

  private static FleetDevice with(FleetDevice device, @Nullable DeviceBundle bundle) {
    if (bundle == null) {
      return device;
    }
    return new FleetDevice(
        device.namespace(),
        device.name(),
        device.labels(),
        device.spec(),
        device.status(),
        generation(bundle),
        Optional.ofNullable(bundle.getSpec()).map(DeviceBundleSpec::apps).orElse(Map.of()),
        Objects.requireNonNullElse(bundle.getStatus(), FleetDevice.NO_REPORT));
  }

  /** The tables are most of a device, and nobody looks at them here. */
  private static DeviceStatus withoutTables(DeviceStatus status) {
    return new DeviceStatus(
        Optional.ofNullable(status.facts()).map(Fetch::withoutTables).orElse(null),
        status.observedGeneration(),
        status.conditions(),
        status.apps(),
        status.cannotEnforce(),
        status.lastSeen(),
        null);
  }

  private static DeviceStatus.Facts withoutTables(DeviceStatus.Facts facts) {
    return new DeviceStatus.Facts(
        facts.systemd(),
        facts.kernel(),
        facts.architecture(),
        facts.features(),
        facts.volumes(),
        "",
        facts.digest(),
        facts.agent(),
        facts.owners(),
        facts.resolvers(),
        facts.recipient());
  }

  private static DeviceBundle trimmed(DeviceBundle bundle) {
    bundle.getMetadata().setManagedFields(List.of());
    return bundle;
  }

  /**
   * How long ago an operator last renewed its leadership; negative if that cannot be known: one
   * that runs alone keeps no record.
   */
  Duration operatorHeard() {
    var newest = new ArrayList<Instant>();
    try {
      connection
          .client()
          .leases()
          .inAnyNamespace()
          .withField("metadata.name", OPERATOR_LEASE)
          .list()
          .getItems()
          .forEach(lease -> renewed(lease, newest));
    } catch (KubernetesClientException _) {
      return Duration.ofSeconds(-1);
    }
    return newest.stream()
        .max(Instant::compareTo)
        .map(time -> Duration.between(time, Instant.now()))
        .map(age -> age.isNegative() ? Duration.ZERO : age)
        .orElse(Duration.ofSeconds(-1));
  }

  private static void renewed(Lease lease, List<Instant> times) {
    Optional.ofNullable(lease.getSpec())
        .map(LeaseSpec::getRenewTime)
        .ifPresent(time -> times.add(time.toInstant()));
  }

  static long generation(HasMetadata object) {
    return Objects.requireNonNullElse(object.getMetadata().getGeneration(), 0L);
  }

  private static String entry(@Nullable Map<String, String> map, String key) {
    return Objects.requireNonNullElse(map, Map.<String, String>of()).getOrDefault(key, "");
  }

  private static String key(HasMetadata object) {
    return object.getMetadata().getNamespace() + "/" + object.getMetadata().getName();
  }

  private static String key(FleetDevice device) {
    return device.namespace() + "/" + device.name();
  }
}
