package dev.sandbar.core.plan;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.File;
import java.util.List;
import java.util.Optional;

/** Where unit files are located (systemd.unit(5), Unit File Load Path). */
public final class UnitFiles {

  /** Where Sandbar writes its units, so that they come back after a power cut. */
  public static final String DIRECTORY = "/etc/systemd/system";

  /** Our drop-in of a service of the device; by its name it is the last to be applied. */
  public static final String DROP_IN = "zz-sandbar.conf";

  /** Drop-ins of the operating system itself for all services; what they do is seen elsewhere. */
  private static final List<String> TOLERATED =
      List.of("/usr/lib/systemd/system/service.d/", "/lib/systemd/system/service.d/");

  /** Below these a file can be taken away; the others belong to the operating system's packages. */
  private static final List<String> REMOVABLE =
      List.of(
          "/etc/systemd/system/",
          "/etc/systemd/system.control/",
          "/etc/systemd/system.attached/",
          "/run/systemd/system/",
          "/run/systemd/system.control/",
          "/run/systemd/system.attached/",
          "/run/systemd/transient/");

  /** How the names of directories end by whose entries units start each other. */
  public static final List<String> DEPENDENCIES = List.of(".wants", ".requires", ".upholds");

  /** How the digest of a link begins; what it leads to follows. */
  static final String LINK = "link:";

  static final String MASK = LINK + "/dev/null";

  private UnitFiles() {}

  /**
   * The path of our file of a unit: the unit itself, or a drop-in beside the unit of a service that
   * the device has.
   */
  public static String own(UnitName unit) {
    return DIRECTORY + "/" + (isAdopted(unit) ? unit + ".d/" + DROP_IN : unit.value());
  }

  /** Whether it is a service of the device: those that Sandbar writes have names of their own. */
  public static boolean isAdopted(UnitName unit) {
    return unit.isService() && unit.ownApp().isEmpty();
  }

  static boolean isTolerated(String path) {
    return TOLERATED.stream().anyMatch((path + "/")::startsWith);
  }

  /** Whether the file changes nothing but units of ours and may be removed. */
  public static boolean isRemovable(UnitName unit, File file) {
    String path = file.path();
    if (isAdopted(unit)) {
      return path.equals(own(unit))
          || (hides(unit, path) && REMOVABLE.stream().anyMatch(path::startsWith));
    }
    for (String root : REMOVABLE) {
      if (path.startsWith(root)) {
        String rest = path.substring(root.length());
        return rest.equals(unit.value())
            || rest.equals(unit.value() + ".d")
            || rest.startsWith(unit.value() + ".d/")
            || isDependency(path)
            || isAlias(unit, file)
            || isForSeveral(unit, rest);
      }
    }
    return false;
  }

  /**
   * Whether it is an entry of a directory by which units start each other (systemd.unit(5)): {@code
   * multi-user.target.wants/sandbar-pump.service}.
   */
  static boolean isDependency(String path) {
    String parent = path.substring(0, Math.max(0, path.lastIndexOf('/')));
    return DEPENDENCIES.stream().anyMatch(parent::endsWith);
  }

  /**
   * Whether it is a link by which the unit has another name: drop-ins for that name change it too.
   */
  static boolean isAlias(UnitName unit, File file) {
    return !isDependency(file.path())
        && !file.path().endsWith("/" + unit)
        && file.sha256().startsWith(LINK)
        && ("/" + file.sha256().substring(LINK.length())).endsWith("/" + unit);
  }

  /**
   * What of the unit is there that Sandbar did not write; empty if the unit itself carries the
   * mark, or there is nothing. What stands beside a unit of ours is drift, and no unit of others.
   */
  static Optional<String> foreign(ObservedUnit observed) {
    if (observed.files().stream().anyMatch(File::marked)) {
      return Optional.empty();
    }
    String name = observed.name().value();
    if (isAdopted(observed.name())) {
      return observed.files().stream()
          .map(File::path)
          .filter(path -> path.equals(own(observed.name())))
          .findFirst();
    }
    return observed.files().stream()
        .map(File::path)
        .filter(path -> !isDependency(path))
        .filter(
            path ->
                path.endsWith("/" + name)
                    || path.endsWith("/" + name + ".d")
                    || path.contains("/" + name + ".d/"))
        .findFirst();
  }

  /** Whether a drop-in of the name of ours stands where systemd takes it in the place of ours. */
  static boolean hides(UnitName unit, String path) {
    return path.endsWith("/" + DROP_IN) && !path.equals(own(unit));
  }

  /** Whether it is a drop-in for several units, or a link to a directory of such. */
  static boolean isShared(String path) {
    return (path + "/").contains("-.service.d/");
  }

  /** Whether it is a drop-in for every unit whose name begins so, and only ours do. */
  private static boolean isForSeveral(UnitName unit, String path) {
    int end = (path + "/").indexOf("-.service.d/") + 1;
    return end > 0
        && path.startsWith("sandbar-")
        && unit.value().startsWith(path.substring(0, end));
  }

  /** What a file that is not ours is, for people, and what to do where Sandbar must not. */
  static String describe(UnitName unit, File file) {
    String kind = kind(unit, file);
    if (isRemovable(unit, file)) {
      return kind;
    }
    String generated =
        file.path().startsWith("/run/systemd/generator") ? "what generates it, or " : "";
    return kind
        + " that Sandbar does not remove: remove "
        + generated
        + "the file, then run 'systemctl daemon-reload'";
  }

  private static String kind(UnitName unit, File file) {
    if (isDependency(file.path())) {
      return file.path().endsWith("/" + unit)
          ? "a link that starts the unit from elsewhere"
          : "a link that starts another unit with it";
    }
    if (isAlias(unit, file)) {
      return "a link that gives the unit another name";
    }
    boolean dropIn = file.path().contains(".d/");
    if (file.path().endsWith(".d") && file.sha256().startsWith(LINK)) {
      return "a link to drop-ins in " + file.sha256().substring(LINK.length());
    }
    if (file.sha256().equals(MASK)) {
      return dropIn ? "a link that hides a drop-in" : "a link that masks the unit";
    }
    if (dropIn) {
      return "a foreign drop-in";
    }
    return file.path().endsWith("/" + unit) ? "a foreign unit file" : "a foreign file";
  }
}
