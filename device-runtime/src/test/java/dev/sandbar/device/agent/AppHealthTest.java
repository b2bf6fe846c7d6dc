package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.report.CheckResult;
import dev.sandbar.device.health.AppCheck;
import dev.sandbar.device.health.HealthChecks;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class AppHealthTest {

  private static final AppName PUMP = new AppName("pump");
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

  private final AppHealth health =
      new AppHealth(new HealthChecks(new Nobody(), _ -> {}, Duration.ZERO, System::nanoTime));

  /** Nothing is asked here. */
  private static final class Nobody implements AppCheck {
    @Override
    public CheckResult ask(CompiledApp app) {
      throw new AssertionError();
    }

    @Override
    public void end(CompiledApp app) {
      throw new AssertionError();
    }
  }

  private static Loaded restarted(long times) {
    return new Loaded(
        "loaded", "active", "running", "enabled", "", List.of(), false, "", "", "", 0, times);
  }

  private boolean loops(long restarts, int second) {
    return health.restartsTooOften(PUMP, restarted(restarts), NOON.plusSeconds(second));
  }

  @Test
  void fiveRestartsInTenMinutesAreTooMany() {
    assertThat(loops(3, 0)).isFalse();
    assertThat(loops(7, 300)).isFalse();
    assertThat(loops(8, 599)).isTrue();
  }

  @Test
  void fiveInALongerTimeAreNot() {
    assertThat(loops(0, 0)).isFalse();
    assertThat(loops(4, 590)).isFalse();
    assertThat(loops(5, 601)).isFalse();
    assertThat(loops(9, 700)).isFalse();
    assertThat(loops(10, 800)).isTrue();
  }

  /** systemd counts from zero after each start by somebody, and clocks are set back. */
  @Test
  void aCountOrAClockThatGoesBackBeginsAnew() {
    assertThat(loops(9, 0)).isFalse();
    assertThat(loops(0, 10)).isFalse();
    assertThat(loops(4, 20)).isFalse();
    assertThat(loops(5, -3600)).isFalse();
    assertThat(loops(9, -3590)).isFalse();
    assertThat(loops(10, -3580)).isTrue();
  }

  @Test
  void aVersionMayRestartAsOftenAsItsSpecSays() {
    var waiting =
        new Loaded(
            "loaded",
            "activating",
            "auto-restart",
            "enabled",
            "",
            List.of(),
            false,
            "",
            "",
            "exit-code",
            1,
            4);
    assertThat(restarted(4).hasFallenOver(3, 1)).isFalse();
    assertThat(restarted(5).hasFallenOver(3, 1)).isTrue();
    // It has ended for the last time that it may, and the next start is not counted yet.
    assertThat(waiting.hasFallenOver(3, 1)).isTrue();
    assertThat(waiting.hasFallenOver(3, 2)).isFalse();
    assertThat(restarted(3).hasFallenOver(3, 0)).isFalse();
  }
}
