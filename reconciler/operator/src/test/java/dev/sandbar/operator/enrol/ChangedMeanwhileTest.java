package dev.sandbar.operator.enrol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import dev.sandbar.operator.app.Clients;
import dev.sandbar.operator.history.OwnActs;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A Device that changes while its rights are written. */
class ChangedMeanwhileTest {
  private static final Path CRDS = Path.of("../../charts/sandbar/crds");
  private static final String DEVICE =
      """
      apiVersion: sandbar.dev/v1alpha1
      kind: Device
      metadata: {name: pump, namespace: %s}
      spec:
        identity: {type: ClientCertificate, publicKey: %s}
        decommission: {}
      """;
  private static final String ENROLLED =
      """
      {"status": {"conditions": [{"type": "Enrolled", "status": "True", "reason": "CertificateApproved",
      "message": "of an earlier release", "observedGeneration": 1,
      "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}
      """;

  private static void patch(ApiServer api, String place, String patch, String... more) {
    var command =
        new ArrayList<>(
            List.of("patch", "device", "pump", "-n", place, "--type=merge", "-p", patch));
    command.addAll(List.of(more));
    api.kubectl(command.toArray(String[]::new)).orThrow();
  }

  @Test
  void oneThatStaysAfterAllHasAllItsRights(@KubernetesApi ApiServer api) throws Exception {
    api.applyCrds(CRDS);
    String place = api.newNamespace("enrol");
    var changed = new AtomicBoolean();
    Interceptor stays =
        new Interceptor() {
          @Override
          public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            // The rights are those of a device that leaves; its owner thinks better of it.
            if (request.uri().getPath().endsWith("/roles") && !changed.getAndSet(true)) {
              patch(api, place, "{\"spec\": {\"decommission\": null}}");
            }
          }
        };
    Config config = Config.fromKubeconfig(api.kubeconfig().toFile());
    try (KubernetesClient client = Clients.working(config, Map.of("stays", stays));
        var enrolment =
            new EnrolmentReconciler(
                client,
                Clock.systemUTC(),
                new SimpleMeterRegistry(),
                () -> 40,
                Set.of(),
                new OwnActs(Clock.systemUTC()),
                _ -> {})) {
      client.resource(DEVICE.formatted(place, "A".repeat(64))).create();
      patch(api, place, ENROLLED, "--subresource=status");
      // As it was seen before its owner had it leave.
      Device seen = device(client, place);
      seen.setSpec(new DeviceSpec(seen.getSpec().identity(), null, null, null, null, null));
      enrolment.deviceSeen(seen);
      Awaitility.await().atMost(Duration.ofMinutes(4)).untilTrue(changed);
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .untilAsserted(
              () -> {
                enrolment.deviceSeen(device(client, place));
                assertThat(resources(client, place)).contains("devices/certificates");
              });
    }
  }

  private static Device device(KubernetesClient client, String place) {
    return client.resources(Device.class).inNamespace(place).withName("pump").get();
  }

  private static List<String> resources(KubernetesClient client, String place) {
    return Stream.ofNullable(
            client.rbac().roles().inNamespace(place).withName("sandbar-device-pump").get())
        .flatMap(role -> role.getRules().stream())
        .map(PolicyRule::getResources)
        .flatMap(List::stream)
        .toList();
  }
}
