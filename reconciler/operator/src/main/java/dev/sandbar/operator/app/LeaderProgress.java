package dev.sandbar.operator.app;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Whether the work goes on. A process that holds the Lease and does nothing keeps every other one
 * from working: after so long without progress it is to let the Lease go and end, whatever is the
 * reason. Time in which the API server does not answer does not count.
 */
final class LeaderProgress {
  /** From the election until all that there is has been read: of the largest fleets, minutes. */
  static final Duration TO_START = Duration.ofMinutes(15);

  /** Until something is followed again that was, or that a thread goes on. */
  static final Duration TO_RECOVER = Duration.ofMinutes(5);

  /** A watch that begins anew does so within seconds, and nobody needs to know. */
  static final Duration SHOWN = Duration.ofSeconds(30);

  private final LongSupplier nanos;
  private final BooleanSupplier starting;
  private final Supplier<String> trouble;

  private boolean wasStarting;
  private boolean troubled;
  private long since;

  /**
   * Nothing is known yet.
   *
   * @param nanos of a steady clock
   * @param starting whether the parts are being started
   * @param trouble why nothing goes on at this moment; empty if it does
   */
  LeaderProgress(LongSupplier nanos, BooleanSupplier starting, Supplier<String> trouble) {
    this.nanos = nanos;
    this.starting = starting;
    this.trouble = trouble;
  }

  /** Asked while the API server answers: why the process is to end; empty as long as it is not. */
  synchronized String stuck() {
    boolean starts = starting.getAsBoolean();
    String what = look(starts);
    Duration limit = starts ? TO_START : TO_RECOVER;
    return what.isEmpty() || lasted() < limit.toNanos()
        ? ""
        : "no progress for " + limit.toMinutes() + " minutes: " + what;
  }

  /** Why the process does not work, once it is worth mentioning; empty if it does. */
  synchronized String complaint() {
    String what = look(starting.getAsBoolean());
    return what.isEmpty() || lasted() < SHOWN.toNanos() ? "" : what;
  }

  /** The API server does not answer: whatever is stuck may be so for that reason. */
  synchronized void outage() {
    troubled = false;
  }

  private long lasted() {
    return nanos.getAsLong() - since;
  }

  private String look(boolean starts) {
    String what = trouble.get();
    if (!what.isEmpty() && (!troubled || starts != wasStarting)) {
      since = nanos.getAsLong();
    }
    troubled = !what.isEmpty();
    wasStarting = starts;
    return what;
  }
}
