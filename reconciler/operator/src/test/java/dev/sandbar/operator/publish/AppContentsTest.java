package dev.sandbar.operator.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.crds.v1alpha1.AppContent;
import dev.sandbar.operator.app.Clients;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Large files of a namespace on a real API server. */
class AppContentsTest {
  private static final byte[] BYTES = "a large file".getBytes(UTF_8);

  private static FileContent.Kept kept(AppContents contents, String namespace) {
    Sha256 digest = Sha256.of(BYTES);
    return new FileContent.Kept(digest, BYTES.length, contents.name(namespace, digest));
  }

  private static List<String> names(KubernetesClient client, String namespace) {
    return client.resources(AppContent.class).inNamespace(namespace).list().getItems().stream()
        .map(it -> it.getMetadata().getName())
        .filter(it -> !it.startsWith("key-"))
        .toList();
  }

  @Test
  void aContentIsStoredOnceAndGoesAWhileAfterTheLastBundle(@KubernetesApi ApiServer api) {
    api.applyCrds(Path.of("../../charts/sandbar/crds"));
    String namespace = api.newNamespace("contents");
    String elsewhere = api.newNamespace("contents");
    Config config = Config.fromKubeconfig(api.kubeconfig().toFile());
    try (KubernetesClient client = Clients.working(config, Map.of());
        var first = new AppContents(client, System::nanoTime, Duration.ofMillis(300));
        var second = new AppContents(client, System::nanoTime, Duration.ofHours(1))) {
      FileContent.Kept kept = kept(first, namespace);
      assertThat(first.ensure(namespace, kept, Optional::empty).orElse(""))
          .contains("is not at hand");
      assertThat(first.ensure(namespace, kept, () -> Optional.of("another".getBytes(UTF_8))))
          .as("bytes of another digest")
          .isPresent();
      assertThat(first.ensure(namespace, kept, () -> Optional.of(BYTES))).isEmpty();
      first.bundled(namespace, "one", Set.of(kept.object()));
      first.bundled(namespace, "two", Set.of(kept.object()));
      // An operator that is started anew comes to the same name, and another namespace to another.
      assertThat(kept(second, namespace)).isEqualTo(kept);
      assertThat(kept(second, elsewhere).object()).isNotEqualTo(kept.object());
      assertThat(second.ensure(namespace, kept, Optional::empty)).isEmpty();
      assertThat(names(client, namespace)).containsExactly(kept.object());

      first.bundled(namespace, "one", Set.of());
      await().during(Duration.ofSeconds(1)).until(() -> names(client, namespace).size() == 1);
      first.bundled(namespace, "two", Set.of());
      await().until(() -> names(client, namespace).isEmpty());
    }
  }
}
