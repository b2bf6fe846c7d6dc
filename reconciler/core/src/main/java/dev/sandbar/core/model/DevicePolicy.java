package dev.sandbar.core.model;

import java.util.Arrays;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The owner's last word: what an app may request at all, whoever declares it, and what all apps
 * together may use.
 *
 * @param openMode whether {@code mode: Open} is allowed
 * @param permissive whether {@code enforcement: Permissive} is allowed
 * @param unlimited whether an app runs without a resource limit that the device cannot hold
 * @param denied permissions that no app gets
 * @param maxLevel permissions above this level are denied too
 * @param limits of all apps together
 * @param adopt services of the device that apps may confine ({@code run.unit})
 * @param images whose signature the images of apps need
 * @param raw walls that apps may open by {@code raw}, and permissions of the level Dangerous that
 *     they may have
 * @param dbus services on the system bus that apps may call
 * @param tuning settings of the kernel that apps may ask for
 * @param logs services whose journal apps may read
 * @param modules of the kernel that apps may ask for
 * @param mounts file systems that are mounted for apps: those among the volumes of the device
 * @param hardware that apps may ask for though nobody can say whether it is of a denied kind
 */
public record DevicePolicy(
    boolean openMode,
    boolean permissive,
    boolean unlimited,
    SortedSet<Permission> denied,
    Permission.Level maxLevel,
    SliceLimits limits,
    Listed<UnitName> adopt,
    ImagePolicy images,
    Listed<String> raw,
    Listed<BusName> dbus,
    Listed<String> tuning,
    Listed<UnitName> logs,
    Listed<ModuleName> modules,
    Listed<FileSystem> mounts,
    ListedHardware hardware) {

  /** What holds on a device whose owner says nothing. */
  public static final DevicePolicy DEFAULT =
      new DevicePolicy(
          false,
          false,
          true,
          Collections.emptySortedSet(),
          Permission.Level.DANGEROUS,
          SliceLimits.DEFAULT);

  /** Where no owner is known, as at the compilation for a reference device. */
  public static final DevicePolicy NONE =
      new DevicePolicy(
          true,
          true,
          true,
          Collections.emptySortedSet(),
          Permission.Level.DANGEROUS,
          SliceLimits.DEFAULT,
          new Listed.Any<>(),
          ImagePolicy.NONE,
          new Listed.Any<>(),
          new Listed.Any<>(),
          new Listed.Any<>(),
          new Listed.Any<>(),
          new Listed.Any<>(),
          new Listed.Any<>(),
          ListedHardware.NONE);

  /** One that lets no app confine a service of the device, or open a wall. */
  public DevicePolicy(
      boolean openMode,
      boolean permissive,
      boolean unlimited,
      SortedSet<Permission> denied,
      Permission.Level maxLevel,
      SliceLimits limits) {
    this(
        openMode,
        permissive,
        unlimited,
        denied,
        maxLevel,
        limits,
        Listed.none(),
        ImagePolicy.NONE,
        Listed.none(),
        Listed.none(),
        Listed.none(),
        Listed.none(),
        Listed.none(),
        Listed.none(),
        ListedHardware.NONE);
  }

  public DevicePolicy {
    denied = Collections.unmodifiableSortedSet(new TreeSet<>(denied));
  }

  /** This, where images need other signatures. */
  public DevicePolicy with(ImagePolicy others) {
    return changed(it -> it.images = others);
  }

  /** This, where apps may confine other services. */
  public DevicePolicy withAdopt(Listed<UnitName> others) {
    return changed(it -> it.adopt = others);
  }

  /** This, where apps may open other walls. */
  public DevicePolicy withRaw(Listed<String> others) {
    return changed(it -> it.raw = others);
  }

  /** This, where apps may call other services. */
  public DevicePolicy withDbus(Listed<BusName> others) {
    return changed(it -> it.dbus = others);
  }

  /** This, where apps may ask for other settings of the kernel. */
  public DevicePolicy withTuning(Listed<String> others) {
    return changed(it -> it.tuning = others);
  }

  /** This, where apps may read the journal of other services. */
  public DevicePolicy withLogs(Listed<UnitName> others) {
    return changed(it -> it.logs = others);
  }

  /** This, where apps may ask for other modules of the kernel. */
  public DevicePolicy withModules(Listed<ModuleName> others) {
    return changed(it -> it.modules = others);
  }

  /** This, where other file systems are mounted for apps. */
  public DevicePolicy withMounts(Listed<FileSystem> others) {
    return changed(it -> it.mounts = others);
  }

  /** This, where apps may ask for other hardware that can be of any kind. */
  public DevicePolicy with(ListedHardware others) {
    return changed(it -> it.hardware = others);
  }

  /** The file system of this name that is mounted for apps; empty where no owner is known. */
  public Optional<FileSystem> mount(String name) {
    return switch (mounts) {
      case Listed.Any<FileSystem>() -> Optional.empty();
      case Listed.Only<FileSystem>(var all) ->
          all.stream().filter(it -> it.name().equals(name)).findFirst();
    };
  }

  /**
   * Whether apps may ask for what has this name.
   *
   * @param permission one of {@link AskedNames#PERMISSIONS}
   */
  public boolean lists(Permission permission, String name) {
    if (permission == Permission.KERNEL_TUNING) {
      return tuning.has(it -> KernelSettings.matched(it).contains(name));
    }
    if (permission == Permission.MOUNTS) {
      return mounts.has(it -> it.name().equals(name));
    }
    if (permission == Permission.DBUS) {
      return dbus.has(it -> it.value().equals(name));
    }
    return permission == Permission.KERNEL_MODULES
        ? modules.has(it -> it.value().equals(name))
        : permission == Permission.READ_LOGS && logs.has(it -> it.value().equals(name));
  }

  /** Whether an app may confine the service of this name. */
  public boolean adopts(String unit) {
    return adopt.has(it -> it.value().equals(unit));
  }

  /**
   * Why no app opens the wall of this directive, or has the permission of this key and the level
   * Dangerous; empty if one may.
   */
  public Optional<String> objectionToRaw(String directive) {
    if (maxLevel.compareTo(Permission.Level.DANGEROUS) < 0) {
      return Optional.of(
          "its level is %s, and policy.maxLevel is %s"
              .formatted(Permission.Level.DANGEROUS.text(), maxLevel.text()));
    }
    return raw.has(directive::equals)
        ? Optional.empty()
        : Optional.of("policy.raw does not list it");
  }

  /** Whether there is a permission that no app gets. */
  public boolean deniesPermissions() {
    return Arrays.stream(Permission.values()).anyMatch(it -> objection(it).isPresent());
  }

  /** Whether there is anything that an app could ask for and not get. */
  public boolean deniesAnything() {
    boolean everyName =
        Stream.of(adopt, raw, dbus, tuning, logs, modules, mounts)
            .allMatch(listed -> listed instanceof Listed.Any<?>);
    return !(openMode && permissive && unlimited && everyName && images.signedBy().isEmpty())
        || deniesPermissions();
  }

  /** Why no app gets the permission; empty if one may. */
  public Optional<String> objection(Permission permission) {
    if (denied.contains(permission)) {
      return Optional.of("policy.permissions.deny names it");
    }
    return permission.level().compareTo(maxLevel) > 0
        ? Optional.of(
            "its level is %s, and policy.maxLevel is %s"
                .formatted(permission.level().text(), maxLevel.text()))
        : Optional.empty();
  }

  private DevicePolicy changed(Consumer<Draft> change) {
    var draft = new Draft(this);
    change.accept(draft);
    return draft.policy();
  }

  /** The same components, one of which changes: named once here instead of in each copy. */
  private static final class Draft {
    private final DevicePolicy of;
    private Listed<UnitName> adopt;
    private ImagePolicy images;
    private Listed<String> raw;
    private Listed<BusName> dbus;
    private Listed<String> tuning;
    private Listed<UnitName> logs;
    private Listed<ModuleName> modules;
    private Listed<FileSystem> mounts;
    private ListedHardware hardware;

    Draft(DevicePolicy of) {
      this.of = of;
      adopt = of.adopt;
      images = of.images;
      raw = of.raw;
      dbus = of.dbus;
      tuning = of.tuning;
      logs = of.logs;
      modules = of.modules;
      mounts = of.mounts;
      hardware = of.hardware;
    }

    DevicePolicy policy() {
      return new DevicePolicy(
          of.openMode,
          of.permissive,
          of.unlimited,
          of.denied,
          of.maxLevel,
          of.limits,
          adopt,
          images,
          raw,
          dbus,
          tuning,
          logs,
          modules,
          mounts,
          hardware);
    }
  }
}
