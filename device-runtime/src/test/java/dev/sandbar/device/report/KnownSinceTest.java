package dev.sandbar.device.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.device.report.AlertBacklog.Waiting;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class KnownSinceTest {
  private static final Duration ENOUGH = Duration.ofMinutes(6);

  private final KnownSince heard = new KnownSince(ENOUGH);
  private final DriftAlert.Firing drift = Alerts.firing("IPAddressDeny");

  private Duration lingers(DriftAlert alert, boolean begins) {
    return heard.message(new Waiting(7, begins, alert)).lingers();
  }

  @Test
  void whatFiresHasNoEnd() {
    assertThat(lingers(drift, true)).isZero();
  }

  @Test
  void anEndOfWhatNobodyHeardOfLingersWhole() {
    assertThat(lingers(Alerts.resolved(drift), true)).isEqualTo(ENOUGH);
  }

  @Test
  void anEndOfWhatWasJustToldLingersForTheRest() {
    heard.delivered(new Waiting(1, true, drift));
    assertThat(lingers(Alerts.resolved(drift), false))
        .isPositive()
        .isLessThanOrEqualTo(ENOUGH)
        .isGreaterThan(ENOUGH.minusMinutes(1));
    heard.delivered(new Waiting(2, false, Alerts.resolved(drift)));
    assertThat(lingers(Alerts.resolved(drift), false)).isZero();
  }

  @Test
  void anEndOfWhatIsLongKnownIsTheEnd() {
    assertThat(lingers(Alerts.resolved(drift), false)).isZero();
    // A value that changed does not make it new.
    heard.delivered(new Waiting(1, false, Alerts.firing("IPAddressDeny", "other", drift.at())));
    assertThat(lingers(Alerts.resolved(drift), false)).isZero();
  }
}
