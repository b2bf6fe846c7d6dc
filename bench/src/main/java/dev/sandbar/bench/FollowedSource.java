package dev.sandbar.bench;

import static dev.sandbar.bench.ManyApps.APPS;
import static dev.sandbar.bench.ManyApps.SOURCES;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/** The GitSource that is measured, and when the watch of the benchmark saw what it did. */
final class FollowedSource {
  static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

  private final KubernetesClient client;
  private final String namespace;

  /** When the watch of the benchmark saw the last change of each app, and its version. */
  private final Map<String, Seen> seen = new ConcurrentHashMap<>();

  /** When the watch of the benchmark saw the status answer each request. */
  private final Map<String, Long> handled = new ConcurrentHashMap<>();

  /** An app as the watch told it last. */
  record Seen(long nanos, String version, String spec, boolean there) {}

  FollowedSource(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /** How many apps there have been. */
  int apps() {
    return seen.size();
  }

  /** When the status answered this request. */
  Optional<Long> handledAt(String request) {
    return Optional.ofNullable(handled.get(request));
  }

  Seen seen(String app) {
    return Objects.requireNonNull(seen.get(app), app);
  }

  /** From here on it is known what happens. */
  void watch() {
    watch(
        APPS,
        (action, app) ->
            seen.put(
                app.getMetadata().getName(),
                new Seen(
                    System.nanoTime(),
                    app.getMetadata().getResourceVersion(),
                    String.valueOf(app.getAdditionalProperties().get("spec")),
                    action != Watcher.Action.DELETED)));
    watch(
        SOURCES,
        (action, source) -> {
          if (source.getAdditionalProperties().get("status") instanceof Map<?, ?> status) {
            handled.putIfAbsent(
                String.valueOf(status.get("lastHandledReconcileAt")), System.nanoTime());
          }
        });
  }

  private void watch(
      ResourceDefinitionContext kind, BiConsumer<Watcher.Action, GenericKubernetesResource> event) {
    client
        .genericKubernetesResources(kind)
        .inNamespace(namespace)
        .watch(
            new Watcher<>() {
              @Override
              public void eventReceived(Action action, GenericKubernetesResource object) {
                event.accept(action, object);
              }

              @Override
              public void onClose(WatcherException cause) {
                throw new IllegalStateException("the watch of the benchmark", cause);
              }
            });
  }

  void interval(String length) {
    patchSource("{\"spec\":{\"interval\":\"" + length + "\"}}");
  }

  /** Asks for a reconcile; what its status will answer to. */
  String request() {
    String at = String.valueOf(System.nanoTime());
    patchSource("{\"metadata\":{\"annotations\":{\"sandbar.dev/requestedAt\":\"" + at + "\"}}}");
    return at;
  }

  private void patchSource(String patch) {
    var source = new GenericKubernetesResource();
    source.setApiVersion("sandbar.dev/v1alpha1");
    source.setKind("GitSource");
    source.setMetadata(new ObjectMetaBuilder().withNamespace(namespace).withName("fleet").build());
    client
        .genericKubernetesResources(SOURCES)
        .inNamespace(namespace)
        .resource(source)
        .patch(MERGE, patch);
  }

  String status(String field) {
    var source =
        client.genericKubernetesResources(SOURCES).inNamespace(namespace).withName("fleet").get();
    return source.getAdditionalProperties().get("status") instanceof Map<?, ?> status
        ? String.valueOf(status.get(field))
        : "";
  }
}
