package dev.sandbar.device.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.report.AlertSender.Message;
import dev.sandbar.device.report.AlertSender.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NtfyTest {

  /** A server of ntfy refuses a longer message. */
  private static final int LONGEST_MESSAGE = 4096;

  @TempDir Path folder;

  private static AlertSender sender(String more, int port) {
    return Alerts.senders(
            "- {name: phone, ntfy: 'http://127.0.0.1:%d/pumps-7f3a'%s}".formatted(port, more))
        .getFirst();
  }

  private static Node send(DriftAlert alert) throws Exception {
    try (var server = RecordingServer.accepting();
        var sender = sender("", server.port())) {
      assertThat(sender.style()).isEqualTo(new AlertSender.Style.History());
      assertThat(sender.send(List.of(Message.of(alert)))).isEqualTo(new Outcome.Delivered());
      var received = server.received.getFirst();
      assertThat(received.path()).isEqualTo("/");
      assertThat(received.authorization()).isEqualTo("null");
      return Alerts.node(received.body());
    }
  }

  private static String at(Node node, String key) {
    return node.fields().get(key) instanceof Node.Scalar(_, _, var text) ? text : "";
  }

  @Test
  void aDriftAndItsEndArePublishedToTheTopic() throws Exception {
    var firing = Alerts.firing("IPAddressDeny", "any", Instant.parse("2026-03-01T10:00:00Z"));

    Node began = send(firing);
    assertThat(at(began, "topic")).isEqualTo("pumps-7f3a");
    assertThat(at(began, "title")).isEqualTo("DriftDetected");
    assertThat(at(began, "priority")).isEqualTo("4");
    assertThat(at(began, "message"))
        .isEqualTo(
            "drift of IPAddressDeny in pump-controller on pump-7 (manager): "
                + "declared 0.0.0.0/0 ::/0, observed any");

    Node ended = send(Alerts.resolved(firing));
    assertThat(at(ended, "title")).isEqualTo("NoDriftDetected");
    assertThat(at(ended, "priority")).isEqualTo("3");
    assertThat(at(ended, "message")).endsWith("ended, as declared again");
  }

  @Test
  void noMessageIsLongerThanAServerTakes() throws Exception {
    for (String letter : List.of("x", "ü", "漢", "😀")) {
      Node node = send(Alerts.firing("ExecStart", letter.repeat(4000), Instant.now()));
      byte[] message = at(node, "message").getBytes(StandardCharsets.UTF_8);
      assertThat(message).hasSizeLessThanOrEqualTo(LONGEST_MESSAGE);
      assertThat(at(node, "message")).contains(letter).endsWith("…");
    }
  }

  @Test
  void theTokenIsSentAndAnUnusableOneWaits() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "tk_hunter2\n");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    try (var server = RecordingServer.accepting();
        var sender = sender(", tokenFile: " + token, server.port())) {
      var message = List.of(Message.of(Alerts.firing("A")));
      assertThat(sender.send(message)).isEqualTo(new Outcome.Delivered());
      assertThat(server.received.getFirst().authorization()).isEqualTo("Bearer tk_hunter2");
      assertThat(server.received.getFirst().body()).doesNotContain("hunter2");

      Files.writeString(token, "two words");
      assertThat(sender.send(message))
          .isInstanceOfSatisfying(
              Outcome.Retry.class,
              retry -> assertThat(retry.reason()).contains("not a bearer token"));
      assertThat(server.received).hasSize(1);
    }
  }
}
