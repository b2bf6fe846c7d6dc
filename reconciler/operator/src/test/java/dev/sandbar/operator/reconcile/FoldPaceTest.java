package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** When a status is folded. */
class FoldPaceTest {
  private static final Key PUMP = new Key("fleet", "pump");
  private static final long MILLI = Duration.ofMillis(1).toNanos();
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final FoldPace pace = new FoldPace();

  /** Marks the app every 10 ms for ten seconds, and folds when it may be. */
  private int folds(Key app, long from, long cost) {
    int folds = 0;
    for (long now = from; now < from + 10 * SECOND; now += 10 * MILLI) {
      pace.mark(app, FoldPace.SOON, now);
      Optional<Key> next = pace.next(now);
      if (next.isPresent()) {
        pace.folded(next.get(), cost, now);
        folds++;
      }
    }
    return folds;
  }

  @Test
  void whatChangesAllTheTimeIsFoldedOnceASecondAlthoughNothingIsWritten() {
    assertThat(folds(PUMP, 0, 0)).isBetween(9, 11);
  }

  @Test
  void whatHasBeenQuietIsFoldedSoon() {
    pace.mark(PUMP, FoldPace.SOON, 0);
    assertThat(pace.next(50 * MILLI)).isEmpty();
    assertThat(pace.next(100 * MILLI)).contains(PUMP);
    assertThat(pace.next(100 * MILLI)).isEmpty();
  }

  @Test
  void aNamespaceThatCostsMuchWaitsAndOthersDoNot() {
    for (int i = 0; i < 10; i++) {
      pace.mark(new Key("dear", "app-" + i), Duration.ZERO, 0);
    }
    pace.mark(PUMP, Duration.ZERO, 1);
    long now = 10;
    int dear = 0;
    int pump = 0;
    Optional<Key> next = pace.next(now);
    while (next.isPresent()) {
      boolean isPump = next.get().equals(PUMP);
      pump += isPump ? 1 : 0;
      dear += isPump ? 0 : 1;
      now += isPump ? 0 : 300 * MILLI;
      pace.folded(next.get(), isPump ? 0 : 300 * MILLI, now);
      next = pace.next(now);
    }
    assertThat(pump).isEqualTo(1);
    assertThat(dear).isEqualTo(2);
    assertThat(pace.next(now)).isEmpty();
    // Its share is paid back.
    assertThat(pace.next(now + SECOND)).isPresent();
  }

  @Test
  void whatIsGoneIsNotFolded() {
    pace.mark(PUMP, FoldPace.SOON, 0);
    pace.forget(PUMP);
    assertThat(pace.next(SECOND)).isEmpty();
  }

  @Test
  void aNamespaceOfThousandsOfAppsHasAsManyTurnsAsOneOfASingleApp() {
    for (int i = 0; i < 2_000; i++) {
      pace.mark(new Key("loud", "app-" + i), Duration.ZERO, 0);
    }
    int honest = 0;
    for (long now = 0; now < 20 * SECOND; now += 20 * MILLI) {
      pace.mark(PUMP, FoldPace.SOON, now);
      Key next = pace.next(now).orElseThrow();
      honest += next.equals(PUMP) ? 1 : 0;
      // Nothing is computed; all of the time goes by at the API server.
      pace.folded(next, 0, now + 20 * MILLI);
      pace.mark(next, FoldPace.SOON, now);
    }
    assertThat(honest).isBetween(17, 21);
  }
}
