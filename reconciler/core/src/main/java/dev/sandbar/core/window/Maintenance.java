package dev.sandbar.core.window;

import java.time.Duration;
import java.time.ZoneId;
import java.util.List;

/**
 * When updates may interrupt an app, as the owner of a device or the author of an app says it.
 *
 * @param apply when an app may be interrupted by an update
 * @param maxDefer how long an update waits at most; {@link Duration#ZERO} if that is not given
 */
public record Maintenance(Windows apply, Duration maxDefer) {

  /** Nothing is said. */
  public static final Maintenance NONE =
      new Maintenance(new Windows(List.of(), ZoneId.of("UTC")), Duration.ZERO);

  /** How long {@code maxDefer} can be. */
  public static final Duration LONGEST_DEFER = Duration.ofDays(365);
}
