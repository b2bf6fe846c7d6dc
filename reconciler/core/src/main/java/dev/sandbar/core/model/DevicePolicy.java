package dev.sandbar.core.model;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

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
 * @param dbus services on the system bus that apps may call though they change the device
 * @param tuning settings of the kernel that apps may ask for
 */
public record DevicePolicy(
    boolean openMode,
    boolean permissive,
    boolean unlimited,
    SortedSet<Permission> denied,
    Permission.Level maxLevel,
    SliceLimits limits,
    Adoptable adopt,
    ImagePolicy images,
    Openable raw,
    Reachable dbus,
    Tunable tuning) {

  /** Services of the device that apps may confine. */
  public sealed interface Adoptable {
    /** These alone. */
    record Only(SortedSet<UnitName> units) implements Adoptable {
      public Only {
        units = Collections.unmodifiableSortedSet(new TreeSet<>(units));
      }
    }

    /** Every one: the device itself has the last word. */
    record Any() implements Adoptable {}
  }

  /** Walls that apps may open by {@code raw}, and permissions of the level Dangerous. */
  public sealed interface Openable {
    /** Those of these directives, and permissions of these keys alone. */
    record Only(SortedSet<String> directives) implements Openable {
      public Only {
        directives = Collections.unmodifiableSortedSet(new TreeSet<>(directives));
      }
    }

    /** Every one that can be opened: the device itself has the last word. */
    record Any() implements Openable {}
  }

  /** Services on the system bus that apps may call although they are guarded. */
  public sealed interface Reachable {
    /** These alone. */
    record Only(SortedSet<BusName> names) implements Reachable {
      public Only {
        names = Collections.unmodifiableSortedSet(new TreeSet<>(names));
      }
    }

    /** Every one: the device itself has the last word. */
    record Any() implements Reachable {}
  }

  /** Settings of the kernel that apps may ask for. */
  public sealed interface Tunable {
    /**
     * Those of these patterns alone ({@link KernelSettings#matched}).
     *
     * @param patterns as the owner has written them
     */
    record Only(SortedSet<String> patterns) implements Tunable {
      public Only {
        patterns = Collections.unmodifiableSortedSet(new TreeSet<>(patterns));
      }
    }

    /** Every one that an app can ask for: the device itself has the last word. */
    record Any() implements Tunable {}
  }

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
          new Adoptable.Any(),
          ImagePolicy.NONE,
          new Openable.Any(),
          new Reachable.Any(),
          new Tunable.Any());

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
        new Adoptable.Only(Collections.emptySortedSet()),
        ImagePolicy.NONE,
        new Openable.Only(Collections.emptySortedSet()),
        new Reachable.Only(Collections.emptySortedSet()),
        new Tunable.Only(Collections.emptySortedSet()));
  }

  public DevicePolicy {
    denied = Collections.unmodifiableSortedSet(new TreeSet<>(denied));
  }

  /** This, where images need other signatures. */
  public DevicePolicy with(ImagePolicy others) {
    return new DevicePolicy(
        openMode,
        permissive,
        unlimited,
        denied,
        maxLevel,
        limits,
        adopt,
        others,
        raw,
        dbus,
        tuning);
  }

  /** This, where apps may confine other services. */
  public DevicePolicy with(Adoptable others) {
    return new DevicePolicy(
        openMode,
        permissive,
        unlimited,
        denied,
        maxLevel,
        limits,
        others,
        images,
        raw,
        dbus,
        tuning);
  }

  /** This, where apps may open other walls. */
  public DevicePolicy with(Openable others) {
    return new DevicePolicy(
        openMode,
        permissive,
        unlimited,
        denied,
        maxLevel,
        limits,
        adopt,
        images,
        others,
        dbus,
        tuning);
  }

  /** This, where apps may call other services. */
  public DevicePolicy with(Reachable others) {
    return new DevicePolicy(
        openMode,
        permissive,
        unlimited,
        denied,
        maxLevel,
        limits,
        adopt,
        images,
        raw,
        others,
        tuning);
  }

  /** This, where apps may ask for other settings of the kernel. */
  public DevicePolicy with(Tunable others) {
    return new DevicePolicy(
        openMode,
        permissive,
        unlimited,
        denied,
        maxLevel,
        limits,
        adopt,
        images,
        raw,
        dbus,
        others);
  }

  /** Whether the policy lists the setting of the kernel. */
  public boolean tunes(String setting) {
    return switch (tuning) {
      case Tunable.Any() -> true;
      case Tunable.Only(var patterns) ->
          patterns.stream().anyMatch(it -> KernelSettings.matched(it).contains(setting));
    };
  }

  /** Whether an app may call the service, which is guarded. */
  public boolean reaches(BusName name) {
    return switch (dbus) {
      case Reachable.Any() -> true;
      case Reachable.Only(var names) -> names.contains(name);
    };
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
    boolean allowed =
        switch (raw) {
          case Openable.Any() -> true;
          case Openable.Only(var directives) -> directives.contains(directive);
        };
    return allowed ? Optional.empty() : Optional.of("policy.raw does not list it");
  }

  /** Whether an app may confine the service of this name. */
  public boolean adopts(String unit) {
    return switch (adopt) {
      case Adoptable.Any() -> true;
      case Adoptable.Only(var units) -> units.stream().anyMatch(it -> it.value().equals(unit));
    };
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
}
