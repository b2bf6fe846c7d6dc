package dev.sandbar.device.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When the next heartbeat is due. */
class LeaseTermTest {
  private static final long METERED = LinkUse.METERED.leaseSeconds();

  private static LeaseTerm term(LinkUse use) {
    return new LeaseTerm(use, bound -> bound / 2);
  }

  @Test
  void aMeteredLinkIsUsedEveryHalfHourOnceItsLeaseStands() {
    LeaseTerm term = term(LinkUse.METERED);
    assertThat(term.asks()).isEqualTo(5_400);
    assertThat(term.answered(METERED)).isEqualTo(Duration.ofMinutes(1));
    assertThat(term.asks()).isZero();
    assertThat(term.answered(METERED)).isEqualTo(Duration.ofMinutes(30));
    assertThat(term.asks()).isZero();
  }

  @Test
  void whereTheOperatorTakesItBackItIsFollowedAndAskedAgainEachHour() {
    LeaseTerm term = term(LinkUse.METERED);
    assertThat(term.answered(METERED)).isEqualTo(Duration.ofMinutes(1));
    for (int beat = 1; beat < 12; beat++) {
      assertThat(term.answered(900)).isEqualTo(Duration.ofMinutes(5));
      assertThat(term.asks()).as("after %d beats", beat).isZero();
    }
    assertThat(term.answered(900)).isEqualTo(Duration.ofMinutes(5));
    assertThat(term.asks()).isEqualTo(METERED);
  }

  @Test
  void noAnswerMakesADeviceSilentForLongerThanItsLinkAllows() {
    for (long seconds : new long[] {Long.MIN_VALUE, -1, 0, 1, 901, 5_401, Long.MAX_VALUE}) {
      assertThat(term(LinkUse.USUAL).answered(seconds))
          .as("%d", seconds)
          .isBetween(Duration.ofSeconds(1), Duration.ofMinutes(5));
      LeaseTerm metered = term(LinkUse.METERED);
      assertThat(metered.answered(seconds)).isEqualTo(Duration.ofMinutes(1));
      assertThat(metered.answered(seconds))
          .as("%d", seconds)
          .isBetween(Duration.ofSeconds(1), Duration.ofMinutes(30));
    }
  }

  @Test
  void aLeaseOfTheLongerKindIsGivenBack() {
    LeaseTerm term = term(LinkUse.USUAL);
    assertThat(term.asks()).isZero();
    assertThat(term.answered(METERED)).isEqualTo(Duration.ofSeconds(1));
    assertThat(term.asks()).isEqualTo(900);
    assertThat(term.answered(900)).isEqualTo(Duration.ofMinutes(5));
    assertThat(term.asks()).isZero();
  }
}
