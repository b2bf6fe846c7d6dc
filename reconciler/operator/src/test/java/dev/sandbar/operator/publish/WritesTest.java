package dev.sandbar.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.Node;
import dev.sandbar.crds.v1alpha1.Device;
import dev.sandbar.crds.v1alpha1.DeviceSpec;
import dev.sandbar.operator.app.Clients;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What each write costs, whose name it leaves, and what becomes of one that comes too late. */
class WritesTest {
  private final List<String> requests = new CopyOnWriteArrayList<>();

  private KubernetesClient client(ApiServer api) {
    Interceptor count =
        new Interceptor() {
          @Override
          public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            requests.add(request.method());
          }
        };
    return Clients.working(
        Config.fromKubeconfig(api.kubeconfig().toFile()), Map.of("count", count));
  }

  private static List<String> managers(GenericKubernetesResource object) {
    return object.getMetadata().getManagedFields().stream()
        .map(ManagedFieldsEntry::getManager)
        .toList();
  }

  private static void conflicts(ThrowingCallable write) {
    assertThatThrownBy(write)
        .isInstanceOfSatisfying(
            KubernetesClientException.class,
            e -> assertThat(ApiFailure.of(e)).isEqualTo(ApiFailure.CONFLICT));
  }

  /** Between a decision and its deletion somebody may have made another of the name. */
  @Test
  void anotherDeviceOfTheNameIsNotDeleted(@KubernetesApi ApiServer api) {
    api.applyCrds(Path.of("../../charts/sandbar/crds"));
    String namespace = api.newNamespace("deletes");
    try (KubernetesClient client = client(api)) {
      var writes = new Writes(client);
      var made = new Device();
      made.setMetadata(new ObjectMetaBuilder().withNamespace(namespace).withName("pump-1").build());
      made.setSpec(new DeviceSpec(null, null, null, null, null, null));
      Device old = client.resource(made).create();
      client.resource(old).delete();
      Device fresh = client.resource(made).create();
      conflicts(() -> writes.deleteVersion(old));
      assertThat(client.resource(fresh).get().getMetadata().getUid())
          .isEqualTo(fresh.getMetadata().getUid());
      writes.deleteVersion(fresh);
      assertThat(client.resource(fresh).get()).isNull();
    }
  }

  @Test
  void eachIsOneRequestInTheNameOfItsManagerAndNoneWritesOverANewerVersion(
      @KubernetesApi ApiServer api) {
    api.applyCrds(Path.of("../../charts/sandbar/crds"));
    String namespace = api.newNamespace("writes");
    try (KubernetesClient client = client(api)) {
      var writes = new Writes(client, "some-part");
      var pump = new Writes.Target(Writes.Kind.APP_SANDBOX, namespace, "pump");
      var document =
          Map.<String, Object>of(
              "apiVersion",
              pump.kind().apiVersion(),
              "kind",
              pump.kind().text(),
              "metadata",
              Map.of("name", "pump", "namespace", namespace),
              "spec",
              Map.of("run", Map.of("command", List.of("/bin/true"))));
      GenericKubernetesResource applied = writes.apply(pump, document, false);
      assertThat(managers(applied)).containsExactly("some-part");
      String first = applied.getMetadata().getResourceVersion();

      var suspend =
          Node.mapping(
              List.of(
                  Node.entry("op", Node.text("add")),
                  Node.entry("path", Node.text("/spec/suspend")),
                  Node.entry("value", Node.flag(true))));
      String second =
          writes.patch(pump, first, List.of(suspend)).getMetadata().getResourceVersion();
      writes.merge(pump, Map.of("metadata", Map.of("annotations", Map.of("a", "b"))));
      writes.mergeStatus(pump, Map.of("observedGeneration", 1));
      assertThat(requests).containsExactly("PATCH", "PATCH", "PATCH", "PATCH");

      conflicts(() -> writes.patch(pump, second, List.of(suspend)));
      conflicts(() -> writes.replaceSpec(pump, second, Map.of()));
      conflicts(() -> writes.mergeStatus(pump, second, Map.of("observedGeneration", 2)));
      conflicts(() -> writes.deleteVersion(pump, second));

      GenericKubernetesResource now =
          client
              .genericKubernetesResources(pump.kind().context())
              .inNamespace(namespace)
              .withName("pump")
              .require();
      assertThat(managers(now)).containsOnly("some-part");
      assertThat(now.getAdditionalProperties().get("status"))
          .isEqualTo(Map.of("observedGeneration", 1));
      writes.deleteVersion(pump, now.getMetadata().getResourceVersion());
      writes.deleteVersion(pump, now.getMetadata().getResourceVersion());
    }
  }

  @Test
  void anObjectOfKubernetesIsMadeOnceAndReplacedByItsVersion(@KubernetesApi ApiServer api) {
    String namespace = api.newNamespace("writes");
    try (KubernetesClient client = client(api)) {
      var writes = new Writes(client);
      ConfigMap map =
          new ConfigMapBuilder()
              .withNewMetadata()
              .withNamespace(namespace)
              .withName("some")
              .endMetadata()
              .build();
      assertThat(writes.createIfAbsent(map)).isTrue();
      assertThat(writes.createIfAbsent(map)).isFalse();
      ConfigMap first = client.resource(map).require();
      first.setData(Map.of("a", "1"));
      requests.clear();
      assertThat(writes.update(first).getData()).containsEntry("a", "1");
      assertThat(requests).containsExactly("PUT");
      first.setData(Map.of("a", "2"));
      conflicts(() -> writes.update(first));
      conflicts(() -> writes.deleteVersion(first));
      assertThat(client.resource(map).require().getData()).containsEntry("a", "1");
    }
  }

  private static KubernetesClientException failure(int code) {
    return code == 0
        ? new KubernetesClientException("no route")
        : new KubernetesClientException(
            new StatusBuilder().withCode(code).withMessage("says " + code).build());
  }

  @Test
  void whatAnErrorMeans() {
    Map<Integer, ApiFailure> meanings =
        Map.of(
            400, ApiFailure.INVALID,
            403, ApiFailure.FORBIDDEN,
            404, ApiFailure.NOT_FOUND,
            409, ApiFailure.CONFLICT,
            413, ApiFailure.INVALID,
            422, ApiFailure.INVALID,
            429, ApiFailure.UNAVAILABLE,
            503, ApiFailure.UNAVAILABLE,
            0, ApiFailure.NO_ANSWER);
    meanings.forEach(
        (code, meaning) -> assertThat(ApiFailure.of(failure(code))).isEqualTo(meaning));
    assertThat(ApiFailure.message(failure(403))).isEqualTo("says 403");
    assertThat(ApiFailure.message(failure(0))).isEqualTo("the API server does not answer");
  }

  @Test
  void aConflictIsTriedAgainSomeTimesAndNothingElseIs() {
    var codes = new ArrayList<>(List.of(409, 409, 200));
    Writes.retryConflicts(
        () -> {
          int code = codes.removeFirst();
          if (code != 200) {
            throw failure(code);
          }
        });
    assertThat(codes).isEmpty();

    var attempts = new ArrayList<Integer>();
    conflicts(
        () ->
            Writes.retryConflicts(
                () -> {
                  attempts.add(409);
                  throw failure(409);
                }));
    assertThat(attempts).hasSize(5);
    attempts.clear();
    assertThatThrownBy(
            () ->
                Writes.retryConflicts(
                    () -> {
                      attempts.add(503);
                      throw failure(503);
                    }))
        .isInstanceOf(KubernetesClientException.class);
    assertThat(attempts).hasSize(1);
  }
}
