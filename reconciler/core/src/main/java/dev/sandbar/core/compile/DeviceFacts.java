package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Syscalls;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
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
 * @param syscalls that this systemd knows
 * @param labels from the device's own configuration
 * @param volumes named volumes of the device: name to absolute path
 * @param owners who may open what apps may be granted: of device nodes by path or by {@linkplain
 *     NodeNames#family family}, of volumes by path. Nothing is known of what is absent
 * @param resolvers addresses of the name servers that the device itself asks
 * @param name of the device; empty if it is no device in particular
 * @param policy what the device's owner lets apps ask for
 * @param variables values that the device's own configuration gives to variables that specs declare
 * @param hosts what the device has resolved for {@code internetTo}; nothing where no device is
 * @param services of the device on its system bus; nothing where no device is
 */
public record DeviceFacts(
    int systemdVersion,
    String kernel,
    String architecture,
    SortedSet<Feature> features,
    Syscalls syscalls,
    SortedMap<String, String> labels,
    SortedMap<String, String> volumes,
    SortedMap<String, Owner> owners,
    SortedSet<String> resolvers,
    String name,
    DevicePolicy policy,
    SortedMap<String, String> variables,
    HostAddresses hosts,
    BusServices services) {

  /** The stub of systemd-resolved. */
  public static final String STUB = "127.0.0.53";

  public DeviceFacts {
    features = Collections.unmodifiableSortedSet(new TreeSet<>(features));
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    volumes = Collections.unmodifiableSortedMap(new TreeMap<>(volumes));
    owners = Collections.unmodifiableSortedMap(new TreeMap<>(owners));
    resolvers = Collections.unmodifiableSortedSet(new TreeSet<>(resolvers));
    variables = Collections.unmodifiableSortedMap(new TreeMap<>(variables));
  }

  /** A device as most are: nodes belong to the usual groups, and systemd-resolved answers. */
  public DeviceFacts(
      int systemdVersion,
      String kernel,
      String architecture,
      SortedSet<Feature> features,
      Syscalls syscalls,
      SortedMap<String, String> labels,
      SortedMap<String, String> volumes) {
    this(
        systemdVersion,
        kernel,
        architecture,
        features,
        syscalls,
        labels,
        volumes,
        NodeNames.usualOwners(),
        new TreeSet<>(Set.of(STUB)),
        "",
        DevicePolicy.NONE,
        new TreeMap<>(),
        HostAddresses.NONE,
        BusServices.NONE);
  }

  /** One that has resolved nothing. */
  public DeviceFacts(
      int systemdVersion,
      String kernel,
      String architecture,
      SortedSet<Feature> features,
      Syscalls syscalls,
      SortedMap<String, String> labels,
      SortedMap<String, String> volumes,
      SortedMap<String, Owner> owners,
      SortedSet<String> resolvers,
      String name,
      DevicePolicy policy) {
    this(
        systemdVersion,
        kernel,
        architecture,
        features,
        syscalls,
        labels,
        volumes,
        owners,
        resolvers,
        name,
        policy,
        new TreeMap<>(),
        HostAddresses.NONE,
        BusServices.NONE);
  }

  /** Members of every group of system calls as this systemd expands it. */
  public SortedMap<String, SortedSet<String>> syscallGroups() {
    return syscalls.groups();
  }

  /** The system calls that this systemd accepts in a filter for its native architecture. */
  public SortedSet<String> knownSyscalls() {
    return syscalls.known();
  }

  /** Names of all system calls that any filter of this systemd may name. */
  public SortedSet<String> callNames() {
    var names = new TreeSet<>(knownSyscalls());
    syscallGroups().values().forEach(names::addAll);
    return names;
  }

  /** What bears on the lines of a unit. */
  public Effective.Context context(UnitName unit) {
    return new Effective.Context(systemdVersion, syscalls, architecture, unit.value());
  }

  /** Whether the feature was proven present. */
  public boolean has(Feature feature) {
    return features.contains(feature);
  }

  /** This, with the labels and volumes of the device's configuration. */
  public DeviceFacts configured(Map<String, String> newLabels, Map<String, String> newVolumes) {
    return copy(
        features,
        new TreeMap<>(newLabels),
        new TreeMap<>(newVolumes),
        owners,
        resolvers,
        name,
        policy);
  }

  /** This, with all that the device's owner says. */
  public DeviceFacts configured(DeviceSettings settings) {
    return configured(settings.labels(), settings.volumes())
        .with(settings.policy())
        .giving(settings.variables());
  }

  /** This, with other values of variables. */
  public DeviceFacts giving(SortedMap<String, String> values) {
    return new DeviceFacts(
        systemdVersion,
        kernel,
        architecture,
        features,
        syscalls,
        labels,
        volumes,
        owners,
        resolvers,
        name,
        policy,
        values,
        hosts,
        services);
  }

  /** This, under another policy. */
  public DeviceFacts with(DevicePolicy other) {
    return copy(features, labels, volumes, owners, resolvers, name, other);
  }

  /** This, of the device with this name. */
  public DeviceFacts named(String newName) {
    return copy(features, labels, volumes, owners, resolvers, newName, policy);
  }

  /** This, with a feature or without it. */
  public DeviceFacts with(Feature feature, boolean present) {
    var others = new TreeSet<>(features);
    if (present) {
      others.add(feature);
    } else {
      others.remove(feature);
    }
    return copy(others, labels, volumes, owners, resolvers, name, policy);
  }

  /** This, with what changes while a device runs: its nodes, directories and name servers. */
  public DeviceFacts surrounded(
      SortedMap<String, Owner> newOwners, SortedSet<String> newResolvers) {
    return copy(features, labels, volumes, newOwners, newResolvers, name, policy);
  }

  /** This, with other system calls. */
  DeviceFacts with(Syscalls others) {
    return new DeviceFacts(
        systemdVersion,
        kernel,
        architecture,
        features,
        others,
        labels,
        volumes,
        owners,
        resolvers,
        name,
        policy,
        variables,
        hosts,
        services);
  }

  /** This, with other addresses of hosts. */
  public DeviceFacts with(HostAddresses others) {
    return new DeviceFacts(
        systemdVersion,
        kernel,
        architecture,
        features,
        syscalls,
        labels,
        volumes,
        owners,
        resolvers,
        name,
        policy,
        variables,
        others,
        services);
  }

  /** This, with other services on the system bus. */
  public DeviceFacts with(BusServices others) {
    return new DeviceFacts(
        systemdVersion,
        kernel,
        architecture,
        features,
        syscalls,
        labels,
        volumes,
        owners,
        resolvers,
        name,
        policy,
        variables,
        hosts,
        others);
  }

  private DeviceFacts copy(
      SortedSet<Feature> newFeatures,
      SortedMap<String, String> newLabels,
      SortedMap<String, String> newVolumes,
      SortedMap<String, Owner> newOwners,
      SortedSet<String> newResolvers,
      String newName,
      DevicePolicy newPolicy) {
    return new DeviceFacts(
        systemdVersion,
        kernel,
        architecture,
        newFeatures,
        syscalls,
        newLabels,
        newVolumes,
        newOwners,
        newResolvers,
        newName,
        newPolicy,
        variables,
        hosts,
        services);
  }
}
