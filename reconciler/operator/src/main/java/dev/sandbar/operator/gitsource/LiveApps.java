package dev.sandbar.operator.gitsource;

import dev.sandbar.operator.publish.BoundedApp;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The AppSandboxes of one namespace, kept by a watch. Holds only what is compared: the informer
 * itself keeps versions, no objects.
 */
final class LiveApps implements AutoCloseable {
  /** Each may be as large as the store lets an object be, whoever wrote it. */
  private static final long PAGE = 10;

  private static final int MOST_APPS = 5_000;

  private final Map<String, Live> apps = new ConcurrentHashMap<>();
  private final SharedIndexInformer<BoundedApp> informer;
  private final Function<Object, String> json;
  private final AtomicLong room;
  private final Consumer<String> changed;

  /**
   * @param room characters that the specs of all namespaces may take yet
   * @param changed gets the name of an app after each change that this operator did not make itself
   */
  LiveApps(KubernetesClient client, String namespace, AtomicLong room, Consumer<String> changed) {
    this.room = room;
    this.json = client.getKubernetesSerialization()::asJson;
    this.changed = changed;
    informer =
        BoundedApp.requests(client).inNamespace(namespace).withLimit(PAGE).runnableInformer(0);
    informer.itemStore(
        new ReducedStateItemStore<>(
            ReducedStateItemStore.NAME_KEY_STATE,
            BoundedApp.class,
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
    Live known = apps.get(deleted.name());
    if (known != null && known.uid().equals(deleted.uid())) {
      drop(known);
    }
  }

  private void drop(Live known) {
    if (apps.remove(known.name(), known)) {
      room.addAndGet(known.spec().length());
    }
  }

  private Live put(GenericKubernetesResource object) {
    return apps.compute(
        object.getMetadata().getName(),
        (name, before) -> {
          Live next = Live.of(object, before, json);
          boolean stale =
              before != null && before.uid().equals(next.uid()) && !next.isNotBefore(before);
          return stale ? before : kept(next, before);
        });
  }

  private Live kept(Live next, @Nullable Live before) {
    int had = before == null ? 0 : before.spec().length();
    Live kept = room.get() + had < next.spec().length() ? next.withoutSpec() : next;
    room.addAndGet(had - kept.spec().length());
    return kept;
  }

  @Override
  public void close() {
    informer.close();
    apps.values().forEach(this::drop);
  }

  private final class Handler implements ResourceEventHandler<BoundedApp> {
    @Override
    public void onAdd(BoundedApp object) {
      take(object);
    }

    @Override
    public void onUpdate(BoundedApp before, BoundedApp now) {
      take(now);
    }

    @Override
    public void onDelete(BoundedApp object, boolean unknownFinalState) {
      String name = object.getMetadata().getName();
      Live known = apps.get(name);
      // After a broken watch only the name of what has gone is known.
      String uid = object.getMetadata().getUid();
      if (known != null && (uid == null || known.uid().equals(uid))) {
        drop(known);
        changed.accept(name);
      }
    }

    /** What this operator has just written comes back: it is known, and no news. */
    private void take(GenericKubernetesResource object) {
      String name = object.getMetadata().getName();
      Live known = apps.get(name);
      String version = object.getMetadata().getResourceVersion();
      if (known == null && apps.size() >= MOST_APPS) {
        return;
      }
      if (known == null || !known.version().equals(version)) {
        Live taken = put(object);
        if (!taken.equals(known)) {
          changed.accept(name);
        }
      }
    }
  }
}
