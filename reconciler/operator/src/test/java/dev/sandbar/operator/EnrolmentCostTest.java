package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.operator.publish.Writes.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the operator writes of a device that is on its way, and how soon. */
class EnrolmentCostTest {
  private static final String SPEC = "run: {command: [/usr/bin/sleep, infinity]}";

  private static List<String> statuses(RunningOperator operator) {
    return operator.requests.writes("devices/").stream().filter(r -> r.endsWith("status")).toList();
  }

  @Test
  void aDeviceThatGetsReadySoonCostsOneBundleAndOneStatus(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.app("pump", SPEC);
      soon().until(() -> !fleet.condition(Kind.APP_SANDBOX, "pump", "Ready").isEmpty());
      operator.requests.clear();
      fleet.bareDevice("one", "{}");
      fleet.facts("one", ReferenceDevice.facts());
      soon().until(() -> !PublishingTest.app(fleet, "one", "pump", "rendered").isEmpty());
      fleet.takeOver("one");
      fleet.beat("one");
      soon()
          .until(
              () ->
                  fleet
                      .condition(Kind.DEVICE, "one", "Ready")
                      .equals("True/ReconciliationSucceeded"));
      assertThat(operator.requests.writes("devicebundles")).hasSize(1);
      // A machine under load may take longer than the status is held back.
      assertThat(statuses(operator)).hasSizeBetween(1, 2);
    }
  }

  @Test
  void aDeviceThatSaysNothingIsShownWithinSeconds(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.app("pump", SPEC);
      Instant made = Instant.now();
      fleet.bareDevice("one", "{}");
      soon()
          .until(
              () ->
                  fleet.condition(Kind.DEVICE, "one", "Ready").equals("Unknown/AwaitingApproval"));
      assertThat(Duration.between(made, Instant.now())).isLessThan(Duration.ofSeconds(20));
      assertThat(fleet.bundle("one")).as("there is nothing to say to it yet").isNull();
      soon()
          .until(
              () ->
                  fleet
                      .message(Kind.APP_SANDBOX, "pump", "Ready")
                      .equals(
                          "0 of 1 device ready, 1 device not approved yet: one; compare its key,"
                              + " and run sandbar fleet approve one"));
      assertThat(fleet.condition(Kind.APP_SANDBOX, "pump", "Ready"))
          .isEqualTo("Unknown/AwaitingApproval");
      assertThat(fleet.field(Kind.DEVICE, "one", "status", "lastSeen")).isEmpty();

      fleet.facts("one", ReferenceDevice.facts());
      fleet.beat("one");
      soon()
          .until(() -> fleet.condition(Kind.DEVICE, "one", "Ready").equals("Unknown/Progressing"));
      assertThat(fleet.bundle("one")).isNotNull();
      assertThat(statuses(operator)).hasSize(2);
    }
  }

  @Test
  void aReadyDeviceThatFollowsAChangeInTimeKeepsItsStatus(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{}");
      fleet.app("pump", SPEC);
      soon().until(() -> !PublishingTest.app(fleet, "one", "pump", "rendered").isEmpty());
      fleet.takeOver("one");
      // It was ready before, when no app selected it.
      soon().until(() -> fleet.message(Kind.DEVICE, "one", "Ready").equals("1 of 1 app ready"));
      operator.requests.clear();

      fleet.app("pump", SPEC + "\nmode: Open\n");
      soon().until(() -> PublishingTest.app(fleet, "one", "pump", "generation").equals("2"));
      fleet.takeOver("one");
      await()
          .during(Duration.ofSeconds(6))
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  fleet
                      .condition(Kind.DEVICE, "one", "Ready")
                      .equals("True/ReconciliationSucceeded"));
      assertThat(statuses(operator)).isEmpty();

      fleet.app("pump", SPEC + "\n");
      soon().until(() -> PublishingTest.app(fleet, "one", "pump", "generation").equals("3"));
      soon()
          .until(() -> fleet.condition(Kind.DEVICE, "one", "Ready").equals("Unknown/Progressing"));
      assertThat(statuses(operator)).as("one that does not follow is told of").hasSize(1);
    }
  }
}
