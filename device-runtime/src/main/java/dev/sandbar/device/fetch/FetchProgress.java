package dev.sandbar.device.fetch;

import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far one image has come: on one thread, and read by others. */
final class FetchProgress {
  private static final Logger LOG = LoggerFactory.getLogger(FetchProgress.class);

  private static final Duration BETWEEN_LOGS = Duration.ofSeconds(10);

  /** As often somebody hears of it at most: a status is written each time. */
  private static final Duration BETWEEN_CALLS = Duration.ofSeconds(5);

  /** As often as it is said anew where each change is a write. */
  private static final int STEP = 10;

  private final String shown;
  private volatile long before;
  private volatile long of;
  private volatile long arrived;
  private final Runnable further;
  private final LongSupplier nanos;
  private boolean isMixed;
  private long logged;
  private long reportedAt;
  private String reported = "";

  /**
   * Of an image of which nothing has arrived.
   *
   * @param shown what it is called
   * @param further called when {@link #roughly} has changed, though not at once
   */
  FetchProgress(String shown, Runnable further) {
    this(shown, further, System::nanoTime);
  }

  FetchProgress(String shown, Runnable further, LongSupplier nanos) {
    this.shown = shown;
    this.further = further;
    this.nanos = nanos;
    this.logged = nanos.getAsLong();
    this.reportedAt = logged;
  }

  /** Some of it was on the device before, and may have come from anywhere. */
  void mixed() {
    isMixed = true;
  }

  /** Whether all of it has come in this fetch. */
  boolean isOfOnePlace() {
    return !isMixed;
  }

  String shown() {
    return shown;
  }

  /** It has several files, all of so many bytes. */
  void all(long bytes) {
    of = bytes;
  }

  /** The next of several files begins behind so many bytes of others. */
  void next(long bytes) {
    before = bytes;
    arrived = 0;
  }

  /** So much of the file has arrived. */
  void at(long bytes, long size) {
    arrived = bytes;
    of = Math.max(of, size);
    if (nanos.getAsLong() - logged > BETWEEN_LOGS.toNanos()) {
      logged = nanos.getAsLong();
      LOG.info("image={} action=fetch bytes={} of={}", shown, before + bytes, of);
    }
    if (nanos.getAsLong() - reportedAt > BETWEEN_CALLS.toNanos() && !roughly().equals(reported)) {
      reportedAt = nanos.getAsLong();
      reported = roughly();
      further.run();
    }
  }

  /** In tenths, which change rarely: {@code 30 % of 50.0 MiB}; empty before the size is known. */
  String roughly() {
    return of <= 0 ? "" : "%d %% of %s".formatted(percent() / STEP * STEP, amount(of));
  }

  /** For somebody who watches: {@code 17.2 of 50.0 MiB, 34 %}; empty before the size is known. */
  String exactly() {
    return of <= 0
        ? ""
        : "%s of %s, %d %%".formatted(amount(before + arrived), amount(of), percent());
  }

  private long percent() {
    return Math.min(100, (before + arrived) * 100 / of);
  }

  private static String amount(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
  }
}
