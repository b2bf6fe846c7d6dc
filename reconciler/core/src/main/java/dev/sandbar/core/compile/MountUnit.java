package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.FileSystem;
import dev.sandbar.core.model.HardwareLinks;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.UnitName;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A file system that systemd mounts for apps (systemd.mount(5)). The units of the apps are bound to
 * it: it is mounted before the first of them starts, at boot too, and unmounted when the last one
 * has stopped. What is mounted the device's owner says, and an app nothing but the name.
 */
public record MountUnit(FileSystem fileSystem) {

  /** Where they are mounted; only root enters it. */
  public static final String FOLDER = "/run/sandbar-mounts";

  /** What the unit of an app says, so that it is known what to read of the kernel. */
  public static final String VARIABLE = "SANDBAR_MOUNTS";

  /** What every one of them has; the last of two options counts (mount(8)). */
  public static final List<String> HARDENED = List.of("nosuid", "nodev", "noexec");

  private static final String PREFIX = "run-sandbar\\x2dmounts-";
  private static final String SUFFIX = ".mount";
  private static final String BECAUSE = Permission.MOUNTS.key();

  /** Names of those that an app needs; a service of the device is given none. */
  public static SortedSet<String> names(AppSpec app) {
    return app.permissions().get(Permission.MOUNTS).filter(_ -> !app.run().adopts()).stream()
        .flatMap(request -> mounts(request.value()).stream())
        .map(Mount::source)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Those that a value asks for; none if it is of another permission. */
  public static List<Mount> mounts(Value value) {
    return value instanceof Value.Volumes(var mounts)
        ? mounts.stream().filter(Mount::fileSystem).toList()
        : List.of();
  }

  /** Where the one of this name is mounted. */
  public static String place(String name) {
    return FOLDER + "/" + name;
  }

  /** The unit that mounts the one of this name (systemd-escape(1)). */
  public static UnitName unit(String name) {
    return new UnitName(PREFIX + name.replace("-", "\\x2d") + SUFFIX);
  }

  /** Whether a file of this name is one of Sandbar's. */
  public static boolean isOwn(String file) {
    return file.startsWith(PREFIX) && file.endsWith(SUFFIX);
  }

  /** The unit. */
  public UnitName unit() {
    return unit(fileSystem.name());
  }

  /** Where it is mounted. */
  public String place() {
    return place(fileSystem.name());
  }

  /** The options of mount(8) that hold of it, whatever else the owner says. */
  public List<String> held() {
    var held = new ArrayList<>(HARDENED);
    held.add(fileSystem.readOnly() ? "ro" : "rw");
    return held;
  }

  /** Whether it is mounted when its device is plugged in, and the apps start that wait for it. */
  public boolean isPlugged() {
    return fileSystem.what().startsWith("/dev/");
  }

  /**
   * Exact content of its file. nofail keeps a medium that is not there from delaying the boot of
   * everything else (systemd.mount(5)); the apps that need it wait, and no longer than this.
   */
  public String text() {
    var options = new ArrayList<>(fileSystem.options());
    options.addAll(held());
    options.add("nofail");
    boolean local = fileSystem.what().startsWith("/") && !fileSystem.what().startsWith("//");
    return UnitMark.ofBase()
        + """

        [Unit]
        Description=File system %1$s for apps
        StopWhenUnneeded=yes
        %2$s
        [Mount]
        What=%3$s
        Where=%4$s
        Type=%5$s
        Options=%6$s
        DirectoryMode=0700
        TimeoutSec=30s
        %7$s"""
            .formatted(
                fileSystem.name(),
                local ? "JobTimeoutSec=15s\n" : "",
                EscapedText.raw(fileSystem.what()).text(),
                place(),
                fileSystem.type(),
                EscapedText.raw(String.join(",", options)).text(),
                isPlugged()
                    ? "\n[Install]\nWantedBy=" + HardwareLinks.unit(fileSystem.what()) + "\n"
                    : "");
  }

  /**
   * BindsTo=: an app whose medium is pulled out, or unmounted by hand, must not go on writing into
   * an empty folder. WantedBy=: it starts when the medium comes back, unless it has a schedule.
   */
  static void write(Draft draft, AppSpec app) {
    SortedSet<String> names = names(app);
    for (String name : names) {
      EscapedText unit = EscapedText.device(unit(name));
      draft.unit("BindsTo", unit, BECAUSE);
      draft.unit("After", unit, BECAUSE);
      if (!AppTimer.starts(app)) {
        draft.install("WantedBy", unit, BECAUSE);
      }
    }
    if (!names.isEmpty()) {
      draft.service(
          "Environment", EscapedText.variable(VARIABLE, String.join(" ", names)), BECAUSE);
    }
  }

  /** The path of a volume on the device; empty if the device has none of this name. */
  static String source(Mount mount, DeviceFacts facts) {
    return mount.fileSystem()
        ? place(mount.source())
        : facts.volumes().getOrDefault(mount.source(), "");
  }
}
