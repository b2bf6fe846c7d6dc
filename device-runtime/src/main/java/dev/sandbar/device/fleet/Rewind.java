package dev.sandbar.device.fleet;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Tells a server that is behind from a store that was put back. The server counts a bundle's
 * generations up, so a lower one is either an old copy, which passes, or a backup of the store that
 * was restored, which stays: it is believed when every read from the first on for as long as the
 * grace was lower. Reads ask for the newest there is, which the servers agree on, never for what
 * one of them has at hand; what a watch sends is never believed in this. Used by one thread at a
 * time.
 */
final class Rewind {
  private final Duration grace;
  private final LongSupplier nanos;
  private boolean noticed;
  private long since;

  Rewind(Duration grace, LongSupplier nanos) {
    this.grace = grace;
    this.nanos = nanos;
  }

  /** A lower generation was read; true if it is to be believed. */
  boolean read() {
    if (!noticed) {
      noticed = true;
      since = nanos.getAsLong();
      return false;
    }
    return nanos.getAsLong() - since >= grace.toNanos();
  }

  /** What was read or heard is not lower. */
  void over() {
    noticed = false;
  }
}
