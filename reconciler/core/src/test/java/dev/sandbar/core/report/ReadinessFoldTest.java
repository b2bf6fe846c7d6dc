package dev.sandbar.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.HealthSpec;
import dev.sandbar.core.model.Location;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReadinessFoldTest {

  private static final CheckResult PASSED = new CheckResult.Passed();
  private static final CheckResult FAILED = new CheckResult.Failed("no");
  private static final CheckResult UNASKED = new CheckResult.Unasked("who knows");
  private static final Readiness READY = new Readiness.Ready();

  private static HealthSpec spec(int within, int settle, int every) {
    return new HealthSpec(
        new HealthSpec.Readiness.Tcp(80),
        Duration.ofSeconds(within),
        HealthSpec.TIMEOUT,
        Duration.ofSeconds(every),
        Duration.ofSeconds(settle),
        0,
        HealthSpec.RollbackMode.ON_UPDATE,
        Location.NOWHERE);
  }

  private static long at(double seconds) {
    // A clock of nanoseconds may begin anywhere, and overflow.
    return Long.MAX_VALUE - 3_000_000_000L + (long) (seconds * 1e9);
  }

  private static ReadinessFold begin(HealthSpec spec) {
    return ReadinessFold.begin(spec, Duration.ofSeconds(2), false, at(0));
  }

  @Test
  void oneThatStaysReadyIsReady() {
    ReadinessFold fold = begin(spec(10, 4, 0)).after(FAILED, at(1)).after(PASSED, at(2));
    assertThat(fold.readiness()).isEqualTo(new Readiness.Undecided(""));
    assertThat(fold.after(PASSED, at(5.9)).readiness()).isEqualTo(new Readiness.Undecided(""));
    assertThat(fold.after(PASSED, at(6)).readiness()).isEqualTo(READY);
    // What fails in between begins anew.
    ReadinessFold again = fold.after(FAILED, at(4)).after(PASSED, at(5)).after(PASSED, at(8));
    assertThat(again.readiness()).isEqualTo(new Readiness.Undecided(""));
    assertThat(again.after(PASSED, at(9)).readiness()).isEqualTo(READY);
  }

  @Test
  void oneThatSaysNothingOfSettlingTakesThatOfTheAgent() {
    ReadinessFold fold = begin(spec(10, 0, 0)).after(PASSED, at(1));
    assertThat(fold.after(PASSED, at(2.9)).readiness()).isEqualTo(new Readiness.Undecided(""));
    assertThat(fold.after(PASSED, at(3)).readiness()).isEqualTo(READY);
  }

  @Test
  void oneThatIsNotReadyInTimeFails() {
    ReadinessFold fold = begin(spec(10, 4, 0));
    assertThat(fold.after(FAILED, at(9.9)).readiness()).isEqualTo(new Readiness.Undecided("no"));
    assertThat(fold.after(FAILED, at(10)).readiness()).isEqualTo(new Readiness.Failing("no"));
    // Ready at last: it has its time to settle.
    assertThat(fold.after(PASSED, at(10)).after(PASSED, at(14)).readiness()).isEqualTo(READY);
  }

  @Test
  void aTimeInWhichNobodyCanAskDoesNotCount() {
    ReadinessFold fold = begin(spec(10, 4, 0)).after(UNASKED, at(100));
    assertThat(fold.after(FAILED, at(109)).readiness()).isEqualTo(new Readiness.Undecided("no"));
    assertThat(fold.after(FAILED, at(110)).readiness()).isEqualTo(new Readiness.Failing("no"));
  }

  @Test
  void laterItFailsAfterThreeInARow() {
    ReadinessFold fold = ReadinessFold.begin(spec(10, 4, 30), Duration.ZERO, true, at(0));
    fold = fold.after(PASSED, at(1)).after(FAILED, at(2)).after(FAILED, at(3));
    assertThat(fold.readiness()).isEqualTo(READY);
    assertThat(fold.after(PASSED, at(4)).after(FAILED, at(5)).readiness()).isEqualTo(READY);
    assertThat(fold.after(UNASKED, at(4)).after(FAILED, at(5)).readiness())
        .isEqualTo(new Readiness.Failing("no"));
    assertThat(fold.after(FAILED, at(4)).after(PASSED, at(5)).readiness()).isEqualTo(READY);
    assertThat(fold.pause(at(4))).isEqualTo(Duration.ofSeconds(30));
  }

  /** Whatever happens, a check comes soon, and the verdict at the end of the time is not late. */
  @Test
  void pausesAreNeitherTooShortNorTooLong() {
    var random = new Random(7);
    for (int run = 0; run < 200; run++) {
      HealthSpec spec = spec(1 + random.nextInt(60), random.nextInt(20), 0);
      ReadinessFold fold = begin(spec);
      double now = 0;
      while (fold.readiness() instanceof Readiness.Undecided) {
        Duration pause = fold.pause(at(now));
        assertThat(pause).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(5));
        now += pause.toNanos() / 1e9;
        fold = fold.after(random.nextInt(3) > 0 ? FAILED : PASSED, at(now));
        assertThat(now).isLessThan(400);
      }
      if (fold.readiness() instanceof Readiness.Failing) {
        assertThat(now).isGreaterThanOrEqualTo(spec.within().toSeconds());
      }
    }
  }
}
