package dev.sandbar.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How long to wait before the next attempt. */
class BackoffTest {
  @Test
  void waitsGrowUpToTheLongest() {
    assertThat(IntStream.range(0, 8).mapToObj(Backoff.STANDARD::after).map(Duration::toSeconds))
        .containsExactly(0L, 2L, 6L, 18L, 54L, 162L, 300L, 300L);
    assertThat(Backoff.STANDARD.after(Integer.MAX_VALUE)).hasSeconds(300);
  }

  @Test
  void chanceTakesOffWhatItMayAndNeverAll() {
    var random = new Random(7);
    var full = new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(60), 100);
    var half = new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(60), 50);
    var shortest = new Backoff(Duration.ofMillis(20), 2, Duration.ofMillis(50), 100);
    for (int i = 0; i < 1_000; i++) {
      assertThat(full.after(1, random::nextLong).toMillis()).isBetween(100L, 1_000L);
      assertThat(half.after(3, random::nextLong).toMillis()).isBetween(2_000L, 4_000L);
      assertThat(Backoff.STANDARD.after(9, random::nextLong).toMillis())
          .isBetween(225_000L, 300_000L);
      assertThat(shortest.after(1, random::nextLong)).hasMillis(20);
      assertThat(full.after(0, random::nextLong)).isZero();
    }
    assertThat(full.after(3, most -> 0)).hasSeconds(4);
    assertThat(full.after(3, most -> most - 1)).hasMillis(100);
  }
}
