package dev.sandbar.core.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DeviceFoldTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final Seen FINE =
      new Seen(1, Status.TRUE, false, false, "ReconciliationSucceeded", "Applied revision: main");

  private final SortedMap<String, AppOnDevice> apps = new TreeMap<>();

  private DeviceFold.Summary fold(Reach reach) {
    return DeviceFold.fold("pump-1", reach, apps, "", "", Duration.ZERO, List.of(), NOW);
  }

  private static String ready(DeviceFold.Summary summary) {
    Condition ready =
        summary.conditions().stream().filter(c -> c.type() == Type.READY).findFirst().orElseThrow();
    return ready.status().text() + "/" + ready.reason() + "/" + ready.message();
  }

  @Test
  void readyWhenAllAppsAre() {
    apps.put("a", new AppOnDevice(new Intent.Published(1), FINE));
    assertThat(ready(fold(Reach.REACHABLE)))
        .isEqualTo("True/ReconciliationSucceeded/1 of 1 app ready");
  }

  @Test
  void aDeviceOnAMeteredLinkSaysHowOldThisCanBe() {
    apps.put("a", new AppOnDevice(new Intent.Published(1), FINE));
    Duration rarely = Duration.ofMinutes(30);
    DeviceFold.Summary summary =
        DeviceFold.fold("pump-1", Reach.REACHABLE, apps, "", "", rarely, List.of(), NOW);
    assertThat(ready(summary))
        .isEqualTo("True/ReconciliationSucceeded/1 of 1 app ready (metered: seen every 30 min)");
  }

  @Test
  void aRecipientThatNobodyApprovedNeedsAPersonThoughAllAppsRun() {
    apps.put("a", new AppOnDevice(new Intent.Published(1), FINE));
    DeviceFold.Summary summary =
        DeviceFold.fold(
            "pump-1", Reach.REACHABLE, apps, "", "another one", Duration.ZERO, List.of(), NOW);
    assertThat(ready(summary)).startsWith("True/");
    assertThat(summary.conditions())
        .filteredOn(c -> c.type() == Type.STALLED)
        .singleElement()
        .satisfies(
            c -> {
              assertThat(c.reason()).isEqualTo("RecipientChanged");
              assertThat(c.message()).isEqualTo("another one");
            });
  }

  @Test
  void anAppThatNoLongerSelectsItIsSaidAndCountsForNothing() {
    apps.put("a", new AppOnDevice(new Intent.Published(1), FINE));
    apps.put("b", new AppOnDevice(new Intent.Withdrawn(true), FINE));
    assertThat(ready(fold(Reach.REACHABLE)))
        .isEqualTo(
            "True/ReconciliationSucceeded/1 of 1 app ready; held back from removal, though no"
                + " longer selected: b");
    assertThat(fold(Reach.REACHABLE).counts().desired()).isEqualTo(1);
  }

  @Test
  void neverGreenWhileUnreachable() {
    apps.put("a", new AppOnDevice(new Intent.Published(1), FINE));
    assertThat(ready(fold(Reach.UNREACHABLE))).startsWith("Unknown/DeviceUnreachable");
    assertThat(fold(Reach.UNREACHABLE).counts().ready()).isZero();
  }

  @Test
  void aDeviceThatHasNotReportedSaysWhetherItIsApproved() {
    assertThat(ready(fold(Reach.UNAPPROVED)))
        .isEqualTo(
            "Unknown/AwaitingApproval/not approved yet: compare its key, and run sandbar fleet"
                + " approve pump-1");
    assertThat(ready(fold(Reach.NEVER)))
        .isEqualTo("Unknown/NotObserved/the device has not reported yet");
  }

  @Test
  void whatItCannotEnforceIsNamedWithTheHelp() {
    apps.put("a", new AppOnDevice(new Intent.Refused("CannotEnforce", "no x", "do y"), FINE));
    DeviceFold.Summary summary = fold(Reach.REACHABLE);
    assertThat(summary.cannotEnforce())
        .containsExactly(new DeviceFold.Refusal("a", "CannotEnforce", "no x", "do y"));
    assertThat(ready(summary)).isEqualTo("False/CannotEnforce/a: no x");
  }

  @Test
  void aFailureIsNamed() {
    apps.put("a", new AppOnDevice(new Intent.Published(1), FINE));
    apps.put(
        "b",
        new AppOnDevice(
            new Intent.Published(1),
            new Seen(1, Status.FALSE, false, false, "HealthCheckFailed", "exited")));
    assertThat(ready(fold(Reach.REACHABLE))).isEqualTo("False/HealthCheckFailed/b: exited");
  }

  @Test
  void whatEndsTheAttemptsIsSaidInTheSameWordsByReadyAndStalled() {
    var down = new Seen(1, Status.FALSE, false, false, "HealthCheckFailed", "no answer");
    apps.put("a", new AppOnDevice(new Intent.Published(1), down));
    // The first version of an app: nothing runs of it.
    var back = new Seen(0, Status.FALSE, false, true, "RolledBack", "exited with 1");
    apps.put("b", new AppOnDevice(new Intent.Published(1), back, true));
    DeviceFold.Summary summary = fold(Reach.REACHABLE);
    assertThat(ready(summary)).isEqualTo("False/RolledBack/b: exited with 1 and 1 more");
    assertThat(stalled(summary)).isEqualTo("RolledBack/b: exited with 1 and 1 more");
    assertThat(stalled(fold(Reach.UNREACHABLE))).as("known of it still").isNotEmpty();
    // The next version is published, and the device has not answered it.
    apps.put("b", new AppOnDevice(new Intent.Published(2), back));
    assertThat(stalled(fold(Reach.REACHABLE))).isEmpty();
    assertThat(ready(fold(Reach.REACHABLE))).startsWith("False/HealthCheckFailed/a: no answer");
  }

  private static String stalled(DeviceFold.Summary summary) {
    return summary.conditions().stream()
        .filter(c -> c.type() == Type.STALLED)
        .map(c -> c.reason() + "/" + c.message())
        .findFirst()
        .orElse("");
  }

  @Test
  void waitingSaysForWhat() {
    apps.put("a", new AppOnDevice(new Intent.Waiting("no facts yet"), Seen.NOTHING));
    assertThat(ready(fold(Reach.REACHABLE)))
        .isEqualTo("Unknown/Progressing/0 of 1 app ready; a: no facts yet");
  }

  @Test
  void aVersionThatWaitsSaysForWhat() {
    apps.put("a", new AppOnDevice(new Intent.Published(1), FINE));
    var held = new Seen(1, Status.UNKNOWN, false, false, "Held", "held by its owner");
    apps.put("b", new AppOnDevice(new Intent.Published(2), held));
    assertThat(ready(fold(Reach.REACHABLE)))
        .isEqualTo("Unknown/Held/1 of 2 apps ready; b: held by its owner");
    apps.put("c", new AppOnDevice(new Intent.Published(1), Seen.NOTHING));
    assertThat(ready(fold(Reach.REACHABLE))).startsWith("Unknown/Progressing/");
  }
}
