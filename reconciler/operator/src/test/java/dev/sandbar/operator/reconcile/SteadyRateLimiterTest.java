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
    var limiter = new SteadyRateLimiter(AppReconciler.APART, 1, () -> now);
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
    var limiter = new SteadyRateLimiter(Duration.ofSeconds(4), 20, () -> now);
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
}
