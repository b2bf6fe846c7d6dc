package dev.sandbar.operator.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.report.Reason;
import dev.sandbar.operator.HandClock;
import dev.sandbar.operator.app.Clients;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.report.EventRecorder.Severity;
import dev.sandbar.operator.report.EventRecorder.Subject;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
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
      events.tell(repo, Severity.WARNING, Reason.DRIFT_DETECTED, "one");
      events.tell(repo, Severity.WARNING, Reason.DRIFT_DETECTED, "one");
      events.tell(repo, Severity.WARNING, Reason.DRIFT_DETECTED, "two");
      events.tell(repo, Severity.NORMAL, Reason.DRIFT_CORRECTED, "one");
      events.tell(
          new Subject("GitSource", namespace, "other", "2"),
          Severity.NORMAL,
          Reason.SUCCEEDED,
          "one");
      recorder.distinct().tell(repo, Severity.WARNING, Reason.DRIFT_DETECTED, "one");
      assertThat(events(client, namespace)).as("sent before it returns").hasSize(5);

      clock.pass(Duration.ofMinutes(5));
      events.tell(repo, Severity.WARNING, Reason.DRIFT_DETECTED, "one");
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
      recorder.tell(device, Severity.WARNING, Reason.DEVICE_UNREACHABLE, "x".repeat(999) + emoji);
      recorder.tell(device, Severity.WARNING, Reason.DEVICE_UNREACHABLE, "x".repeat(999) + emoji);
      await().atMost(Duration.ofMinutes(4)).until(() -> events(client, namespace).size() == 2);
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

  /** Of objects that go with their namespace nobody reads anything, and it is not tried again. */
  @Test
  void inANamespaceThatIsDeletedNoEventIsMissed(@KubernetesApi ApiServer api) throws Exception {
    String namespace = api.newNamespace("ending");
    try (KubernetesClient client = client(api)) {
      client
          .resource(
              new ConfigMapBuilder()
                  .withNewMetadata()
                  .withNamespace(namespace)
                  .withName("stays")
                  .withFinalizers("sandbar.dev/test")
                  .endMetadata()
                  .build())
          .create();
      var _ = client.namespaces().withName(namespace).delete();
      await()
          .atMost(Duration.ofMinutes(4))
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> create(client, namespace))
                      .isInstanceOfSatisfying(
                          KubernetesClientException.class,
                          e -> assertThat(ApiFailure.isOfEndingNamespace(e)).isTrue()));
      assertThatThrownBy(() -> create(client, "no-such-namespace"))
          .isInstanceOfSatisfying(
              KubernetesClientException.class,
              e -> assertThat(ApiFailure.isOfEndingNamespace(e)).isTrue());
      client
          .configMaps()
          .inNamespace(namespace)
          .withName("stays")
          .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\": {\"finalizers\": null}}");
    }
  }

  private static void create(KubernetesClient client, String namespace) {
    var _ =
        client
            .resource(
                new EventBuilder()
                    .withNewMetadata()
                    .withNamespace(namespace)
                    .withGenerateName("one-")
                    .endMetadata()
                    .withNewInvolvedObject()
                    .withNamespace(namespace)
                    .endInvolvedObject()
                    .build())
            .create();
  }
}
