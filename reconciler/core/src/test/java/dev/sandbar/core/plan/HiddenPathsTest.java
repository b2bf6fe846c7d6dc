package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AppSpec.DriftMode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Paths that a running app must no longer see, or sees all the same. */
class HiddenPathsTest extends OnSimulatedDevice {

  /** The stamp of the process says that nothing else differs. */
  @Test
  void whatIsHiddenBesidesIsHiddenFromTheRunningApp() {
    CompiledApp app = running("closed", DriftMode.DETECT);
    device.reportsHidden(app, List.of("-/sys/firmware"));
    device.reload();
    inventory = Inventory.NOTHING;

    Plan plan = plan(Orders.AS_DECLARED, app).plan();

    assertThat(kinds(plan)).containsExactly("Reload", "Hide");
    Plan.Hide hide = only(plan, Plan.Hide.class);
    assertThat(hide.paths())
        .isNotEmpty()
        .doesNotContain("/sys/firmware")
        .allMatch(p -> p.startsWith("/"));
    assertThat(hide.why()).startsWith("InaccessiblePaths changes from -/sys/firmware to ");
    assertThat(hide.impact()).isEqualTo(Plan.Impact.LIVE);
  }

  @Test
  void whatIsHiddenOfItsOwnAccordIsShownByARestartAndOnlyThen() {
    CompiledApp app = running("closed", DriftMode.CORRECT);
    device.reportsHidden(app, List.of("-/sys/firmware", "/usr"));
    device.reload();
    assertThat(kinds(plan(Orders.AS_DECLARED, app).plan())).containsExactly("Reload", "Restart");
    // A volume that the device no longer has: the next start shows its place.
    inventory = Inventory.NOTHING;
    assertThat(kinds(plan(Orders.AS_DECLARED, app).plan())).containsExactly("Reload", "Hide");
  }

  @Test
  void aPathThatTheAppSeesAllTheSameIsDrift() {
    CompiledApp app = running("closed", DriftMode.CORRECT);
    device.show(PUMP, "/sys/firmware");

    Planned planned = plan(Orders.AS_DECLARED, app);

    assertThat(planned.differences().get(PUMP))
        .singleElement()
        .satisfies(
            d -> {
              assertThat(d.subject()).isEqualTo(new Subject.VisiblePath("/sys/firmware"));
              assertThat(d.layer()).isEqualTo(Difference.Layer.PROCESS);
              assertThat(d.observed()).startsWith("visible in process ");
            });
    assertThat(planned.plan().steps())
        .singleElement()
        .satisfies(
            step ->
                assertThat(step)
                    .isInstanceOfSatisfying(
                        Plan.Hide.class,
                        it -> assertThat(it.paths()).containsExactly("/sys/firmware")));
    device.apply(planned.plan());
    assertThat(plan(Orders.AS_DECLARED, app).inSync()).isTrue();
  }
}
