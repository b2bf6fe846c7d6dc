package dev.sandbar.core.window;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.window.UpdateGate.Moment;
import dev.sandbar.core.window.UpdateGate.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;

class UpdateGateTest {
  private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");

  /** Two hours every night. */
  private static final Maintenance NIGHT = of("0 2 * * *", 2, Duration.ZERO);

  private static final Maintenance SUNDAY = of("0 0 * * SUN", 24, Duration.ZERO);

  @Test
  void whoHasNoWindowsWaitsForNothing() {
    var gate = new UpdateGate(Maintenance.NONE, Maintenance.NONE);
    assertThat(gate.isAlwaysOpen()).isTrue();
    assertThat(gate.judge(new Moment(NOON, NOON, false))).isEqualTo(new Verdict.Open());
  }

  @Test
  void bothHaveToLetIt() {
    assertThat(until(NIGHT, Maintenance.NONE, NOON)).isEqualTo("2026-12-02T01:00:00Z");
    assertThat(until(Maintenance.NONE, NIGHT, NOON)).isEqualTo("2026-12-02T01:00:00Z");
    assertThat(until(SUNDAY, NIGHT, NOON)).isEqualTo("2026-12-06T01:00:00Z");
    assertThat(until(NIGHT, SUNDAY, NOON)).isEqualTo("2026-12-06T01:00:00Z");
    assertThat(judge(NIGHT, SUNDAY, "2026-12-06T01:00:00Z")).isEqualTo(new Verdict.Open());
    assertThat(judge(NIGHT, SUNDAY, "2026-12-06T02:59:59Z")).isEqualTo(new Verdict.Open());
    assertThat(judge(NIGHT, SUNDAY, "2026-12-06T03:00:00Z")).isInstanceOf(Verdict.Closed.class);
  }

  @Test
  void itSaysWhenInTheZoneOfTheWindowAndInUtc() {
    assertThat(judge(NIGHT, Maintenance.NONE, NOON.toString()))
        .isEqualTo(
            new Verdict.Closed(
                Instant.parse("2026-12-02T01:00:00Z"),
                "waits for the window that opens at 2026-12-02T02:00+01:00 (2026-12-02T01:00:00Z)"));
  }

  @Test
  void imagesHaveWindowsOfTheirOwn() {
    var device = new Maintenance(SUNDAY.apply(), NIGHT.apply(), Duration.ZERO, false);
    Moment noon = new Moment(NOON, NOON, true);
    assertThat(new UpdateGate(device, Maintenance.NONE).isAlwaysOpen()).isFalse();
    assertThat(new UpdateGate(device, Maintenance.NONE).judgeDownload(noon))
        .isEqualTo(
            new Verdict.Closed(
                Instant.parse("2026-12-02T01:00:00Z"),
                "waits for the download window that opens at 2026-12-02T02:00+01:00 (2026-12-02T01:00:00Z)"));
    Moment night = new Moment(Instant.parse("2026-12-02T01:30:00Z"), NOON, true);
    assertThat(new UpdateGate(device, Maintenance.NONE).judgeDownload(night))
        .isEqualTo(new Verdict.Open());
    assertThat(new UpdateGate(device, Maintenance.NONE).judge(night))
        .isInstanceOf(Verdict.Closed.class);
    // Of windows for applying it does not wait, whoever has them.
    assertThat(new UpdateGate(NIGHT, SUNDAY).judgeDownload(noon)).isEqualTo(new Verdict.Open());
    // And the app's count as well.
    var app = new Maintenance(Maintenance.NONE.apply(), SUNDAY.apply(), Duration.ZERO, false);
    assertThat(new UpdateGate(device, app).judgeDownload(night)).isInstanceOf(Verdict.Closed.class);
    assertThat(new UpdateGate(device, app).judgeDownload(new Moment(NOON, NOON, false)).toString())
        .contains("until the clock of the device is set, by which its download window opens");
  }

  @Test
  void whatTheAppDefersTooLongIsAppliedWhenTheDeviceLetsIt() {
    Maintenance app = of("0 0 * * SUN", 24, Duration.ofDays(1));
    Instant since = NOON.minus(Duration.ofHours(30));
    assertThat(new UpdateGate(Maintenance.NONE, app).judge(new Moment(NOON, since, true)))
        .isEqualTo(new Verdict.Open());
    assertThat(new UpdateGate(NIGHT, app).judge(new Moment(NOON, since, true)))
        .isInstanceOfSatisfying(
            Verdict.Closed.class,
            closed -> {
              assertThat(closed.until()).isEqualTo("2026-12-02T01:00:00Z");
              assertThat(closed.message())
                  .startsWith("waits for its window until maxDefer is over at 2026-12-02T02:00");
            });
  }

