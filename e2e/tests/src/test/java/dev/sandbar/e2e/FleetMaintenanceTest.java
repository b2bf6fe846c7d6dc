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
import java.util.ArrayList;
import java.util.List;
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
      holdsAnApp(api, namespace, device, operator);
      holdsADevice(api, namespace, device, operator);
      assertThat(operator.fatal).isEmpty();
    }
  }

  /** Newer versions wait, and drift is corrected. */
  private static void holdsAnApp(
      ApiServer api, String namespace, VirtualDevice device, FleetOperator operator)
      throws Exception {
    assertThat(fleet(api, namespace, "hold", "pump", "--reason", "measuring", "--for", "3d"))
        .contains("app/pump is held until 20", ": newer versions wait");
    // Who applies the spec says nothing of the hold, so that it stays.
    operator.declare("pump", pump(3, "* * * * *"));
    String held = "Unknown Held 0 of 1 device ready; held at this version (measuring) until ";
    soon(() -> assertThat(ready(api, namespace)).startsWith(held));
    assertThat(status(api, namespace)).contains("Held", "until its hold is removed where it is");
    assertThat(api.kubectl("get", "asb", "pump", "-n", namespace, "-o", "wide").stdout())
        .contains("HOLD", "\"reason\":\"measuring\"");
    Apps.stopAndAwaitReturn(device, "pump");
    assertThat(command(device)).contains("100002");
    assertThat(fleet(api, namespace, "release", "pump")).contains("app/pump is released");
    soon(() -> assertThat(ready(api, namespace)).startsWith("True "));
    assertThat(command(device)).contains("100003");
  }

  /** New apps come all the same. */
  private static void holdsADevice(
      ApiServer api, String namespace, VirtualDevice device, FleetOperator operator)
      throws Exception {
    String bad = "{\"spec\":{\"hold\":{\"until\":\"tomorrow\"}}}";
    assertThat(
            api.kubectl("patch", "dvc", "night", "-n", namespace, "--type=merge", "-p", bad)
                .stderr())
        .contains("not a time: write a time such as 2026-12-24T18:00:00Z");
    assertThat(fleet(api, namespace, "hold", "device", "night", "--reason", "no visit"))
        .contains("device/night is held: newer versions wait");
    String entry = "{.spec.apps.pump.spec.hold.reason}";
    soon(
        () ->
            assertThat(
                    api.kubectl("get", "dvcb", "night", "-n", namespace, "-o", "jsonpath=" + entry)
                        .stdout())
                .isEqualTo("no visit"));
    operator.declare("pump", pump(4, "* * * * *"));
    operator.declare("valve", "run: {command: [/usr/bin/sleep, infinity]}");
    soon(() -> assertThat(ready(api, namespace)).startsWith("Unknown Held ").contains("no visit"));
    soon(() -> assertThat(Apps.show(device, "valve", "ActiveState")).contains("active"));
    Apps.stopAndAwaitReturn(device, "pump");
    assertThat(command(device)).contains("100003");
    assertThat(fleet(api, namespace, "release", "device", "night")).contains("is released");
    soon(() -> assertThat(ready(api, namespace)).startsWith("True "));
    assertThat(command(device)).contains("100004");
  }

  /** Of the process that runs. */
  private static String command(VirtualDevice device) throws Exception {
    return device
        .exec("cat", "/proc/" + Apps.pid(device, "pump") + "/cmdline")
        .orThrow()
        .replace('\0', ' ');
  }

  private static String pump(int version, String at) {
    return "drift: {mode: Correct}, run: {command: [/usr/bin/sleep, '%d']}, maintenance: {apply: [{at: '%s', for: 1h}]}"
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
    return fleet(api, namespace, "status", "-o", "json");
  }

  private static String fleet(ApiServer api, String namespace, String... words) {
    var command = new ArrayList<>(List.of("fleet"));
    command.addAll(List.of(words));
    command.addAll(List.of("-n", namespace));
    var out = new ByteArrayOutputStream();
    int code =
        Main.run(
            command.toArray(String[]::new),
            new ByteArrayInputStream(new byte[0]),
            out,
            out,
            Map.of("KUBECONFIG", api.kubeconfig().toString()));
    String said = out.toString(StandardCharsets.UTF_8);
    assertThat(code).as(said).isZero();
    return said;
  }
}
