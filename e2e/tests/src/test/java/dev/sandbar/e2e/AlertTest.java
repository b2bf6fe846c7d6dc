package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.VirtualDevice;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.logging.LogManager;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From tampering to the people who must know of it. */
class AlertTest {

  private static final String SECRET = "hunter2-opens-the-valve";
  private static final String OTHER_SECRET = "swordfish-opens-it-too";
  private static final String KEY = "a key that both sides know";

  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final PrintStream stderr = System.err;

  @TempDir private Path folder;

  @BeforeEach
  void keepTheLog() throws IOException {
    logTo(new PrintStream(new Tee(), true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void letTheLogGo() throws IOException {
    logTo(stderr);
  }

  /** A handler keeps the stream that was there when it was made. */
  private static void logTo(PrintStream stream) throws IOException {
    System.setErr(stream);
    LogManager.getLogManager().readConfiguration();
  }

  private final class Tee extends OutputStream {
    @Override
    public void write(int one) {
      log.write(one);
      stderr.write(one);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      log.write(bytes, offset, length);
      stderr.write(bytes, offset, length);
    }
  }

  private static String valve(String more) {
    return Apps.manifest(
        "valve",
        "run: {command: [/usr/bin/sleep, infinity], environment: {TOKEN: %s}}%s"
            .formatted(SECRET, more));
  }

  @Test
  void tamperingFiresAndCorrectingResolvesAndNoSecretLeaves() throws Exception {
    Path key = folder.resolve("hook.key");
    Files.createFile(
        key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(key, KEY);
    int port = RealAlertmanager.freePort();
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet")).commit("valve.yaml", valve(""));
    try (var device = VirtualDevice.named("pump-7").boot();
        var notified = new EventServer();
        var hook = new EventServer();
        var alertmanager = new RealAlertmanager(folder, notified.url());
        HttpClient client = HttpClient.newHttpClient()) {
      String alerts =
          """
          - {name: operations, alertmanager: '%s', firesAtLeast: 1s}
          - {name: chat, webhook: '%s', hmacKeyFile: '%s'}
          """
              .formatted(alertmanager.url(), hook.url(), key);
      try (var loop =
          DeviceLoop.start(
              device,
              repository,
              s -> DeviceLoop.alerting(alerts).apply(s).withMetricsPort(port))) {
        Apps.awaitReady(loop, "valve");
        String url = "http://127.0.0.1:" + port + "/metrics";
        assertThat(metric(client, url)).isEqualTo("0.0");
        assertThat(alertmanager.active()).isEqualToIgnoringWhitespace("[]");

        device
            .exec(
                "sh",
                "-c",
                "sed -i s/%s/%s/ %s; systemctl daemon-reload"
                    .formatted(SECRET, OTHER_SECRET, Apps.file("valve")))
            .orThrow();
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () ->
                    assertThat(alertmanager.active())
                        .contains("\"alertname\":\"SandbarDriftDetected\"", "\"name\":\"valve\"")
                        .contains(
                            "\"device\":\"", "\"subject\":\"Environment\"", "\"layer\":\"manager\"")
                        .contains("\"subject\":\"" + Apps.file("valve") + "\""));
        await()
            .atMost(Apps.SOON)
            .until(() -> notified.received("DriftDetected", "valve", "Environment"));
        await()
            .atMost(Apps.SOON)
            .until(() -> hook.received("DriftDetected", "valve", "Environment"));
        assertThat(metric(client, url)).isEqualTo("1.0");
        String status = Files.readString(device.root().resolve("run/sandbar/status.json"));

        repository.commit("valve.yaml", valve(", drift: {mode: Correct}"));
        Apps.awaitNoDrift(loop, "valve");
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () -> assertThat(alertmanager.active()).isEqualToIgnoringWhitespace("[]"));
        await()
            .atMost(Apps.SOON)
            .until(
                () ->
                    notified.events().stream()
                        .anyMatch(e -> e.body().contains("\"status\":\"resolved\"")));
        await()
            .atMost(Apps.SOON)
            .until(() -> hook.received("NoDriftDetected", "valve", "Environment"));
        assertThat(metric(client, url)).isEqualTo("0.0");
        assertThat(device.read(Apps.file("valve"))).contains(SECRET).doesNotContain(OTHER_SECRET);

        for (EventServer.Event event : hook.events()) {
          assertThat(event.signature()).isEqualTo("sha256=" + hmac(event.body()));
          assertThat(event.body())
              .contains("\"involvedObject\"", "\"reportingController\":\"sandbar-agent\"");
        }
        String everything =
            hook.events().toString()
                + notified.events()
                + status
                + Files.readString(device.root().resolve("run/sandbar/status.json"))
                + RealAlertmanager.fetch(client, url).body()
                + log.toString(StandardCharsets.UTF_8);
        assertThat(everything).contains("action=drift").doesNotContain(SECRET, OTHER_SECRET, KEY);
      }
      changedWhileNoAgentRan(device, repository, alerts, hook);
    }
  }

  /** The first look of an agent finds it and corrects it, and it is reported all the same. */
  private static void changedWhileNoAgentRan(
      VirtualDevice device, GitRepository repository, String alerts, EventServer hook)
      throws Exception {
    device
        .exec(
            "sh",
            "-c",
            "sed -i s/^Description=.*/Description=Mine/ %s; systemctl daemon-reload"
                .formatted(Apps.file("valve")))
        .orThrow();
    try (var loop = DeviceLoop.start(device, repository, DeviceLoop.alerting(alerts))) {
      await()
          .atMost(Apps.SOON)
          .until(() -> hook.received("NoDriftDetected", "valve", "Description"));
      assertThat(hook.received("DriftDetected", "valve", "Description")).isTrue();
      Apps.awaitNoDrift(loop, "valve");
    }
  }

  private static String metric(HttpClient client, String url)
      throws IOException, InterruptedException {
    return RealAlertmanager.fetch(client, url)
        .body()
        .lines()
        .filter(line -> line.startsWith("sandbar_drifted{name=\"valve\"} "))
        .map(line -> line.substring(line.indexOf(' ') + 1))
        .findFirst()
        .orElse("absent");
  }

  private static String hmac(String body) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return HexFormat.of().formatHex(mac.doFinal(body.getBytes(StandardCharsets.UTF_8)));
  }
}
