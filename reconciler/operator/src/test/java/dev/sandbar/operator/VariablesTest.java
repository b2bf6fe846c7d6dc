package dev.sandbar.operator;

import static dev.sandbar.operator.TestFleet.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.publish.Writes.Kind;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.junit.jupiter.api.Test;

/** A bundle holds what a spec comes to on its device. */
class VariablesTest {

  private static final String SPEC =
      """
      run: {command: [/usr/bin/app, "${device.name}"], environment: {SITE: "${device.labels.site}"}}
      files: [{path: /run/app.conf, content: "site ${device.labels.site}, $${device.name}"}]
      """;

  private static final String DECLARING =
      """
      variables: [{name: port, type: Integer, minimum: 1}, {name: broker, default: mqtt.lan}]
      run: {command: [/usr/bin/app, "${variables.broker}:${variables.port}"]}
      """;

  private static String app(TestFleet fleet, String device, String... path) {
    return PublishingTest.app(fleet, device, "pump", path);
  }

  private static void label(TestFleet fleet, String device, String site) {
    patch(fleet, device, "{\"metadata\":{\"labels\":{\"site\":\"" + site + "\"}}}");
  }

  private static void patch(TestFleet fleet, String device, String change) {
    var _ =
        fleet
            .client
            .genericKubernetesResources(Kind.DEVICE.context())
            .inNamespace(fleet.namespace)
            .withName(device)
            .patch(PatchContext.of(PatchType.JSON_MERGE), change);
  }

  @Test
  void eachDeviceGetsItsOwnValues(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{site: berlin}");
      fleet.device("two", "{site: rome}");
      fleet.device("bare", "{}");
      fleet.app("pump", SPEC);
      soon().until(() -> !app(fleet, "one", "rendered").isEmpty());
      soon().until(() -> !app(fleet, "two", "rendered").isEmpty());
      assertThat(app(fleet, "one", "spec", "run"))
          .isEqualTo("{command=[/usr/bin/app, one], environment={SITE=berlin}}");
      assertThat(app(fleet, "two", "spec", "run"))
          .isEqualTo("{command=[/usr/bin/app, two], environment={SITE=rome}}");
      assertThat(app(fleet, "two", "spec", "files")).contains("content=site rome, $${device.name}");
      assertThat(app(fleet, "one", "rendered")).isNotEqualTo(app(fleet, "two", "rendered"));
      soon()
          .until(
              () ->
                  fleet
                      .message(Kind.APP_SANDBOX, "pump", "Ready")
                      .contains("this device has no label 'site' with a value"));
      assertThat(app(fleet, "bare")).as("never an empty text").isEmpty();

      // Another label is another version, and a label that goes leaves what runs.
      label(fleet, "two", "milan");
      soon().until(() -> app(fleet, "two", "spec", "run").contains("milan"));
      label(fleet, "bare", "oslo");
      soon().until(() -> app(fleet, "bare", "spec", "run").contains("oslo"));
      assertThat(app(fleet, "one", "spec", "run")).contains("berlin");
      assertThat(operator.fatal).isEmpty();
    }
  }

  @Test
  void theOwnerOfADeviceGivesValues(@KubernetesApi ApiServer api) {
    try (var fleet = new TestFleet(api);
        var operator = new RunningOperator(api, fleet.namespace)) {
      fleet.device("one", "{}");
      fleet.app("pump", DECLARING);
      soon().until(() -> ready(fleet).contains("this device gives the variable port no value"));
      assertThat(app(fleet, "one")).as("never an empty text").isEmpty();

      patch(fleet, "one", "{\"spec\":{\"variables\":{\"port\":\"1883\",\"unused\":\"x\"}}}");
      soon().until(() -> app(fleet, "one", "spec", "run").contains("mqtt.lan:1883"));
      assertThat(app(fleet, "one", "spec")).as("older agents read it too").doesNotContain("{name=");

      // What is wrong leaves what runs, and is no reason for the default.
      patch(fleet, "one", "{\"spec\":{\"variables\":{\"port\":\"none\"}}}");
      soon().until(() -> ready(fleet).contains("'none', which is not an integer from 1 to"));
      assertThat(app(fleet, "one", "spec", "run")).contains("mqtt.lan:1883");
      assertThatThrownBy(() -> patch(fleet, "one", "{\"spec\":{\"variables\":{\"port\":\"$x\"}}}"))
          .hasMessageContaining("this cannot be the value of a variable");
      assertThatThrownBy(() -> patch(fleet, "one", "{\"spec\":{\"variables\":{\"1\":\"x\"}}}"))
          .hasMessageContaining("a key cannot be the name of a variable");

      patch(fleet, "one", "{\"spec\":{\"variables\":{\"port\":\"8883\",\"broker\":\"b\"}}}");
      soon().until(() -> app(fleet, "one", "spec", "run").contains("b:8883"));
      assertThat(operator.fatal).isEmpty();
    }
  }

  private static String ready(TestFleet fleet) {
    return fleet.message(Kind.APP_SANDBOX, "pump", "Ready");
  }
}
