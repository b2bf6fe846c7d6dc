package dev.sandbar.core.model;

import java.time.Instant;

/**
 * That an app stays at the version that runs, as its spec says it. Newer versions wait.
 *
 * @param reason in the words of whoever holds it; may be empty
 * @param until when it ends by itself: {@link Instant#MAX} for never, {@link Instant#MIN} if the
 *     app is not held at all
 */
public record HoldSpec(String reason, Instant until) {

  /** The app is not held. */
  public static final HoldSpec NONE = new HoldSpec("", Instant.MIN);

  /** Whether it says that the app is held, until whenever. */
  public boolean isPresent() {
    return !until.equals(Instant.MIN);
  }

  /** Of two the one that ends later. */
  public HoldSpec later(HoldSpec other) {
    return other.until.isAfter(until) ? other : this;
  }
}
