package dev.sandbar.device.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.report.DriftAlert.Cause;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Reason;
import dev.sandbar.device.report.DriftAlert.Severity;
import dev.sandbar.device.store.StateStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebhookTest {

  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String KEY = "a-key-nobody-may-see";

  @TempDir Path folder;

  private Path secret(String text) throws Exception {
    Path file =
        Files.createFile(
            folder.resolve("hook.key"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, text);
  }

  private AlertDispatcher dispatcher(List<AlertSender> senders) throws Exception {
    return AlertDispatcher.open(new StateStore(folder.resolve("queue")), senders, Alerts.quick());
  }

  private static List<AlertSender> unsigned(String url) {
    return Alerts.senders("- {name: hook, webhook: '%s'}".formatted(url));
  }

  @Test
  void bodyIsSignedAsOpensslSignsIt() throws Exception {
    Path key = secret(KEY + "\n");
    try (var server = RecordingServer.accepting();
        var dispatcher =
            dispatcher(
                Alerts.senders(
                    "- {name: hook, webhook: '%s', hmacKeyFile: %s}"
                        .formatted(server.url(), key)))) {
      dispatcher.publish(List.of(Alerts.firing("IPAddressDeny", "ünï \"quoted\"", Instant.now())));
      Alerts.await("it arrives", SOON, () -> server.received.size() == 1);
      var received = server.received.getFirst();
      assertThat(received.signature()).isEqualTo("sha256=" + openssl(received.body()));
      assertThat(received.body()).doesNotContain(KEY);
    }
  }

  private String openssl(String body) throws Exception {
    Path file = Files.writeString(folder.resolve("body"), body);
    Process process =
        new ProcessBuilder("openssl", "dgst", "-sha256", "-hmac", KEY, "-r", file.toString())
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out.substring(0, 64);
  }

  @Test
  void eventHasTheFieldsOfFlux() throws Exception {
    try (var server = RecordingServer.accepting();
        var dispatcher = dispatcher(unsigned(server.url()))) {
      Instant began = Instant.parse("2026-03-01T10:00:00Z");
      var drift = Alerts.firing("IPAddressDeny", "any", began);
      Instant ended = began.plusSeconds(90);
      dispatcher.publish(List.of(drift, new DriftAlert.Resolved(drift.cause(), ended)));
      Alerts.await("both arrive", SOON, () -> server.received.size() == 2);

      Node first = Alerts.node(server.bodies().getFirst());
      assertThat(at(first, "involvedObject", "apiVersion")).isEqualTo("sandbar.dev/v1alpha1");
      assertThat(at(first, "involvedObject", "kind")).isEqualTo("AppSandbox");
      assertThat(at(first, "involvedObject", "name")).isEqualTo("pump-controller");
      assertThat(at(first, "severity")).isEqualTo("error");
      assertThat(at(first, "timestamp")).isEqualTo("2026-03-01T10:00:00Z");
      assertThat(at(first, "reason")).isEqualTo("DriftDetected");
      assertThat(at(first, "message"))
          .isEqualTo(
              "drift of IPAddressDeny in pump-controller on pump-7 (manager): "
                  + "declared 0.0.0.0/0 ::/0, observed any");
      assertThat(at(first, "metadata", "sandbar.dev/revision")).startsWith("main@sha1:");
      assertThat(at(first, "reportingController")).isEqualTo("sandbar-agent");
      assertThat(at(first, "reportingInstance")).isEqualTo("pump-7");
      Node.Mapping metadata = (Node.Mapping) child(first, "metadata");
      assertThat(metadata.entries()).allMatch(entry -> entry.key().startsWith("sandbar.dev/"));

      Node second = Alerts.node(server.bodies().getLast());
      assertThat(at(second, "severity")).isEqualTo("info");
      assertThat(at(second, "reason")).isEqualTo("NoDriftDetected");
      assertThat(at(second, "timestamp")).isEqualTo("2026-03-01T10:01:30Z");
    }
  }

  private static String at(Node node, String... path) {
    Node here = node;
    for (String key : path) {
      here = child(here, key);
    }
    return ((Node.Scalar) here).text();
  }

  private static Node child(Node node, String key) {
    return ((Node.Mapping) node)
        .entries().stream()
            .filter(entry -> entry.key().equals(key))
            .findFirst()
            .orElseThrow(() -> new AssertionError(key + " is missing"))
            .value();
  }

  @Test
  void historyArrivesWholeAndInOrderAfterAnOutage() throws Exception {
    int port = RealAlertmanager.freePort();
    try (var dispatcher = dispatcher(unsigned("http://127.0.0.1:" + port + "/hook"))) {
      List<DriftAlert> all = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        var drift = Alerts.firing("Directive" + i % 7, "value " + i, Instant.now());
        all.add(drift);
        all.add(Alerts.resolved(drift));
      }
      dispatcher.publish(all);
      Alerts.await(
          "a try fails", SOON, () -> !dispatcher.status().getFirst().lastFailure().isEmpty());
      var refusals = new AtomicInteger();
      try (var server =
          new RecordingServer(port, one -> refusals.incrementAndGet() % 5 == 0 ? 503 : 200)) {
        Alerts.await("all arrive", SOON, () -> server.received.size() == all.size());
        List<String> messages =
            server.bodies().stream().map(body -> at(Alerts.node(body), "message")).toList();
        assertThat(messages).isEqualTo(all.stream().map(AlertJson::message).toList());
      }
    }
  }

  @Test
  void oneThatIsRefusedDoesNotHoldUpTheOthers() throws Exception {
    try (var server = new RecordingServer(0, one -> one.body().contains("Poison") ? 400 : 200);
        var dispatcher = dispatcher(unsigned(server.url()))) {
      dispatcher.publish(
          List.of(Alerts.firing("First"), Alerts.firing("Poison"), Alerts.firing("Last")));
      Alerts.await("two arrive", SOON, () -> server.received.size() == 2);
      Alerts.await("none waits", SOON, () -> dispatcher.status().getFirst().waiting() == 0);
      assertThat(dispatcher.status().getFirst().dropped()).isEqualTo(1);
    }
  }

  @Test
  void wrongAddressKeepsTheAlertUntilItIsMended() throws Exception {
    var code = new AtomicInteger(404);
    try (var server = new RecordingServer(0, one -> code.get());
        var dispatcher = dispatcher(unsigned(server.url()))) {
      dispatcher.publish(List.of(Alerts.firing("IPAddressDeny")));
      Alerts.await(
          "it fails",
          SOON,
          () -> dispatcher.status().getFirst().lastFailure().startsWith("HTTP 404"));
      code.set(200);
      Alerts.await("it arrives", SOON, () -> server.received.size() == 1);
    }
  }

  @Test
  void keyThatOthersCanReadIsNotUsed() throws Exception {
    Path key = secret(KEY);
    try (var server = RecordingServer.accepting();
        var dispatcher =
            dispatcher(
                Alerts.senders(
                    "- {name: hook, webhook: '%s', hmacKeyFile: %s}"
                        .formatted(server.url(), key)))) {
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
      dispatcher.publish(List.of(Alerts.firing("IPAddressDeny")));
      Alerts.await(
          "it says so",
          SOON,
          () -> dispatcher.status().getFirst().lastFailure().contains("chmod 600"));
      assertThat(server.received).isEmpty();
    }
  }

  @Test
  void environmentNeverGetsThrough() throws Exception {
    try (var hook = RecordingServer.accepting();
        var manager = RecordingServer.accepting();
        var dispatcher =
            dispatcher(
                Alerts.senders(
                    """
                    - {name: hook, webhook: '%s'}
                    - {name: manager, alertmanager: '%s', keepAlive: 1s}
                    """
                        .formatted(hook.url(), manager.url())))) {
      for (String subject :
          List.of(
              "Environment",
              "Environment[TOKEN]",
              "Environment=TOKEN=hunter2",
              "SetCredential",
              "SetCredentialEncrypted")) {
        dispatcher.publish(List.of(secretive(subject)));
      }
      Alerts.await("all arrive", SOON, () -> hook.received.size() == 3);
      Alerts.await(
          "all are done with",
          SOON,
          () -> dispatcher.status().stream().allMatch(it -> it.waiting() == 0));
      assertThat(hook.bodies()).allMatch(body -> body.contains(Cause.HIDDEN));
      assertThat(String.join("\n", hook.bodies()) + String.join("\n", manager.bodies()))
          .doesNotContain("hunter2");
      try (var files = Files.walk(folder.resolve("queue"))) {
        List<Path> written = files.filter(Files::isRegularFile).toList();
        assertThat(written).isNotEmpty();
        for (Path file : written) {
          assertThat(Files.readString(file)).doesNotContain("hunter2");
        }
      }
    }
  }

  private static Firing secretive(String subject) {
    return new Firing(
        new Cause(
            "pump-7",
            "pump-controller",
            "sandbar-pump-controller.service",
            "manager",
            subject,
            "TOKEN=hunter2",
            "TOKEN=hunter22",
            Instant.now(),
            "main@sha1:0",
            Severity.ERROR,
            Reason.DRIFT_DETECTED));
  }
}
