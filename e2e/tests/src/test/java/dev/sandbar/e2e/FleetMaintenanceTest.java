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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;

/** An update that waits on a device, as the fleet sees it. */
class FleetMaintenanceTest {

  @Test
  void whatWaitsIsProgressThatSaysUntilWhen(@KubernetesApi ApiServer api) throws Exception {
    String namespace = api.newNamespace("fleet");
    int month = OffsetDateTime.now(ZoneOffset.UTC).plusMonths(6).getMonthValue();
    try (var device = VirtualDevice.named("night").boot();
        var member = FleetMember.enrol(api, namespace, "night");
        var operator = new FleetOperator(api, namespace);
        var _ = DeviceLoop.start(device, member.link())) {
      Path synchronizedFile = device.root().resolve("run/systemd/timesync/synchronized");
      Files.createDirectories(synchronizedFile.resolveSibling(""));
      Files.writeString(synchronizedFile, "");
      operator.declare("pump", pump(1, "0 0 1 " + month + " *"));
      soon(() -> assertThat(ready(api, namespace)).startsWith("True "));
      String pid = Apps.pid(device, "pump");

      operator.declare("pump", pump(2, "0 0 1 " + month + " *"));
      soon(
          () ->
              assertThat(ready(api, namespace))
                  .startsWith(
                      "Unknown WaitingForWindow 0 of 1 device ready; waits for the window that"
                          + " opens at "));
      assertThat(Apps.pid(device, "pump")).isEqualTo(pid);
      assertThat(status(api, namespace)).contains("WaitingForWindow", "waits for the window that");

      operator.declare("pump", pump(2, "* * * * *"));
      soon(() -> assertThat(ready(api, namespace)).startsWith("True "));
      assertThat(Apps.pid(device, "pump")).isNotEqualTo(pid);
      assertThat(operator.fatal).isEmpty();
    }
  }

  private static String pump(int version, String at) {
    return "run: {command: [/usr/bin/sleep, '%d']}, maintenance: {apply: [{at: '%s', for: 1h}]}"
        .formatted(100_000 + version, at);
  }

  private static void soon(ThrowingRunnable assertion) {
    await().atMost(Apps.SOON).untilAsserted(assertion);
  }

  private static String ready(ApiServer api, String namespace) {
    String found = "{.status.conditions[?(@.type==\"Ready\")]['status','reason','message']}";
    return api.kubectl("get", "asb", "pump", "-n", namespace, "-o", "jsonpath=" + found).stdout();
  }

  private static String status(ApiServer api, String namespace) {
    var out = new ByteArrayOutputStream();
    int code =
        Main.run(
            new String[] {"fleet", "status", "-n", namespace, "-o", "json"},
            new ByteArrayInputStream(new byte[0]),
            out,
            out,
            Map.of("KUBECONFIG", api.kubeconfig().toString()));
    String said = out.toString(StandardCharsets.UTF_8);
    assertThat(code).as(said).isZero();
    return said;
  }
}
