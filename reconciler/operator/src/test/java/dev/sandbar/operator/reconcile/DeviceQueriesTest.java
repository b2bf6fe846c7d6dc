package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.operator.app.Clients;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The end of queries, by a clock of the test's own. */
class DeviceQueriesTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private static void ask(ApiServer api, String namespace, String device) {
    api.kubectl()
        .apply(
            """
            apiVersion: sandbar.dev/v1alpha1
            kind: DeviceQuery
            metadata: {name: %s, namespace: %s}
            spec: {publicKey: MCowBQYDK2VuAyEAhSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=, events: {}}
            """
                .formatted(device, namespace))
        .orThrow();
  }

  private static String left(ApiServer api, String namespace) {
    return api.kubectl("get", "dvq", "-n", namespace, "-o", "name").orThrow().strip();
  }

  @Test
  void twoMinutesAfterItWasFirstSeenAQueryIsDeletedWhateverBecameOfIt(
      @KubernetesApi ApiServer api) {
    String namespace = api.newNamespace("queries");
    var now = new AtomicLong();
    List<String> fatal = new CopyOnWriteArrayList<>();
    List<Key> looked = new CopyOnWriteArrayList<>();
    try (KubernetesClient client =
            Clients.working(Config.fromKubeconfig(api.kubeconfig().toFile()), Map.of());
        var queries =
            new DeviceQueries(
                client,
                new Writes(client),
                Set.of(namespace),
                key -> {
                  looked.add(key);
                  return "";
                },
                now::get,
                fatal::add)) {
      api.applyCrds(Path.of("../../charts/sandbar/crds"));
      queries.start();
      ask(api, namespace, "answered");
      ask(api, namespace, "nobody");
      api.kubectl(
              "patch",
              "dvq",
              "answered",
              "-n",
              namespace,
              "--subresource=status",
              "--type=merge",
              "-p",
              "{\"status\":{\"answer\":\"AAAA\"}}")
          .orThrow();
      await().atMost(SOON).until(() -> looked.contains(new Key(namespace, "nobody")));
      now.set(DeviceQueries.LIFE.toNanos() - 1);
      int before = looked.size();
      await().atMost(SOON).until(() -> looked.size() > before + 2);
      assertThat(left(api, namespace)).contains("answered", "nobody");
      // Its two minutes begin when it is seen, not when it says that it was made.
      ask(api, namespace, "later");
      await().atMost(SOON).until(() -> looked.contains(new Key(namespace, "later")));
      now.set(DeviceQueries.LIFE.toNanos() + 1);
      await()
          .atMost(SOON)
          .until(() -> left(api, namespace).equals("devicequery.sandbar.dev/later"));
      now.set(2 * DeviceQueries.LIFE.toNanos());
      await().atMost(SOON).until(() -> left(api, namespace).isEmpty());
      assertThat(fatal).isEmpty();
    }
  }

  /** Somebody makes and deletes a query of theirs without end. */
  @Test
  void whoAsksWithoutEndKeepsNoQueryOfOthersAlive(@KubernetesApi ApiServer api) throws Exception {
    String namespace = api.newNamespace("queries");
    api.applyCrds(Path.of("../../charts/sandbar/crds"));
    var now = new AtomicLong();
    var ended = new AtomicBoolean();
    List<Key> looked = new CopyOnWriteArrayList<>();
    try (KubernetesClient client =
            Clients.working(Config.fromKubeconfig(api.kubeconfig().toFile()), Map.of());
        var queries =
            new DeviceQueries(
                client,
                new Writes(client),
                Set.of(namespace),
                key -> {
                  if (key.name().equals("victim")) {
                    looked.add(key);
                  }
                  return "";
                },
                now::get,
                _ -> {})) {
      queries.start();
      ask(api, namespace, "victim");
      await().atMost(SOON).until(() -> !looked.isEmpty());
      Thread noise =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; !ended.get(); i++) {
                      GenericKubernetesResource query = query("noise", "q" + i % 1_000, i);
                      queries.present(query);
                      queries.absent(query);
                    }
                  });
      try {
        now.set(DeviceQueries.LIFE.toNanos() + 1);
        await().atMost(SOON).until(() -> left(api, namespace).isEmpty());
      } finally {
        ended.set(true);
        noise.join();
      }
    }
  }

  private static GenericKubernetesResource query(String namespace, String name, int version) {
    var query = new GenericKubernetesResource();
    query.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(namespace)
            .withName(name)
            .withUid("uid-" + version)
            .withResourceVersion(Integer.toString(version + 1))
            .build());
    return query;
  }
}
