package dev.sandbar.core.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.bundle.ReportedApp;
import dev.sandbar.core.bundle.ReportedDirectives;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a status takes from a report. */
class SeenTest {
  private static Seen seen(Enforcement enforcement, String... notEnforced) {
    return seen(enforcement, 0, notEnforced);
  }

  private static Seen seen(Enforcement enforcement, long ignored, String... notEnforced) {
    var ready =
        new Condition(
            Type.READY,
            Condition.Status.TRUE,
            "ReconciliationSucceeded",
            "Applied revision: main",
            Instant.EPOCH);
    return Seen.of(
        new ReportedApp(
            1,
            "r",
            "",
            enforcement,
            List.of(),
            List.of(notEnforced),
            ReportedDirectives.NONE,
            "",
            List.of(ready),
            List.of(),
            ignored));
  }

  @Test
  void whatTheDeviceDoesNotHoldIsNamed() {
    assertThat(seen(Enforcement.ENFORCED).degraded()).isEmpty();
    assertThat(seen(Enforcement.DEGRADED).degraded())
        .isEqualTo("the device does not enforce all of it");
    assertThat(seen(Enforcement.DEGRADED, "TasksMax", "MemoryMax").degraded())
        .isEqualTo("not enforced: MemoryMax, TasksMax");
    assertThat(seen(Enforcement.DEGRADED, "A", "B", "C", "D", "E", "F").degraded())
        .isEqualTo("not enforced: A, B, C, D and more");
    assertThat(seen(Enforcement.DEGRADED, 2).degraded())
        .isEqualTo("2 differences are ignored by the spec");
    assertThat(seen(Enforcement.DEGRADED, 1).drifted()).isFalse();
  }

  @Test
  void onlyNamesOfDirectivesArePassedOn() {
    assertThat(seen(Enforcement.DEGRADED, "a\nb", "<b>", "", "TasksMax").degraded())
        .isEqualTo("not enforced: TasksMax");
  }

  /** It stands where people look: in the conditions of the app and of the device. */
  @Test
  void itReachesTheConditionsOfTheAppAndTheDevice() {
    var app = new AppOnDevice(new Intent.Published(1), seen(Enforcement.DEGRADED, "TasksMax"));
    var fold = new AppFold(1);
    fold.add("one", Reach.REACHABLE, app);
    assertThat(ready(fold.summary(AppFold.Terms.NONE, List.of(), Instant.EPOCH).conditions()))
        .isEqualTo("Degraded: 1 of 1 device ready, 1 of them degraded; not enforced: TasksMax");
    var device =
        DeviceFold.fold(
            "pump-1",
            Reach.REACHABLE,
            new TreeMap<>(Map.of("pump", app)),
            "",
            "",
            Duration.ZERO,
            List.of(),
            Instant.EPOCH);
    assertThat(ready(device.conditions()))
        .isEqualTo("Degraded: 1 of 1 app ready; pump: not enforced: TasksMax");
  }

  private static String ready(List<Condition> conditions) {
    return conditions.stream()
        .filter(c -> c.type() == Type.READY)
        .map(c -> c.reason() + ": " + c.message())
        .findFirst()
        .orElse("");
  }
}
