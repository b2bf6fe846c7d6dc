package dev.sandbar.device.fetch;

import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far one image has come: on one thread, and read by others. */
final class FetchProgress {
  private static final Logger LOG = LoggerFactory.getLogger(FetchProgress.class);

  private static final Duration BETWEEN_LOGS = Duration.ofSeconds(10);

  /** As often as it is said anew where each change is a write. */
  private static final int STEP = 10;

  private final String shown;
  private volatile long before;
  private volatile long of;
  private volatile long arrived;
  private long logged = System.nanoTime();

  /**
   * Of an image of which nothing has arrived.
   *
   * @param shown what it is called
   */
  FetchProgress(String shown) {
    this.shown = shown;
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
    if (System.nanoTime() - logged > BETWEEN_LOGS.toNanos()) {
      logged = System.nanoTime();
      LOG.info("image={} action=fetch bytes={} of={}", shown, before + bytes, of);
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
