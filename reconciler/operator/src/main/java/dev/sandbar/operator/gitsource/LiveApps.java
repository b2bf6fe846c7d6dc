package dev.sandbar.operator.gitsource;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.ReducedStateItemStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The AppSandboxes of one namespace, kept by a watch. Holds only what is compared: the informer
 * itself keeps versions, no objects.
 */
final class LiveApps implements AutoCloseable {
  private static final long PAGE = 500;

  private final Map<String, Live> apps = new ConcurrentHashMap<>();
  private final SharedIndexInformer<GenericKubernetesResource> informer;
  private final Function<Object, String> json;
  private final Consumer<String> changed;

  /**
   * @param changed told the name of an app after each change that this operator did not make itself
   */
  LiveApps(KubernetesClient client, String namespace, Consumer<String> changed) {
    this.json = client.getKubernetesSerialization()::asJson;
    this.changed = changed;
    informer =
        client
            .genericKubernetesResources(Names.APPS)
            .inNamespace(namespace)
            .withLimit(PAGE)
            .runnableInformer(0);
    informer.itemStore(
        new ReducedStateItemStore<>(
            ReducedStateItemStore.NAME_KEY_STATE,
            GenericKubernetesResource.class,
            client.getKubernetesSerialization()));
    informer.exceptionHandler((isStarted, failure) -> true);
    informer.addEventHandler(new Handler());
  }

  /** Starts the watch and returns when all that is there has been seen. */
  void start(Duration limit) throws TimeoutException, InterruptedException {
    try {
      informer.start().toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("watching AppSandboxes", e.getCause());
    }
  }

  Optional<Live> get(String name) {
    return Optional.ofNullable(apps.get(name));
  }

  List<Live> ownedBy(String source) {
    return apps.values().stream().filter(it -> it.owner().equals(source)).toList();
  }

  /** Takes the answer to a write, so that nothing is decided by what was there before it. */
  Live accept(GenericKubernetesResource written) {
    return put(written);
  }

  /** Takes it that the app is gone. */
  void acceptDeleted(Live deleted) {
    apps.computeIfPresent(
        deleted.name(), (name, live) -> live.uid().equals(deleted.uid()) ? null : live);
  }

  private Live put(GenericKubernetesResource object) {
    return apps.compute(
        object.getMetadata().getName(),
        (name, before) -> {
          Live next = Live.of(object, before, json);
          boolean stale =
              before != null && before.uid().equals(next.uid()) && !next.isNotBefore(before);
          return stale ? before : next;
        });
  }

  @Override
  public void close() {
    informer.close();
  }

  private final class Handler implements ResourceEventHandler<GenericKubernetesResource> {
    @Override
    public void onAdd(GenericKubernetesResource object) {
      take(object);
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
      take(now);
    }

    @Override
    public void onDelete(GenericKubernetesResource object, boolean unknownFinalState) {
      String name = object.getMetadata().getName();
      Live known = apps.get(name);
      // After a broken watch only the name of what has gone is known.
      String uid = object.getMetadata().getUid();
      if (known != null && (uid == null || known.uid().equals(uid))) {
        apps.remove(name, known);
        changed.accept(name);
      }
    }

    /** What this operator has just written comes back: it is known, and no news. */
    private void take(GenericKubernetesResource object) {
      String name = object.getMetadata().getName();
      Live known = apps.get(name);
      String version = object.getMetadata().getResourceVersion();
      if (known == null || !known.version().equals(version)) {
        Live taken = put(object);
        if (!taken.equals(known)) {
          changed.accept(name);
        }
      }
    }
  }
}
