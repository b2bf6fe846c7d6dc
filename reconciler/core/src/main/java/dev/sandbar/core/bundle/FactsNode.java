package dev.sandbar.core.bundle;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.model.AdoptionRules;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.FileSystem;
import dev.sandbar.core.model.ImagePolicy;
import dev.sandbar.core.model.ImageScope;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.ListedHardware;
import dev.sandbar.core.model.LogUnits;
import dev.sandbar.core.model.ModuleName;
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
import java.util.function.Function;
import java.util.function.Predicate;
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
      @Nullable SortedSet<String> kernelTuning,
      @Nullable SortedSet<String> readLogs,
      @Nullable SortedSet<String> kernelModules,
      @Nullable SortedMap<String, Mounted> mounts,
      @Nullable SortedSet<String> usb,
      @Nullable SortedSet<String> devices) {}

  private record Mounted(
      String what, String type, List<String> options, boolean readOnly, @Nullable String group) {}

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
                texts(policy.adopt(), UnitName::value),
                images(policy.images()),
                texts(policy.raw(), it -> it),
                texts(policy.dbus(), BusName::value),
                texts(policy.tuning(), it -> it),
                texts(policy.logs(), UnitName::value),
                texts(policy.modules(), ModuleName::value),
                mounts(policy.mounts()),
                orNull(policy.hardware().usb()),
                orNull(policy.hardware().devices())),
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
                  listed(policy.adopt(), AdoptionRules::isAdoptable, UnitName::new),
                  images(policy.images()),
                  listed(policy.raw(), _ -> true, it -> it),
                  listed(policy.dbus(), BusName::isValid, BusName::new),
                  listed(policy.kernelTuning(), _ -> true, it -> it),
                  listed(policy.readLogs(), LogUnits::isValid, UnitName::new),
                  listed(policy.kernelModules(), ModuleName::isValid, ModuleName::new),
                  mounts(policy.mounts()),
                  new ListedHardware(
                      Objects.requireNonNullElseGet(policy.usb(), TreeSet::new),
                      Objects.requireNonNullElseGet(policy.devices(), TreeSet::new))));
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

  private static @Nullable SortedSet<String> orNull(SortedSet<String> texts) {
    return texts.isEmpty() ? null : texts;
  }

  /** Null where the policy lists none. */
  private static <T> @Nullable SortedSet<String> texts(Listed<T> listed, Function<T, String> text) {
    return switch (listed) {
      case Listed.Any<T>() -> new TreeSet<>(Set.of(ANY));
      case Listed.Only<T>(var all) when all.isEmpty() -> null;
      case Listed.Only<T>(var all) ->
          all.stream().map(text).collect(Collectors.toCollection(TreeSet::new));
    };
  }

  /** What is no name of that kind is left out: others wrote it. */
  private static <T> Listed<T> listed(
      @Nullable SortedSet<String> texts, Predicate<String> valid, Function<String, T> name) {
    if (texts == null) {
      return Listed.none();
    }
    return texts.contains(ANY)
        ? new Listed.Any<>()
        : new Listed.Only<>(
            texts.stream().filter(valid).map(name).collect(Collectors.toCollection(TreeSet::new)));
  }

  /** Null where there are none. */
  private static @Nullable SortedMap<String, Mounted> mounts(Listed<FileSystem> listed) {
    var mounts = new TreeMap<String, Mounted>();
    switch (listed) {
      case Listed.Any<FileSystem>() -> mounts.put(ANY, new Mounted("", "", List.of(), false, null));
      case Listed.Only<FileSystem>(var all) ->
          all.forEach(
              it ->
                  mounts.put(
                      it.name(),
                      new Mounted(
                          it.what(),
                          it.type(),
                          it.options(),
                          it.readOnly(),
                          it.group().isEmpty() ? null : it.group())));
    }
    return mounts.isEmpty() ? null : mounts;
  }

  private static Listed<FileSystem> mounts(@Nullable SortedMap<String, Mounted> saved) {
    if (saved == null) {
      return Listed.none();
    }
    if (saved.containsKey(ANY)) {
      return new Listed.Any<>();
    }
    var all = new TreeSet<FileSystem>();
    saved.forEach(
        (name, it) ->
            all.add(
                new FileSystem(
                    name,
                    it.what(),
                    it.type(),
                    it.options(),
                    it.readOnly(),
                    Objects.requireNonNullElse(it.group(), ""))));
    return new Listed.Only<>(all);
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
