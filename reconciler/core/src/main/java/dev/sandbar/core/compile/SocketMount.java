package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.UnitName;
import java.util.Optional;

/**
 * The file system of a {@link SocketDirectory}: each server has one of its own, so that it fills
 * that and nothing of another app. It stays mounted while the app is on the device, for clients
 * have it mounted too.
 *
 * @param app the server
 */
public record SocketMount(AppName app) {

  /** Bytes and entries that one app may make: many sockets, and few files. */
  public static final String LIMITS = "size=1M,nr_inodes=4096";

  private static final AppMountName NAME = new AppMountName("sandbar-apps");

  /** The one of an app; empty if it lets nobody in. */
  public static Optional<SocketMount> of(AppSpec app) {
    return SocketDirectory.of(app).map(directory -> new SocketMount(directory.app()));
  }

  /** Whether a file of this name is one of Sandbar's. */
  public static boolean isOwn(String file) {
    return NAME.isOwn(file);
  }

  /** The app whose it is; empty if it is none. */
  public static Optional<AppName> app(UnitName unit) {
    return NAME.app(unit);
  }

  /** The unit (systemd-escape(1)). */
  public UnitName unit() {
    return NAME.unit(app);
  }

  /**
   * Exact content of its file, the same for every version of the app. mount(8) finds the number of
   * the group. Clients that start with it see it, and not what it covers.
   */
  public String text() {
    return UnitMark.ofBase()
        + """

        [Unit]
        Description=Sockets of app %1$s for other apps
        DefaultDependencies=no
        Requires=%2$s
        After=%2$s
        Conflicts=umount.target
        Before=umount.target %3$s

        [Mount]
        What=sandbar-apps
        Where=%4$s
        Type=tmpfs
        Options=mode=2770,gid=%5$s,%6$s,nosuid,nodev,noexec
        DirectoryMode=0700
        TimeoutSec=30s
        """
            .formatted(
                app,
                NAME.parent(),
                SocketLines.MADE,
                SocketDirectory.of(app),
                SocketDirectory.GROUP,
                LIMITS);
  }
}
