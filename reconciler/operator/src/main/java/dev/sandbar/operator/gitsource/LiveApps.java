package dev.sandbar.operator.gitsource;

import dev.sandbar.operator.publish.BoundedApp;
import dev.sandbar.operator.publish.FirstList;
import dev.sandbar.operator.publish.ObjectFields;
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
  private final FirstList<BoundedApp> first = new FirstList<>(new Handler());
  private final AtomicLong room;
  private final Consumer<String> changed;

  /**
   * @param room characters that the apps of all namespaces may take yet
   * @param changed gets the name of an app after each change that this operator did not make itself
   */
  LiveApps(KubernetesClient client, String namespace, AtomicLong room, Consumer<String> changed) {
    this.room = room;
    this.changed = changed;
    informer =
        BoundedApp.requests(client).inNamespace(namespace).withLimit(PAGE).runnableInformer(0);
    informer.itemStore(
        new ReducedStateItemStore<>(
            ReducedStateItemStore.NAME_KEY_STATE,
            BoundedApp.class,
            client.getKubernetesSerialization()));
    informer.exceptionHandler((isStarted, failure) -> true);
    informer.addEventHandler(first);
  }

  /** Starts the watch and returns when all that is there has been seen. */
  void start(Duration limit) throws TimeoutException, InterruptedException {
    try {
      informer
          .start()
          .toCompletableFuture()
          .thenCompose(_ -> first.handedOn())
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
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
    get(deleted.name()).filter(it -> it.uid().equals(deleted.uid())).ifPresent(this::drop);
  }

  private void drop(Live known) {
    if (apps.remove(known.name(), known)) {
      room.addAndGet(known.length());
    }
  }

  private Live put(GenericKubernetesResource object) {
    return apps.compute(
        object.getMetadata().getName(),
        (name, before) -> {
          Live next = Live.of(object, before);
          if (before == null) {
            return kept(next, 0);
          }
          boolean stale = before.uid().equals(next.uid()) && !next.isNotBefore(before);
          return stale ? before : kept(next, before.length());
        });
  }

  /**
   * Makes room for it, or takes its spec away.
   *
   * @param had characters that the one before took
   */
  private Live kept(Live next, int had) {
    Live kept = room.get() + had < next.length() ? next.withoutSpec() : next;
    room.addAndGet(had - kept.length());
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
      // After a broken watch only the name of what has gone is known.
      String uid = ObjectFields.text(object.getMetadata().getUid());
      get(name)
          .filter(it -> uid.isEmpty() || it.uid().equals(uid))
          .ifPresent(
              known -> {
                drop(known);
                changed.accept(name);
              });
    }

    /** What this operator has just written comes back: it is known, and no news. */
    private void take(GenericKubernetesResource object) {
      String name = object.getMetadata().getName();
      Optional<Live> known = get(name);
      String version = object.getMetadata().getResourceVersion();
      if (known.isEmpty() && apps.size() >= MOST_APPS) {
        return;
      }
      if (known.filter(it -> it.version().equals(version)).isEmpty()) {
        Live taken = put(object);
        if (!known.equals(Optional.of(taken))) {
          changed.accept(name);
        }
      }
    }
  }
}
