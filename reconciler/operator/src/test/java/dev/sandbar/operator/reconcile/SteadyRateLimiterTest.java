package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How often one object is reconciled. */
class SteadyRateLimiterTest {
  private static final long MILLI = Duration.ofMillis(1).toNanos();
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private long now = -SECOND;

  @Test
  void whatChangesAllTheTimeIsReconciledOnceASecond() {
    var limiter = new SteadyRateLimiter(AppReconciler.APART, 1, 0, () -> now);
    var pump = limiter.initState();
    int times = 0;
    for (int i = 0; i < 1_000; i++) {
      times += limiter.isLimited(pump).isEmpty() ? 1 : 0;
      now += 10 * MILLI;
    }
    assertThat(times).isEqualTo(10);
  }

  @Test
  void manyInAPeriodThenTheRestOfItIsWaitedFor() {
    var limiter = new SteadyRateLimiter(Duration.ofSeconds(4), 20, 3, () -> now);
    var device = limiter.initState();
    for (int i = 0; i < 20; i++) {
      assertThat(limiter.isLimited(device)).isEmpty();
    }
    now += SECOND;
    assertThat(limiter.isLimited(device)).contains(Duration.ofSeconds(3));
    assertThat(limiter.isLimited(limiter.initState())).as("another").isEmpty();
    now += 3 * SECOND;
    assertThat(limiter.isLimited(device)).isEmpty();
  }

  /** A device that reports other facts ten times a second has the operator compile as often. */
  @Test
  void whoNeverStopsIsSlowedDownAndIsForgivenOnceItStops() {
    var limiter = new SteadyRateLimiter(Duration.ofSeconds(4), 20, 3, () -> now);
    var device = limiter.initState();
    assertThat(looks(limiter, device, 60)).isLessThan(60);
    assertThat(looks(limiter, device, 640)).as("twice in 32 s").isBetween(36, 44);
    // For how long it has to wait it is told, and that is never long.
    assertThat(limiter.isLimited(device).orElse(Duration.ZERO)).isLessThan(Duration.ofSeconds(33));
    // A minute of rest, and it is as all others are.
    now += 100 * SECOND;
    assertThat(looks(limiter, device, 4)).isEqualTo(20);
  }

  /** One that is busy for a moment, as when apps start, notices nothing. */
  @Test
  void whoStaysBelowTheMostIsNeverSlowedDown() {
    var limiter = new SteadyRateLimiter(Duration.ofSeconds(4), 20, 3, () -> now);
    var device = limiter.initState();
    int looks = 0;
    for (int i = 0; i < 400; i++) {
      looks += limiter.isLimited(device).isEmpty() ? 1 : 0;
      now += 250 * MILLI;
    }
    assertThat(looks).isEqualTo(400);
  }

  /** How often it is looked at of so many seconds of ten changes each. */
  private int looks(SteadyRateLimiter limiter, SteadyRateLimiter.Used device, int seconds) {
    int looks = 0;
    for (int i = 0; i < 10 * seconds; i++) {
      looks += limiter.isLimited(device).isEmpty() ? 1 : 0;
      now += 100 * MILLI;
    }
    return looks;
  }
}
