package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.UnitName;
import java.util.Optional;

/**
 * The file system that holds the {@code run.runtimeDirectories} of an app. systemd mounts a {@code
 * TemporaryFileSystem=} once more for each command of a unit, so what {@code preStart} wrote there
 * would be gone when the program starts; a directory of the device is one for all. Each app has a
 * file system of its own, so that it fills that and nothing of the device; it is gone when the app
 * has stopped.
 *
 * @param app whose it is
 */
public record RuntimeMount(AppName app) {

  /** Where those of all apps are. Only root enters it: apps have theirs mounted. */
  public static final String FOLDER = "/run/sandbar-runtime";

  private static final String RUN = "/run/";

  private static final AppMountName NAME = new AppMountName("sandbar-runtime");

  /** The one of an app; empty if it has no such directory. */
  public static Optional<RuntimeMount> of(AppSpec app) {
    return app.run().runtimeDirectories().isEmpty()
        ? Optional.empty()
        : Optional.of(new RuntimeMount(app.name()));
  }

  /** Whether a file of this name is one of Sandbar's. */
  public static boolean isOwn(String file) {
    return NAME.isOwn(file);
  }

  /** The app whose it is; empty if it is none. */
  public static Optional<AppName> app(UnitName unit) {
    return NAME.app(unit);
  }

  /** Where one of the directories is on the device. */
  static String of(AppName app, String name) {
    return FOLDER + "/" + app + "/" + name;
  }

  /** The same as {@code RuntimeDirectory=} has it, below {@code /run}. */
  static String below(AppName app, String name) {
    return of(app, name).substring(RUN.length());
  }

  /**
   * The value of a line, with directories of another name in the place of those of an app.
   *
   * @param other no name of an app
   */
  public static String moved(String value, AppName app, String other) {
    String below = FOLDER.substring(RUN.length()) + "/";
    // In no folder of its own, which systemd would leave behind.
    return value.replace(below + app + "/", below + other + ".");
  }

  /** The unit (systemd-escape(1)). */
  public UnitName unit() {
    return NAME.unit(app);
  }

  /** Exact content of its file, the same for every version of the app. */
  public String text() {
    return UnitMark.ofBase()
        + """

        [Unit]
        Description=Runtime directories of app %1$s
        DefaultDependencies=no
        Conflicts=umount.target
        Before=umount.target
        StopWhenUnneeded=yes

        [Mount]
        What=sandbar-runtime
        Where=%2$s/%1$s
        Type=tmpfs
        Options=mode=0755,%3$s,nosuid,nodev,noexec
        DirectoryMode=0700
        TimeoutSec=30s
        """
            .formatted(app, FOLDER, SocketMount.LIMITS);
  }
}
