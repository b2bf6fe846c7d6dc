package dev.sandbar.core.bundle;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.model.AdoptionRules;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DevicePolicy.Adoptable;
import dev.sandbar.core.model.DevicePolicy.Openable;
import dev.sandbar.core.model.DevicePolicy.Reachable;
import dev.sandbar.core.model.DevicePolicy.Tunable;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImageScope;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Syscalls;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Facts of a device as a document, to be saved and used on another machine. */
public final class FactsNode {

  /** The document; what it does not say is as on most devices. */
  private record Saved(
      int systemdVersion,
      String kernel,
      String architecture,
      SortedSet<Feature> features,
      SortedMap<String, String> labels,
      SortedMap<String, String> volumes,
      @Nullable SortedMap<String, String> owners,
      SortedSet<String> resolvers,
      @Nullable String name,
      @Nullable Policy policy,
      @Nullable SortedMap<String, String> variables,
      @Nullable SortedMap<String, SortedSet<String>> hosts,
      SortedMap<String, SortedSet<String>> syscallGroups,
      SortedSet<String> knownSyscalls) {}

  private record Policy(
      String openMode,
      @Nullable String permissive,
      @Nullable String unenforcedLimits,
      SortedSet<Permission> deny,
      Permission.@Nullable Level maxLevel,
      @Nullable SliceLimits limits,
      @Nullable SortedSet<String> adopt,
      @Nullable Images images,
      @Nullable SortedSet<String> raw,
      @Nullable SortedSet<String> dbus,
      @Nullable SortedSet<String> kernelTuning) {}

  private record Images(List<Signer> signedBy, List<String> unsigned) {}

  private record Signer(String key, List<String> from) {}

  /** Everything that the compiler depends on. */
  private record Dependencies(
      int systemd,
      String architecture,
      SortedSet<Feature> features,
      SortedMap<String, String> volumes,
      SortedMap<String, String> owners,
      SortedSet<String> resolvers,
      SyscallTable systemCalls) {}

  private static final String ALLOW = "Allow";

  /** In the place of names, where no owner is known. */
  private static final String ANY = "*";

  private FactsNode() {}

  /** As a document. */
  public static Node toNode(DeviceFacts facts) {
    DevicePolicy policy = facts.policy();
    return NodeBinder.write(
        new Saved(
            facts.systemdVersion(),
            facts.kernel(),
            facts.architecture(),
            facts.features(),
            facts.labels(),
            facts.volumes(),
            ReportedFacts.texts(facts.owners()),
            facts.resolvers(),
            facts.name().isEmpty() ? null : facts.name(),
            new Policy(
                said(policy.openMode()),
                said(policy.permissive()),
                said(policy.unlimited()),
                policy.denied(),
                policy.maxLevel(),
                policy.limits().equals(SliceLimits.DEFAULT) ? null : policy.limits(),
                adoptable(policy),
                images(policy.images()),
                openable(policy),
                reachable(policy),
                tunable(policy)),
            facts.variables().isEmpty() ? null : facts.variables(),
            texts(facts.hosts()),
            facts.syscallGroups(),
            facts.knownSyscalls()));
  }

  /**
   * From a document. Features that this version of Sandbar does not know are left out.
   *
   * @throws IllegalArgumentException if it does not describe a device
   */
  public static DeviceFacts read(Node node) {
    Saved saved = NodeBinder.readLenient(Saved.class, node);
    if (saved.systemdVersion() <= 0
        || saved.systemdVersion() > ReportedFacts.MAX_SYSTEMD
        || saved.kernel().isEmpty()) {
      throw new IllegalArgumentException(
          "these are no facts of a device: systemdVersion or kernel is missing;"
              + " make them on the device with 'sandbar facts'");
    }
    var facts =
        new DeviceFacts(
                saved.systemdVersion(),
                saved.kernel(),
                saved.architecture(),
                saved.features(),
                new Syscalls(saved.syscallGroups(), saved.knownSyscalls()),
                saved.labels(),
                saved.volumes())
            .named(Objects.requireNonNullElse(saved.name(), ""))
            .giving(Objects.requireNonNullElse(saved.variables(), new TreeMap<>()))
            .with(hosts(saved.hosts()));
    Policy policy = saved.policy();
    if (policy != null) {
      facts =
          facts.with(
              new DevicePolicy(
                  allows(policy.openMode(), DevicePolicy.DEFAULT.openMode()),
                  allows(policy.permissive(), DevicePolicy.DEFAULT.permissive()),
                  allows(policy.unenforcedLimits(), DevicePolicy.DEFAULT.unlimited()),
                  policy.deny(),
                  Objects.requireNonNullElse(policy.maxLevel(), DevicePolicy.DEFAULT.maxLevel()),
                  Objects.requireNonNullElse(policy.limits(), SliceLimits.DEFAULT),
                  adoptable(policy.adopt()),
                  images(policy.images()),
                  openable(policy.raw()),
                  reachable(policy.dbus()),
                  tunable(policy.kernelTuning())));
    }
    return saved.owners() == null
        ? facts
        : facts.surrounded(ReportedFacts.readOwners(saved.owners()), saved.resolvers());
  }

  /** Null where nothing was resolved. */
  private static @Nullable SortedMap<String, SortedSet<String>> texts(HostAddresses known) {
    var texts = new TreeMap<String, SortedSet<String>>();
    known
        .hosts()
        .forEach(
            (name, host) ->
                texts.put(
                    name,
                    host.addresses().stream()
                        .map(Cidr::toString)
                        .collect(Collectors.toCollection(TreeSet::new))));
    return texts.isEmpty() ? null : texts;
  }

