package dev.sandbar.core.plan;

import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.MountUnit;
import dev.sandbar.core.model.FileSystem;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.plan.Subject.Setting.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The file systems that are mounted for an app: their units, and what the kernel has mounted there.
 * Whoever is root mounts and unmounts, and the unit of the app does not say so.
 */
final class MountsLayer {

  private static final String MOUNTED = "mounted";
  private static final String NOT_MOUNTED = "not mounted";

  private MountsLayer() {}

  /** What is mounted in the place of what is declared. */
  private record State(String declared, String observed) {}

  static void compare(CompiledApp desired, Observation seen, List<Difference> out) {
    for (MountUnit mount : desired.mounts()) {
      UnitName unit = mount.unit();
      ObservedUnit observed = seen.unit(unit);
      var found = new ArrayList<Difference>();
      FileLayer.compare(unit, mount.text(), observed, found);
      ManagerLayer.compareLoading(unit, observed, found);
      found.stream()
          .findFirst()
          .ifPresent(
              it ->
                  out.add(
                      differs(
                          desired, mount, Kind.MOUNT_UNIT, it.declared(), shown(it, observed))));
      ObservedUnit app = seen.unit(desired.unit());
      Optional<State> other =
          app.processes().isEmpty()
              ? down(desired, observed.loaded(), seen)
              : mounted(desired, mount, app.kernel());
      other.ifPresent(
          it -> out.add(differs(desired, mount, Kind.MOUNT, it.declared(), it.observed())));
    }
  }

  private static String shown(Difference found, ObservedUnit observed) {
    return found.subject() instanceof Subject.UnitFile(var path)
            && !path.equals(UnitFiles.own(observed.name()))
        ? found.observed() + " " + path
        : found.observed();
  }

  /**
   * systemd unmounts what no app needs, so it is no drift where the app waits for hardware, or for
   * its time.
   */
  private static Optional<State> down(CompiledApp desired, Loaded loaded, Observation seen) {
    if (StateLayer.isUp(loaded)
        || seen.plugged().keepsDown(desired)
        || !desired.timers().isEmpty()) {
      return Optional.empty();
    }
    boolean says = StateLayer.hasFailed(loaded) && !loaded.result().isEmpty();
    return Optional.of(
        new State(MOUNTED, NOT_MOUNTED + (says ? " (" + loaded.result() + ")" : "")));
  }

  private static Optional<State> mounted(CompiledApp desired, MountUnit mount, KernelFacts kernel) {
    if (kernel.deviceMounts().isEmpty() || kernel.mounts().isEmpty()) {
      return Optional.empty();
    }
    // A table that is read while something is mounted can have the old mount and the new one.
    List<KernelFacts.Mount> there =
        kernel.deviceMounts().stream()
            .filter(it -> it.point().equals(mount.place()))
            .distinct()
            .toList();
    if (there.isEmpty()) {
      return Optional.of(new State(MOUNTED, NOT_MOUNTED));
    }
    KernelFacts.Mount last = there.getLast();
    boolean covered = there.stream().anyMatch(it -> !it.device().equals(last.device()));
    boolean fits =
        !covered
            && isOfType(last.type(), mount.fileSystem().type())
            && isFrom(mount.fileSystem(), last, kernel)
            && mount.held().stream().allMatch(last::has);
    if (!fits) {
      return Optional.of(
          new State(shown(mount), (covered ? "mounted over by " : "") + shown(last)));
    }
    return desired.spec().permissions().requests().values().stream()
            .flatMap(request -> MountUnit.mounts(request.value()).stream())
            .filter(it -> it.source().equals(mount.fileSystem().name()))
            .anyMatch(it -> isElsewhere(it.mountPath(), last, kernel))
        ? Optional.of(new State("the same in the app", "the app has another than " + shown(last)))
        : Optional.empty();
  }

  /** The app still sees what was mounted when it started. */
  private static boolean isElsewhere(String path, KernelFacts.Mount there, KernelFacts kernel) {
    String real = kernel.places().getOrDefault(path, path);
    return kernel.mounts().stream()
        .filter(it -> it.point().equals(real))
        .anyMatch(it -> !it.device().equals(there.device()));
  }

  /** The kernel has its own words for some: nfs is nfs4. */
  private static boolean isOfType(String there, String declared) {
    return there.startsWith(declared);
  }

  private static boolean isFrom(FileSystem declared, KernelFacts.Mount there, KernelFacts kernel) {
    return there.source().equals(declared.what())
        || kernel
            .outside()
            .sources()
            .getOrDefault(there.device(), new TreeSet<>())
            .contains(declared.what());
  }

  private static String shown(MountUnit mount) {
    return "%s of type %s (%s)"
        .formatted(
            mount.fileSystem().what(), mount.fileSystem().type(), String.join(",", mount.held()));
  }

  private static String shown(KernelFacts.Mount there) {
    var options = new ArrayList<>(MountUnit.HARDENED);
    options.add("ro");
    options.add("rw");
    options.removeIf(it -> !there.has(it));
    return "%s of type %s (%s)"
        .formatted(
            SafeText.shown(there.source()),
            SafeText.shown(there.type()),
            String.join(",", options));
  }

  private static Difference differs(
      CompiledApp desired, MountUnit mount, Kind kind, String declared, String observed) {
    return new Difference(
        desired.unit(),
        new Subject.Setting(kind, mount.fileSystem().name(), mount.unit()),
        declared,
        observed);
  }
}
