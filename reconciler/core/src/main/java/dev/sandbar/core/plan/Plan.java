package dev.sandbar.core.plan;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.ImageSource;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.UnitName;
import java.util.List;

/**
 * What will be done, in order. The applier does exactly this.
 *
 * @param steps in the order of execution; empty when the device is as declared
 */
public record Plan(List<Step> steps) {

  /** Nothing to do. */
  public static final Plan EMPTY = new Plan(List.of());

  public Plan {
    steps = List.copyOf(steps);
  }

  /** Whether there is nothing to do. */
  public boolean isEmpty() {
    return steps.isEmpty();
  }

  /** What a step does to the running app. */
  public enum Impact {
    /** Nothing that runs is touched. */
    NONE,
    /** The running app gets it without a restart. */
    LIVE,
    /** The app is started, restarted or stopped. */
    RESTART
  }

  /** One step. */
  public sealed interface Step {
    /**
     * Why, for people: for example {@code IPAddressAllow changed from (none) to 203.0.113.0/24}.
     */
    String why();

    /** What it does to what runs. */
    default Impact impact() {
      return switch (this) {
        case StoreImage _,
            StoreFile _,
            StoreSecret _,
            Write _,
            Remove _,
            Reload _,
            Enable _,
            Disable _,
            RemoveImage _,
            RemoveFile _,
            RemoveState _,
            StartTimer _,
            StopTimer _ ->
            Impact.NONE;
        case LiveSet _, LoadRules _, SetKernel _, Hide _, SwapFiles _, Thaw _ -> Impact.LIVE;
        case Start _, Restart _, Stop _, EndProxy _ -> Impact.RESTART;
      };
    }
  }

  /** One that is a job of systemd. */
  public sealed interface JobStep extends Step {
    /** What the job is for. */
    UnitName unit();
  }

  /** One that takes as long as an app or a disk likes. */
  public sealed interface LongStep extends Step {
    /** The app that it is of. */
    AppName app();
  }

  /**
   * Copy or fetch an image into the store under its digest, and make its dm-verity tree.
   *
   * @param rootHash that the tree must have, in hexadecimal; empty for no tree
   */
  public record StoreImage(
      AppName app, ImageSource source, Sha256 digest, String rootHash, String why)
      implements LongStep {}

  /** Write a file of a spec into the store. */
  public record StoreFile(UnitName unit, AppFile file, String why) implements Step {}

  /** Open a sealed secret and have systemd encrypt it for this device alone, into the store. */
  public record StoreSecret(UnitName unit, AppSecret secret, String why) implements Step {}

  /** Write a unit file of ours. */
  public record Write(UnitName unit, String text, String why) implements Step {}

  /**
   * Remove a file: a unit of ours, or a foreign file that changes a unit of ours.
   *
   * @param path absolute path on the device
   */
  public record Remove(UnitName unit, String path, String why) implements Step {}

  /** One Reload for everything before it. */
  public record Reload(String why) implements Step {}

  /** Start at boot. */
  public record Enable(UnitName unit, String why) implements Step {}

  /** No longer start at boot. */
  public record Disable(UnitName unit, String why) implements Step {}

  /** Start a stopped unit. */
  public record Start(UnitName unit, String why) implements JobStep {}

  /** Restart a running unit. */
  public record Restart(UnitName unit, String why) implements JobStep {}

  /** Stop a running unit. */
  public record Stop(UnitName unit, String why) implements JobStep {}

  /**
   * Set properties of a running unit to what its file already says (SetUnitProperties with
   * runtime).
   *
   * @param properties names of the directives to set
   */
  public record LiveSet(UnitName unit, List<String> properties, String why) implements Step {
    public LiveSet {
      properties = List.copyOf(properties);
    }
  }

  /**
   * Hide paths from a running app (BindMountUnit): those of them that it sees. Where that fails, it
   * is started again.
   *
   * @param paths absolute, as its unit file names them
   */
  public record Hide(UnitName unit, List<String> paths, String why) implements Step {
    public Hide {
      paths = List.copyOf(paths);
    }
  }

  /**
   * Put another content in the place of files that a running app has bound, and have it reload
   * (ReloadUnit).
   */
  public record SwapFiles(UnitName unit, List<AppFile> files, String why) implements Step {
    public SwapFiles {
      files = List.copyOf(files);
    }
  }

  /**
   * Load rules of nftables anew by which a running app has its connections. Where that fails, it is
   * started again.
   *
   * @param loader service that does it
   */
  public record LoadRules(UnitName unit, UnitName loader, String why) implements Step {}

  /**
   * Set what a running app needs of the device's kernel anew.
   *
   * @param loader service that does it
   */
  public record SetKernel(UnitName unit, UnitName loader, String why) implements Step {}

  /**
   * End what stands between a running app and the system bus, the socket that systemd opened for
   * it, or the file system that is mounted for it. It is started anew with the restart of the app
   * that follows, in one step of systemd: whoever dies before that has ended nothing.
   *
   * @param proxy unit of the filter, the socket unit, or the mount unit
   */
  public record EndProxy(UnitName unit, UnitName proxy, String why) implements Step {}

  /**
   * Start the timer that starts an app at its times.
   *
   * @param timer unit that is enabled with the unit of the app
   */
  public record StartTimer(UnitName unit, UnitName timer, String why) implements Step {}

  /** Stop a timer that starts an app no more, now and after the next boot. */
  public record StopTimer(UnitName unit, UnitName timer, String why) implements Step {}

  /**
   * Let a frozen unit run again (ThawUnit). One that the manager itself froze it does not restart.
   */
  public record Thaw(UnitName unit, String why) implements Step {}

  /** Remove an image that nothing declares any more. */
  public record RemoveImage(Sha256 digest, String why) implements Step {}

  /**
   * Remove a file or secret of the store that no version of an app names any more.
   *
   * @param name in the store
   */
  public record RemoveFile(String name, String why) implements Step {}

  /** Remove the directories of a removed app. */
  public record RemoveState(AppName app, String why) implements LongStep {}
}