  private static HostAddresses hosts(@Nullable SortedMap<String, SortedSet<String>> texts) {
    var hosts = new TreeMap<String, HostAddresses.Host>();
    Objects.requireNonNullElse(texts, new TreeMap<String, SortedSet<String>>())
        .forEach(
            (name, addresses) ->
                hosts.put(
                    name,
                    new HostAddresses.Host(
                        addresses.stream()
                            .map(Cidr::parse)
                            .flatMap(Optional::stream)
                            .collect(Collectors.toCollection(TreeSet::new)),
                        new TreeSet<>())));
    return new HostAddresses(hosts);
  }

  /** Null where the policy lists none. */
  private static @Nullable SortedSet<String> adoptable(DevicePolicy policy) {
    return switch (policy.adopt()) {
      case Adoptable.Any() -> new TreeSet<>(Set.of(ANY));
      case Adoptable.Only(var units) when units.isEmpty() -> null;
      case Adoptable.Only(var units) ->
          units.stream().map(UnitName::value).collect(Collectors.toCollection(TreeSet::new));
    };
  }

  private static Adoptable adoptable(@Nullable SortedSet<String> names) {
    return names == null
        ? DevicePolicy.DEFAULT.adopt()
        : names.contains(ANY)
            ? new Adoptable.Any()
            : new Adoptable.Only(
                names.stream()
                    .filter(AdoptionRules::isAdoptable)
                    .map(UnitName::new)
                    .collect(Collectors.toCollection(TreeSet::new)));
  }

  private static @Nullable SortedSet<String> openable(DevicePolicy policy) {
    return switch (policy.raw()) {
      case Openable.Any() -> new TreeSet<>(Set.of(ANY));
      case Openable.Only(var directives) when directives.isEmpty() -> null;
      case Openable.Only(var directives) -> directives;
    };
  }

  private static Openable openable(@Nullable SortedSet<String> names) {
    return names == null
        ? DevicePolicy.DEFAULT.raw()
        : names.contains(ANY) ? new Openable.Any() : new Openable.Only(names);
  }

  /** Null where the policy lists none. */
  private static @Nullable SortedSet<String> reachable(DevicePolicy policy) {
    return switch (policy.dbus()) {
      case Reachable.Any() -> new TreeSet<>(Set.of(ANY));
      case Reachable.Only(var names) when names.isEmpty() -> null;
      case Reachable.Only(var names) ->
          names.stream().map(BusName::value).collect(Collectors.toCollection(TreeSet::new));
    };
  }

  private static Reachable reachable(@Nullable SortedSet<String> names) {
    return names == null
        ? DevicePolicy.DEFAULT.dbus()
        : names.contains(ANY)
            ? new Reachable.Any()
            : new Reachable.Only(
                names.stream()
                    .filter(BusName::isValid)
                    .map(BusName::new)
                    .collect(Collectors.toCollection(TreeSet::new)));
  }

  /** Null where the policy lists none. */
  private static @Nullable SortedSet<String> tunable(DevicePolicy policy) {
    return switch (policy.tuning()) {
      case Tunable.Any() -> new TreeSet<>(Set.of(ANY));
      case Tunable.Only(var patterns) when patterns.isEmpty() -> null;
      case Tunable.Only(var patterns) -> patterns;
    };
  }

  private static Tunable tunable(@Nullable SortedSet<String> patterns) {
    return patterns == null
        ? DevicePolicy.DEFAULT.tuning()
        : patterns.contains(ANY) ? new Tunable.Any() : new Tunable.Only(patterns);
  }

  /** Null where no signature is wanted. */
  private static @Nullable Images images(ImagePolicy policy) {
    return policy.signedBy().isEmpty()
        ? null
        : new Images(
            policy.signedBy().stream()
                .map(signer -> new Signer(signer.key(), texts(signer.from())))
                .toList(),
            texts(policy.unsigned()));
  }

  private static List<String> texts(List<ImageScope> scopes) {
    return scopes.stream().map(ImageScope::text).toList();
  }

  private static ImagePolicy images(@Nullable Images images) {
    return images == null
        ? ImagePolicy.NONE
        : new ImagePolicy(
            images.signedBy().stream()
                .map(signer -> new ImagePolicy.Signer(signer.key(), scopes(signer.from())))
                .toList(),
            scopes(images.unsigned()));
  }

  private static List<ImageScope> scopes(List<String> texts) {
    return texts.stream().map(ImageScope::new).toList();
  }

  private static String said(boolean allowed) {
    return allowed ? ALLOW : "Deny";
  }

  private static boolean allows(@Nullable String said, boolean otherwise) {
    return said == null ? otherwise : said.equals(ALLOW);
  }

  /**
   * Digest of everything that the compiler depends on. Names and labels are matched and put in
   * where the apps are declared, and no directive depends on the release of the kernel but by its
   * features: neither is part of it.
   */
  public static Sha256 digest(DeviceFacts facts) {
    return CanonicalText.digest(
        NodeBinder.write(
            new Dependencies(
                facts.systemdVersion(),
                facts.architecture(),
                facts.features(),
                facts.volumes(),
                ReportedFacts.texts(facts.owners()),
                facts.resolvers(),
                SyscallTable.of(facts))));
  }
}
