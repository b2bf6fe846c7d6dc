package dev.sandbar.core.window;

import java.time.Duration;
import java.time.ZoneId;
import java.util.List;

/**
 * When updates may interrupt an app, as the owner of a device or the author of an app says it.
 *
 * @param apply when an app may be interrupted by an update
 * @param download when the image of an update may be fetched over a network
 * @param maxDefer how long an update waits at most; {@link Duration#ZERO} if that is not given
 * @param busyFile whether the app itself can put updates off, by a file
 */
public record Maintenance(Windows apply, Windows download, Duration maxDefer, boolean busyFile) {

  /** Nothing is said. */
  public static final Maintenance NONE =
      new Maintenance(new Windows(List.of(), ZoneId.of("UTC")), Duration.ZERO);

  /** How long {@code maxDefer} can be. */
  public static final Duration LONGEST_DEFER = Duration.ofDays(365);

  /** How long an app can put an update off that does not say {@code maxDefer}. */
  public static final Duration LONGEST_BUSY = Duration.ofHours(24);

  /** Without a busy file, where images may always be fetched. */
  public Maintenance(Windows apply, Duration maxDefer) {
    this(apply, maxDefer, false);
  }

  /** Where images may always be fetched. */
  public Maintenance(Windows apply, Duration maxDefer, boolean busyFile) {
    this(apply, new Windows(List.of(), apply.zone()), maxDefer, busyFile);
  }
}
