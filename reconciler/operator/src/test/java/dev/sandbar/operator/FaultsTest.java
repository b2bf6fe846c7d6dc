package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.publish.Writes.Kind;
import org.junit.jupiter.api.Test;

/** The API server goes away and comes back. */
class FaultsTest {
  private static final String SPEC = "run: {command: [/usr/bin/sleep, infinity]}";

  @Test
  void workGoesOnAfterAnOutage(@KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api)
      throws Exception {
    try (var fleet = new TestFleet(api);
        var operator = new OperatorProgram(api, fleet.namespace, "lonely")) {
      fleet.device("one", "{}");
      fleet.app("pump", SPEC);
      soon().until(() -> !app(fleet, "pump").isEmpty());
      fleet.takeOver("one");
      soon()
          .until(
              () ->
                  fleet
                      .condition(Kind.DEVICE, "one", "Ready")
                      .equals("True/ReconciliationSucceeded"));

      api.stopApiServer();
      // Longer than the Lease of the leader and that of the device.
      Thread.sleep(35_000);
      api.startApiServer();
      fleet.beat("one");
      fleet.app("second", SPEC);
      soon().until(() -> !app(fleet, "second").isEmpty());
      assertThat(fleet.events("Device", "one"))
          .as("nobody is blamed for a time in which nobody could be seen")
          .doesNotContain("DeviceUnreachable");

      // Every watch ends, and etcd has forgotten what they saw last.
      api.restartEtcd();
      fleet.app("third", SPEC);
      soon().until(() -> !app(fleet, "third").isEmpty());
      assertThat(operator.log().lines())
          .as("a server that goes away is told in a line")
          .anyMatch(line -> line.contains(" WARN "))
          .noneMatch(line -> line.startsWith("\tat ") || line.startsWith("Caused by"));
      assertThat(operator.end()).isZero();
    }
  }

  private static String app(TestFleet fleet, String app) {
    return PublishingTest.app(fleet, "one", app, "rendered");
  }
}
