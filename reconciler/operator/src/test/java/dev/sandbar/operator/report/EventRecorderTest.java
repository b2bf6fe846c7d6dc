package dev.sandbar.operator.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.HandClock;
import dev.sandbar.operator.app.Clients;
import dev.sandbar.operator.report.EventRecorder.Severity;
import dev.sandbar.operator.report.EventRecorder.Subject;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which events get to the API server, and what stands in them. */
class EventRecorderTest {
  private final HandClock clock = new HandClock(Instant.parse("2026-02-01T10:00:00Z"));

  private static KubernetesClient client(ApiServer api) throws Exception {
    return Clients.working(
        new ConfigBuilder(Config.fromKubeconfig(Files.readString(api.kubeconfig())))
            .withClientKeyAlgo("EC")
            .build(),
        Map.of());
  }

  private static List<Event> events(KubernetesClient client, String namespace) {
    return client.v1().events().inNamespace(namespace).list().getItems();
  }

  @Test
  void theSameAgainIsSentAfterFiveMinutesOnly(@KubernetesApi ApiServer api) throws Exception {
    String namespace = api.newNamespace("events");
    try (KubernetesClient client = client(api);
        var recorder = new EventRecorder(client, clock, "test")) {
      var repo = new Subject("GitSource", namespace, "repo", "1");
      EventRecorder.Distinct events = recorder.distinct();
      events.tell(repo, Severity.WARNING, "DriftDetected", "one");
      events.tell(repo, Severity.WARNING, "DriftDetected", "one");
      events.tell(repo, Severity.WARNING, "DriftDetected", "two");
      events.tell(repo, Severity.NORMAL, "DriftCorrected", "one");
      events.tell(new Subject("GitSource", namespace, "other", "2"), Severity.NORMAL, "A", "one");
      recorder.distinct().tell(repo, Severity.WARNING, "DriftDetected", "one");
      assertThat(events(client, namespace)).as("sent before it returns").hasSize(5);

      clock.pass(Duration.ofMinutes(5));
      events.tell(repo, Severity.WARNING, "DriftDetected", "one");
      assertThat(events(client, namespace)).hasSize(6);
    }
  }

  @Test
  void everyTransitionIsSentAndSaysWhoReportsIt(@KubernetesApi ApiServer api) throws Exception {
    String namespace = api.newNamespace("events");
    try (KubernetesClient client = client(api);
        var recorder = new EventRecorder(client, clock, "test")) {
      var device = new Subject("Device", namespace, "pump-1", "uid-1");
      String emoji = Character.toString(0x1f6a7);
      recorder.tell(device, Severity.WARNING, "DeviceUnreachable", "x".repeat(999) + emoji);
      recorder.tell(device, Severity.WARNING, "DeviceUnreachable", "x".repeat(999) + emoji);
      await().atMost(Duration.ofMinutes(2)).until(() -> events(client, namespace).size() == 2);
      Event event = events(client, namespace).getFirst();
      assertThat(event.getMessage())
          .as("no half of a character")
          .isEqualTo("x".repeat(999) + "...");
      assertThat(event.getType()).isEqualTo("Warning");
      assertThat(event.getReason()).isEqualTo("DeviceUnreachable");
      assertThat(event.getFirstTimestamp()).isEqualTo("2026-02-01T10:00:00Z");
      assertThat(event.getReportingComponent()).isEqualTo("sandbar.dev/operator");
      assertThat(event.getReportingInstance()).isEqualTo("test");
      assertThat(event.getSource().getComponent()).isEqualTo("sandbar-operator");
      assertThat(event.getInvolvedObject().getApiVersion()).isEqualTo("sandbar.dev/v1alpha1");
      assertThat(event.getInvolvedObject().getUid()).isEqualTo("uid-1");
    }
  }
}
