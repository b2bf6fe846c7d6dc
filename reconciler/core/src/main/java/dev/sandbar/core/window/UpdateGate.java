package dev.sandbar.core.window;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;

/**
 * Whether an update may interrupt an app now, and whether its image may be fetched now. The owner
 * of the device and the author of the app can each forbid either:
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

  /** What windows can be for. */
  private enum Purpose {
    APPLY("window"),
    DOWNLOAD("download window");

    private final String name;

    Purpose(String name) {
      this.name = name;
    }

    private Windows of(Maintenance maintenance) {
      return switch (this) {
        case APPLY -> maintenance.apply();
        case DOWNLOAD -> maintenance.download();
      };
    }
  }

  /** Whether nobody has windows of any kind. */
  public boolean isAlwaysOpen() {
    return isAlwaysOpen(Purpose.APPLY) && isAlwaysOpen(Purpose.DOWNLOAD);
  }

  private boolean isAlwaysOpen(Purpose purpose) {
    return purpose.of(device).areAbsent() && purpose.of(app).areAbsent();
  }

  /** Decides whether an update may interrupt the app. */
  public Verdict judge(Moment moment) {
    return judge(Purpose.APPLY, moment);
  }

  /** Decides whether the image of an update may be fetched; {@code maxDefer} ends this wait too. */
  public Verdict judgeDownload(Moment moment) {
    return judge(Purpose.DOWNLOAD, moment);
  }

  private Verdict judge(Purpose purpose, Moment moment) {
    if (isAlwaysOpen(purpose)) {
      return new Verdict.Open();
    }
    if (!moment.clockIsSet()) {
      return new Verdict.Closed(
          Instant.MAX,
          "waits until the clock of the device is set, by which its %s opens"
              .formatted(purpose.name));
    }
    Instant next = next(purpose, moment);
    if (!next.isAfter(moment.now())) {
      return new Verdict.Open();
    }
    if (next.equals(Instant.MAX)) {
      return new Verdict.Closed(
          next,
          "waits until a %s of the device and one of the app are open together, and none was found"
              .formatted(purpose.name));
    }
    boolean opens = purpose.of(device).isOpen(next) && purpose.of(app).isOpen(next);
    return new Verdict.Closed(
        next,
        (opens ? "waits for the %s that opens at " : "waits for its %s until maxDefer is over at ")
                .formatted(purpose.name)
            + shown(purpose, next));
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
            "the app says that it is busy; waits until %s at the latest"
                .formatted(shown(Purpose.APPLY, last)))
        : new Verdict.Open();
  }

  private Instant next(Purpose purpose, Moment moment) {
    Instant at = moment.now();
    for (int i = 0; i < TURNS && at.isBefore(Instant.MAX); i++) {
      Instant ofDevice = next(purpose.of(device), at, overdue(device, moment));
      if (ofDevice.equals(Instant.MAX)) {
        return ofDevice;
      }
      Instant ofApp =
          next(purpose.of(app), ofDevice, earlier(overdue(app, moment), overdue(device, moment)));
      if (ofApp.equals(ofDevice)) {
        return ofApp;
      }
      at = ofApp;
    }
    return Instant.MAX;
  }

  private static Instant next(Windows of, Instant at, Instant overdue) {
    return overdue.isAfter(at) ? earlier(of.nextOpen(at), overdue) : at;
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
  private String shown(Purpose purpose, Instant exactly) {
    Instant at = Instant.ofEpochSecond(exactly.getEpochSecond());
    Windows first = purpose.of(device);
    ZoneId zone = first.areAbsent() ? purpose.of(app).zone() : first.zone();
    String local = OffsetDateTime.ofInstant(at, zone).toString();
    return local.endsWith("Z") ? local : "%s (%s)".formatted(local, at);
  }
}
