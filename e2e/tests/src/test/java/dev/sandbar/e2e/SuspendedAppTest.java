package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.cli.Main;
import dev.sandbar.vdev.VirtualDevice;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;

/** An app that its namespace suspends, from the command to the device and back. */
class SuspendedAppTest {
  private static final String PUMP =
      "run: {command: [/usr/bin/sleep, infinity]}, drift: {mode: Correct}, permissions: ";

  @Test
  void itStaysAsItIsAndWhatWaitsIsShown(@KubernetesApi ApiServer api) throws Exception {
    String namespace = api.newNamespace("fleet");
    try (var device = VirtualDevice.named("paused").boot();
        var member = FleetMember.enrol(api, namespace, "paused");
        var operator = new FleetOperator(api, namespace);
        var _ = DeviceLoop.start(device, member.link())) {
      operator.declare("pump", PUMP + "{internet: true, state: true}");
      soon(() -> assertThat(condition(api, namespace, "Ready")).startsWith("True "));
      String pid = Apps.pid(device, "pump");

      sandbar(api, namespace, "suspend", "pump");
      soon(
          () ->
              assertThat(condition(api, namespace, "Suspended"))
                  .isEqualTo("True left as it is on 1 of 1 device"));
      assertThat(condition(api, namespace, "Ready")).startsWith("True ");
      device
          .exec("systemctl", "set-property", "--runtime", Apps.unit("pump"), "TasksMax=7")
          .orThrow();
      soon(() -> assertThat(condition(api, namespace, "Drifted")).startsWith("True "));

      // A permission is withdrawn, and nobody overlooks that the device still grants it.
      operator.declare("pump", PUMP + "{state: true}");
      soon(
          () ->
              assertThat(condition(api, namespace, "Suspended"))
                  .contains("until it is resumed; withdrawn but still granted: internet"));
      assertThat(condition(api, namespace, "Ready")).startsWith("False ");
      assertThat(Texts.items(member.reported("pump"), "granted").toString()).contains("internet");
      assertThat(tasks(device)).as("drift is not corrected").isEqualTo("7");
      assertThat(Apps.pid(device, "pump")).isEqualTo(pid);
      assertThat(sandbar(api, namespace, "status", "-o", "json"))
          .contains("\"suspended\": true", "withdrawn but still granted: internet");

      sandbar(api, namespace, "resume", "pump");
      soon(() -> assertThat(condition(api, namespace, "Ready")).startsWith("True "));
      assertThat(condition(api, namespace, "Suspended")).isBlank();
      assertThat(Texts.items(member.reported("pump"), "granted").toString())
          .doesNotContain("internet");
      assertThat(tasks(device)).isNotEqualTo("7");

      // Whoever deletes an app means it.
      sandbar(api, namespace, "suspend", "app", "pump");
      soon(() -> assertThat(condition(api, namespace, "Suspended")).contains("on 1 of 1 device"));
      api.kubectl("delete", "asb", "pump", "-n", namespace).orThrow();
      soon(() -> assertThat(Apps.traces(device, "pump")).isEmpty());
      assertThat(operator.fatal).isEmpty();
    }
  }

  private static void soon(ThrowingRunnable assertion) {
    await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(300))
        .untilAsserted(assertion);
  }

  private static String tasks(VirtualDevice device) {
    return device
        .exec("systemctl", "show", "--value", "-p", "TasksMax", Apps.unit("pump"))
        .orThrow()
        .strip();
  }

  private static String condition(ApiServer api, String namespace, String type) {
    String found = "{.status.conditions[?(@.type==\"" + type + "\")]['status','message']}";
    return api.kubectl("get", "asb", "pump", "-n", namespace, "-o", "jsonpath=" + found).stdout();
  }

  private static String sandbar(ApiServer api, String namespace, String... words) {
    var out = new ByteArrayOutputStream();
    String[] command = new String[words.length + 3];
    command[0] = "fleet";
    System.arraycopy(words, 0, command, 1, words.length);
    command[words.length + 1] = "-n";
    command[words.length + 2] = namespace;
    int code =
        Main.run(
            command,
            new ByteArrayInputStream(new byte[0]),
            out,
            out,
            Map.of("KUBECONFIG", api.kubeconfig().toString()));
    String said = out.toString(StandardCharsets.UTF_8);
    assertThat(code).as(said).isZero();
    return said;
  }
}
