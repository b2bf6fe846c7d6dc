package dev.sandbar.core.window;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;

/**
 * Whether an update may interrupt an app now. The owner of the device and the author of the app can
 * each forbid it:
 *
 * <pre>
 * the device lets it: a window of the device is open, or its maxDefer is over
 * the app lets it:    a window of the app is open, or the maxDefer of the app or of the device is over
 * both have to; whoever has no windows always does
 * </pre>
 *
 * <p>Then the app itself can say that it is busy.
 */
public final class UpdateGate {

  /**
   * So often both are asked in turn when they next agree. Windows that never meet end it; of those
   * that meet only after more turns no time is named, and they open all the same.
   */
  private static final int TURNS = 50;

  /** How long it takes at most until it is noticed that an app is no longer busy. */
  private static final Duration BUSY_AGAIN = Duration.ofSeconds(15);

  private final Maintenance device;
  private final Maintenance app;

  /** Of an app on a device. */
  public UpdateGate(Maintenance device, Maintenance app) {
    this.device = device;
    this.app = app;
  }

  /**
   * How it stands.
   *
   * @param now the time
   * @param since when the update began to wait; {@code now} for one that is new
   * @param clockIsSet whether the clock of the device can be believed
   */
  public record Moment(Instant now, Instant since, boolean clockIsSet) {}

  /** What is decided. */
  public sealed interface Verdict {
    /** It may be applied. */
    record Open() implements Verdict {}

    /**
     * It waits.
     *
     * @param until when to decide again; {@link Instant#MAX} if no time is known
     * @param message for people, without a full stop
     */
    record Closed(Instant until, String message) implements Verdict {}
  }

  /** Whether nobody has windows. */
  public boolean isAlwaysOpen() {
    return device.apply().areAbsent() && app.apply().areAbsent();
  }

  /** Decides. */
  public Verdict judge(Moment moment) {
    if (isAlwaysOpen()) {
      return new Verdict.Open();
    }
    if (!moment.clockIsSet()) {
      return new Verdict.Closed(
          Instant.MAX, "waits until the clock of the device is set, by which its window opens");
    }
    Instant next = next(moment);
    if (!next.isAfter(moment.now())) {
      return new Verdict.Open();
    }
    if (next.equals(Instant.MAX)) {
      return new Verdict.Closed(
          next,
          "waits until a window of the device and one of the app are open together, and none was found");
    }
    boolean opens = device.apply().isOpen(next) && app.apply().isOpen(next);
    return new Verdict.Closed(
        next,
        (opens
                ? "waits for the window that opens at "
                : "waits for its window until maxDefer is over at ")
            + shown(next));
  }

  /**
   * Decides about an update that windows let through, of an app that says it is busy. It is
   * believed for so long only, so that no app refuses updates for ever.
   *
   * @param since when that first kept the update waiting; {@code now} if it did not before
   */
  public Verdict judgeBusy(Moment moment, Instant since) {
    Duration longest = app.maxDefer().isPositive() ? app.maxDefer() : Maintenance.LONGEST_BUSY;
    if (device.maxDefer().isPositive() && device.maxDefer().compareTo(longest) < 0) {
      longest = device.maxDefer();
    }
    Instant last =
        earlier(since.plus(longest), earlier(overdue(app, moment), overdue(device, moment)));
    return last.isAfter(moment.now())
        ? new Verdict.Closed(
            earlier(moment.now().plus(BUSY_AGAIN), last),
            "the app says that it is busy; waits until %s at the latest".formatted(shown(last)))
        : new Verdict.Open();
  }

  private Instant next(Moment moment) {
    Instant at = moment.now();
    for (int i = 0; i < TURNS && at.isBefore(Instant.MAX); i++) {
      Instant ofDevice = next(device, at, overdue(device, moment));
      if (ofDevice.equals(Instant.MAX)) {
        return ofDevice;
      }
      Instant ofApp = next(app, ofDevice, earlier(overdue(app, moment), overdue(device, moment)));
      if (ofApp.equals(ofDevice)) {
        return ofApp;
      }
      at = ofApp;
    }
    return Instant.MAX;
  }

  private static Instant next(Maintenance of, Instant at, Instant overdue) {
    return overdue.isAfter(at) ? earlier(of.apply().nextOpen(at), overdue) : at;
  }

  /** When an update no longer waits for it; {@link Instant#MAX} if it waits for ever. */
  private static Instant overdue(Maintenance of, Moment moment) {
    if (!of.maxDefer().isPositive()) {
      return Instant.MAX;
    }
    Instant since = moment.since().isAfter(moment.now()) ? moment.now() : moment.since();
    return since.plus(of.maxDefer());
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  /** In the zone of whoever has windows, the owner of the device first; and in UTC. */
  private String shown(Instant exactly) {
    Instant at = Instant.ofEpochSecond(exactly.getEpochSecond());
    ZoneId zone = device.apply().areAbsent() ? app.apply().zone() : device.apply().zone();
    String local = OffsetDateTime.ofInstant(at, zone).toString();
    return local.endsWith("Z") ? local : "%s (%s)".formatted(local, at);
  }
}