  @Test
  void whatTheDeviceDefersTooLongIsAppliedAnyway() {
    Maintenance device = of("0 0 1 1 *", 1, Duration.ofDays(7));
    assertThat(until(device, SUNDAY, NOON)).isEqualTo("2026-12-08T12:00:00Z");
    Moment late = new Moment(NOON, NOON.minus(Duration.ofDays(7)), true);
    assertThat(new UpdateGate(device, SUNDAY).judge(late)).isEqualTo(new Verdict.Open());
  }

  @Test
  void windowsThatNeverMeetAreSaid() {
    Maintenance monday = of("0 0 * * MON", 1, Duration.ZERO);
    Maintenance friday = of("0 0 * * FRI", 1, Duration.ZERO);
    assertThat(judge(monday, friday, NOON.toString()))
        .isEqualTo(
            new Verdict.Closed(
                Instant.MAX,
                "waits until a window of the device and one of the app are open together, and none"
                    + " was found"));
  }

  @Test
  void aClockThatIsNotSetOpensNothing() {
    Instant inTheWindow = Instant.parse("1970-01-01T01:30:00Z");
    Maintenance device = of("0 2 * * *", 2, Duration.ofMinutes(1));
    assertThat(new UpdateGate(device, NIGHT).judge(new Moment(inTheWindow, NOON, false)))
        .isInstanceOf(Verdict.Closed.class);
  }

  @Test
  void whatBeganInTheFutureHasNotWaited() {
    Maintenance device = of("0 0 1 1 *", 1, Duration.ofHours(1));
    Moment moment = new Moment(NOON, NOON.plus(Duration.ofDays(9)), true);
    assertThat(new UpdateGate(device, Maintenance.NONE).judge(moment))
        .isInstanceOfSatisfying(
            Verdict.Closed.class,
            closed -> assertThat(closed.until()).isEqualTo("2026-12-01T13:00:00Z"));
  }

  @Test
  void anAppThatIsBusyIsBelievedForADay() {
    var gate = new UpdateGate(Maintenance.NONE, busy(Duration.ZERO));
    Instant since = NOON.minus(Duration.ofHours(23)).plusNanos(7);
    assertThat(gate.judgeBusy(new Moment(NOON, NOON, false), since))
        .isEqualTo(
            new Verdict.Closed(
                NOON.plusSeconds(15),
                "the app says that it is busy; waits until 2026-12-01T13:00Z at the latest"));
    assertThat(until(gate.judgeBusy(new Moment(NOON, NOON, false), since.minusSeconds(3595))))
        .isEqualTo(NOON.plusSeconds(5).plusNanos(7));
    assertThat(gate.judgeBusy(new Moment(NOON, NOON, false), NOON.minus(Duration.ofDays(1))))
        .isEqualTo(new Verdict.Open());
  }

  @Test
  void anAppThatIsBusyIsBelievedAsLongAsBothSay() {
    var longer = new UpdateGate(Maintenance.NONE, busy(Duration.ofDays(7)));
    Instant yesterday = NOON.minus(Duration.ofDays(1));
    Moment asked = new Moment(NOON, NOON, true);
    assertThat(longer.judgeBusy(asked, yesterday)).isInstanceOf(Verdict.Closed.class);
    // All of the time counts, also that in which it waited for a window.
    Moment late = new Moment(NOON, NOON.minus(Duration.ofDays(7)), true);
    assertThat(longer.judgeBusy(late, NOON)).isEqualTo(new Verdict.Open());
    // By a default the app loses nothing while it is not asked.
    assertThat(new UpdateGate(NIGHT, busy(Duration.ZERO)).judgeBusy(late, NOON))
        .isInstanceOf(Verdict.Closed.class);
    // And the owner of the device has the last word.
    Maintenance hour = new Maintenance(Maintenance.NONE.apply(), Duration.ofHours(1));
    var owned = new UpdateGate(hour, busy(Duration.ofDays(7)));
    assertThat(owned.judgeBusy(asked, NOON.minusSeconds(3599))).isInstanceOf(Verdict.Closed.class);
    assertThat(owned.judgeBusy(asked, NOON.minusSeconds(3600))).isEqualTo(new Verdict.Open());
    assertThat(owned.judgeBusy(late, NOON)).isEqualTo(new Verdict.Open());
  }

  private static Maintenance busy(Duration maxDefer) {
    return new Maintenance(Maintenance.NONE.apply(), maxDefer, true);
  }

  private static Instant until(Verdict verdict) {
    return verdict instanceof Verdict.Closed(var until, _) ? until : Instant.MIN;
  }

  private static Maintenance of(String at, int hours, Duration maxDefer) {
    var window = new Window(CronTimesTest.times(at), Duration.ofHours(hours));
    return new Maintenance(new Windows(List.of(window), ZoneId.of("Europe/Berlin")), maxDefer);
  }

  private static Verdict judge(Maintenance device, Maintenance app, String now) {
    Instant at = Instant.parse(now);
    return new UpdateGate(device, app).judge(new Moment(at, at, true));
  }

  private static Instant until(Maintenance device, Maintenance app, Instant now) {
    return judge(device, app, now.toString()) instanceof Verdict.Closed(var until, _) ? until : now;
  }
}
