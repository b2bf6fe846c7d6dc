package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.operator.reconcile.HoldBack.News;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** How long the status of a device that is on its way is held back. */
class HoldBackTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Key ONE = new Key("fleet", "one");

  private final HoldBack held = new HoldBack();

  private Duration left(News news, double seconds) {
    return held.left(ONE, news, START.plusMillis((long) (seconds * 1_000)));
  }

  @Test
  void aReadyDeviceMayBeBusyForFiveSeconds() {
    assertThat(left(News.BUSY, 0)).isEqualTo(Duration.ofSeconds(5));
    assertThat(left(News.BUSY, 3)).as("it counts from the first").isEqualTo(Duration.ofSeconds(2));
    assertThat(left(News.BUSY, 5)).isZero();
    assertThat(left(News.BUSY, 6)).as("a later one anew").isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void oneThatIsNotReadyYetIsShownAfterTwoSeconds() {
    assertThat(left(News.COMING, 0)).isEqualTo(Duration.ofSeconds(2));
    assertThat(left(News.COMING, 1.5)).isEqualTo(Duration.ofMillis(500));
    assertThat(left(News.COMING, 2)).isZero();
  }

  @Test
  void whatIsNotPassingIsShownAtOnce() {
    assertThat(left(News.COMING, 0)).isPositive();
    assertThat(left(News.FINAL, 1)).isZero();
    assertThat(left(News.COMING, 10)).as("anew").isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void whatIsOverIsForgotten() {
    assertThat(left(News.BUSY, 0)).isPositive();
    held.over(ONE);
    assertThat(left(News.BUSY, 100)).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void manyAtOnceAreShownLater() {
    for (int i = 0; i <= HoldBack.CROWD; i++) {
      assertThat(held.left(new Key("fleet", "other-" + i), News.COMING, START)).isPositive();
    }
    assertThat(left(News.COMING, 0)).isEqualTo(Duration.ofSeconds(10));
    assertThat(left(News.COMING, 9)).isEqualTo(Duration.ofSeconds(1));
    assertThat(left(News.COMING, 10)).isZero();
    assertThat(left(News.BUSY, 20)).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void aClockThatIsSetBackHoldsNothing() {
    assertThat(left(News.BUSY, 0)).isPositive();
    assertThat(left(News.BUSY, -3_600)).isZero();
  }
}
