package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.bundle.ReportedDrift;
import dev.sandbar.core.model.Node;
import dev.sandbar.operator.publish.Writes.Kind;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What the statuses say. */
@Execution(ExecutionMode.CONCURRENT)
class StatusTest {
  private static final String SPEC = "run: {command: [/usr/bin/sleep, infinity]}";

  private static void published(TestFleet fleet, String... devices) {
    for (String device : devices) {
      soon().until(() -> !PublishingTest.app(fleet, device, "pump", "rendered").isEmpty());
    }
  }

  private static String count(TestFleet fleet, String what) {
    return fleet.field(Kind.APP_SANDBOX, "pump", "status", "devices", what);
  }

  private static void pumpOnOne(TestFleet fleet) {
    fleet.device("one", "{}");
    fleet.app("pump", SPEC);
    published(fleet, "one");
  }

  private static void awaitPump(TestFleet fleet, String type, String condition) {
    soon().until(() -> fleet.condition(Kind.APP_SANDBOX, "pump", type).equals(condition));
  }

  @Test
  void countsFollowWhatDevicesReport(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var _ = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{}");
      fleet.device("two", "{}");
      fleet.app("pump", SPEC);
      published(fleet, "one", "two");
      soon().until(() -> count(fleet, "desired").equals("2"));
      awaitPump(fleet, "Ready", "Unknown/Progressing");
      assertThat(fleet.condition(Kind.APP_SANDBOX, "pump", "Reconciling")).startsWith("True");

      fleet.takeOver("one");
      soon().until(() -> count(fleet, "ready").equals("1"));
      assertThat(count(fleet, "updated")).isEqualTo("1");
      fleet.takeOver("two");
      awaitPump(fleet, "Ready", "True/ReconciliationSucceeded");
      assertThat(fleet.condition(Kind.APP_SANDBOX, "pump", "Reconciling")).isEmpty();
      soon()
          .until(
              () ->
                  fleet
                      .condition(Kind.DEVICE, "one", "Ready")
                      .equals("True/ReconciliationSucceeded"));
      assertThat(fleet.field(Kind.DEVICE, "one", "status", "apps", "ready")).isEqualTo("1");
      soon().until(() -> fleet.events("AppSandbox", "pump").contains("ReconciliationSucceeded"));

      fleet.app("pump", SPEC + "\nmode: Open\n");
      soon().until(() -> count(fleet, "updated").equals("0"));
      assertThat(count(fleet, "ready")).isEqualTo("0");
    }
  }

  @Test
  void aVersionThatWasRolledBackIsStalledUntilAnotherIsPublished(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var _ = new RunningOperator(api, fleet.namespace)) {
      pumpOnOne(fleet);
      fleet.report("one", "False", "RolledBack", "exited with 1", List.of());
      awaitPump(fleet, "Stalled", "True/RolledBack");
      awaitOne(fleet, "False/RolledBack");
      assertThat(fleet.condition(Kind.DEVICE, "one", "Stalled")).isEqualTo("True/RolledBack");
      assertThat(fleet.message(Kind.DEVICE, "one", "Stalled")).isEqualTo("pump: exited with 1");
      assertThat(fleet.message(Kind.APP_SANDBOX, "pump", "Stalled"))
          .isEqualTo("0 of 1 device ready; exited with 1");
      soon().until(() -> fleet.events("AppSandbox", "pump").contains("RolledBack"));

      // The device has not answered the next version, and goes on saying what was.
      fleet.app("pump", SPEC + "\nmode: Open\n");
      soon().until(() -> fleet.condition(Kind.APP_SANDBOX, "pump", "Stalled").isEmpty());
      fleet.takeOver("one");
      awaitPump(fleet, "Ready", "True/ReconciliationSucceeded");
      assertThat(fleet.events("AppSandbox", "pump").stream().filter("RolledBack"::equals))
          .hasSize(1);
    }
  }

  @Test
  void whatBecomesOfAnAppIsRecorded(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var _ = new RunningOperator(api, fleet.namespace)) {
      fleet.app("pump", SPEC + "\nreadyWhen: {reachable: 50%}\n");
      soon().until(() -> fleet.events("AppSandbox", "pump").contains("NoDeviceSelected"));
      fleet.device("one", "{}");
      published(fleet, "one");
      assertThat(PublishingTest.app(fleet, "one", "pump", "spec"))
          .as("an agent may be older than the field")
          .doesNotContain("readyWhen");
      fleet.report("one", "False", "ReconciliationFailed", "no space left", List.of());
      awaitPump(fleet, "Ready", "False/ReconciliationFailed");
      soon().until(() -> fleet.events("AppSandbox", "pump").contains("ReconciliationFailed"));
      fleet.report("one", "Unknown", "Held", "held by its owner", List.of());
      awaitPump(fleet, "Ready", "Unknown/Held");
      soon().until(() -> fleet.condition(Kind.DEVICE, "one", "Ready").equals("Unknown/Held"));
      assertThat(fleet.message(Kind.DEVICE, "one", "Ready"))
          .isEqualTo("0 of 1 app ready; pump: held by its owner");
      fleet.deleteApp("pump");
      soon().until(() -> fleet.events("AppSandbox", "pump").contains("AppRemoved"));
    }
  }

  @Test
  void driftIsToldWhenItBeginsAndWhenItEnds(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var _ = new RunningOperator(api, fleet.namespace)) {
      pumpOnOne(fleet);
      var drift = new ReportedDrift("MANAGER", "ProtectSystem", "strict", "no", TestFleet.NOW);
      fleet.report("one", "False", "DriftDetected", "ProtectSystem is no", List.of(drift));
      awaitPump(fleet, "Drifted", "True/DriftDetected");
      assertThat(count(fleet, "drifted")).isEqualTo("1");
      assertThat(fleet.field(Kind.APP_SANDBOX, "pump", "status", "problems"))
          .contains("ProtectSystem is no")
          .contains("one");
      soon().until(() -> fleet.events("AppSandbox", "pump").contains("DriftDetected"));
      soon().until(() -> fleet.condition(Kind.DEVICE, "one", "Drifted").startsWith("True"));

      fleet.takeOver("one");
      fleet.app("pump", SPEC + "\nsuspend: true\n");
      awaitPump(fleet, "Suspended", "True/Suspended");
      soon()
          .until(
              () ->
                  fleet
                      .eventMessages("AppSandbox", "pump", "Suspended")
                      .equals(List.of("left as it is until resumed")));
      assertThat(fleet.message(Kind.APP_SANDBOX, "pump", "Suspended"))
          .startsWith("left as it is on ");
      soon().until(() -> fleet.condition(Kind.APP_SANDBOX, "pump", "Drifted").startsWith("False"));
      soon().until(() -> fleet.events("AppSandbox", "pump").contains("NoDriftDetected"));
      assertThat(fleet.events("AppSandbox", "pump").stream().filter("DriftDetected"::equals))
          .hasSize(1);
    }
  }

  @Test
  void aSilentDeviceIsNotReadyUntilItIsHeardOfAgain(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api)) {
      Instant before = Instant.now();
      Instant beaten;
      try (var _ = new RunningOperator(api, fleet.namespace)) {
        pumpOnOne(fleet);
        beaten = Instant.now();
        fleet.takeOver("one");
        awaitOne(fleet, "True/ReconciliationSucceeded");
      }
      // It is silent when the next operator begins to look.
      try (var _ = new RunningOperator(api, fleet.namespace)) {
        awaitOne(fleet, "Unknown/DeviceUnreachable");
        soon().until(() -> count(fleet, "unreachable").equals("1"));
        assertThat(count(fleet, "ready")).isEqualTo("0");
        assertThat(fleet.condition(Kind.APP_SANDBOX, "pump", "Ready"))
            .isEqualTo("Unknown/DeviceUnreachable");
        soon().until(() -> fleet.events("Device", "one").contains("DeviceUnreachable"));
        assertThat(Instant.parse(fleet.field(Kind.DEVICE, "one", "status", "lastSeen")))
            .as("neither by its clock, which is wrong, nor when the operator first saw it")
            .isBetween(before.minusSeconds(1), beaten);

        fleet.beat("one");
        awaitOne(fleet, "True/ReconciliationSucceeded");
        soon().until(() -> count(fleet, "ready").equals("1"));
        assertThat(fleet.field(Kind.DEVICE, "one", "status", "lastSeen"))
            .as("it is seen all the time")
            .isEmpty();
      }
    }
  }

  private static void awaitOne(TestFleet fleet, String ready) {
    soon().until(() -> fleet.condition(Kind.DEVICE, "one", "Ready").equals(ready));
  }

  @Test
  void nothingIsWrittenWhileNothingChanges(@KubernetesApi ApiServer api)
      throws InterruptedException {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      for (String device : List.of("one", "two", "three")) {
        fleet.device(device, "{}");
      }
      fleet.app("pump", SPEC);
      fleet.app("broken", SPEC + "\ndirectives: {NoSuchDirective: 1}\n");
      published(fleet, "one", "two", "three");
      for (String device : List.of("one", "two", "three")) {
        fleet.takeOver(device);
      }
      soon().until(() -> count(fleet, "ready").equals("3"));
      awaitPump(fleet, "Ready", "True/ReconciliationSucceeded");
      // The last events, statuses and the history, which is compared every five seconds.
      await()
          .during(Duration.ofSeconds(11))
          .atMost(Duration.ofMinutes(4))
          .until(
              () -> {
                boolean quiet = operator.requests.all().isEmpty();
                operator.requests.clear();
                return quiet;
              });
      for (int i = 0; i < 6; i++) {
        Thread.sleep(5_000);
        for (String device : List.of("one", "two", "three")) {
          fleet.beat(device);
        }
      }
      assertThat(operator.requests.all()).isEmpty();
    }
  }

  @Test
  void whatWasAskedForIsEchoed(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var _ = new RunningOperator(api, fleet.namespace)) {
      pumpOnOne(fleet);
      fleet
          .client
          .resource(Objects.requireNonNull(fleet.get(Kind.APP_SANDBOX, "pump")))
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              "{\"metadata\":{\"annotations\":{\"sandbar.dev/requestedAt\":\"now\"}}}");
      soon()
          .until(
              () ->
                  fleet
                      .field(Kind.APP_SANDBOX, "pump", "status", "lastHandledReconcileAt")
                      .equals("now"));
    }
  }

  @Test
  void aDeviceThatHasEndedItsServiceIsDeleted(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var _ = new RunningOperator(api, fleet.namespace)) {
      pumpOnOne(fleet);
      fleet
          .client
          .resource(Objects.requireNonNull(fleet.get(Kind.DEVICE, "one")))
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              "{\"spec\":{\"decommission\":{\"removeApps\":true}}}");
      soon()
          .until(
              () ->
                  fleet
                      .field(Kind.DEVICE_BUNDLE, "one", "spec", "decommission", "removeApps")
                      .equals("true"));
      assertThat(fleet.get(Kind.DEVICE, "one")).as("until the device says so").isNotNull();
      fleet.merge(
          Kind.DEVICE_BUNDLE,
          "one",
          Node.mapping(List.of(Node.entry("decommissioned", Node.flag(true)))));
      soon().until(() -> fleet.get(Kind.DEVICE, "one") == null);
      soon().until(() -> fleet.events("Device", "one").contains("Decommissioned"));
      // The garbage collector of a cluster learns of new kinds every 30 s.
      soon().atMost(Duration.ofSeconds(90)).until(() -> fleet.bundle("one") == null);
      soon().until(() -> count(fleet, "desired").equals("0"));
      assertThat(fleet.condition(Kind.APP_SANDBOX, "pump", "Ready"))
          .isEqualTo("False/NoDeviceSelected");
    }
  }
}
