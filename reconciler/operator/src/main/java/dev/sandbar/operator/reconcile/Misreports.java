package dev.sandbar.operator.reconcile;

import dev.sandbar.core.report.Reason;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.operator.report.EventRecorder.Severity;
import dev.sandbar.operator.report.OperatorMetrics;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Names the devices whose reports cannot be used, are too large or come too often: in the metric
 * every time, in an event of the Device once in ten minutes.
 */
final class Misreports {
  /** Reports of one device in a minute; a usual one sends ten. */
  static final int MOST_A_MINUTE = 300;

  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final Duration QUIET = Duration.ofMinutes(10);
  private static final int MOST_DEVICES = 20_000;

  private final EventRecorder events;
  private final OperatorMetrics metrics;
  private final Function<Key, String> uids;
  private final LongSupplier nanos;
  private final Map<Key, Window> windows = bounded();
  private final Map<Named, Long> named = bounded();

  /** What is wrong. */
  enum Kind {
    UNREADABLE(Reason.INVALID_REPORT),
    TOO_LARGE(Reason.REPORT_TOO_LARGE),
    TOO_OFTEN(Reason.REPORTS_TOO_OFTEN);

    private final Reason reason;

    Kind(Reason reason) {
      this.reason = reason;
    }
  }

  private record Window(long began, int reports) {}

  private record Named(Key device, Kind kind) {}

  Misreports(
      EventRecorder events,
      OperatorMetrics metrics,
      Function<Key, String> uids,
      LongSupplier nanos) {
    this.events = events;
    this.metrics = metrics;
    this.uids = uids;
    this.nanos = nanos;
  }

  private static <K, V> Map<K, V> bounded() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > MOST_DEVICES;
      }
    };
  }

  /** The device has reported something. */
  void counted(Key device) {
    if (reports(device) == MOST_A_MINUTE + 1) {
      report(
          device,
          Kind.TOO_OFTEN,
          "the device reports more than " + MOST_A_MINUTE + " times a minute");
    }
  }

  private synchronized int reports(Key device) {
    long now = nanos.getAsLong();
    Window window =
        Optional.ofNullable(windows.get(device))
            .filter(it -> now - it.began() <= WINDOW.toNanos())
            .orElseGet(() -> new Window(now, 0));
    Window next = new Window(window.began(), window.reports() + 1);
    windows.put(device, next);
    return next.reports();
  }

  /** The device is to be named. */
  void report(Key device, Kind kind, String message) {
    metrics.misreport(device.namespace(), device.name(), kind.reason.text());
    // The condition of an unreadable report has an event of its own.
    if (kind != Kind.UNREADABLE && isNews(new Named(device, kind))) {
      events.tell(
          new EventRecorder.Subject(
              "Device", device.namespace(), device.name(), uids.apply(device)),
          Severity.WARNING,
          kind.reason,
          message);
    }
  }

  private synchronized boolean isNews(Named what) {
    long now = nanos.getAsLong();
    if (Optional.ofNullable(named.get(what)).filter(at -> now - at < QUIET.toNanos()).isPresent()) {
      return false;
    }
    named.put(what, now);
    return true;
  }
}
