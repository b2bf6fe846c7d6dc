package dev.sandbar.operator.reconcile;

import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.SecretRef;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.AppContents;
import dev.sandbar.operator.publish.WatchedConfigMap;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the apps read anew that name a ConfigMap or a Secret, when it changes. Of all ConfigMaps it
 * keeps the version, by which a change is noticed; of those that are named nothing more, since each
 * is read when an app needs it: what a tenant has in ConfigMaps takes no memory here but as the
 * content of its apps. Nothing is watched before the first app names one.
 *
 * <p>Secrets are not watched: {@link NamedSecrets} asks for those that are named.
 *
 * <p>Both belong to the namespace of the app, always: there is no way to name another one.
 */
final class NamedValues implements Mirror.Listener<WatchedConfigMap>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NamedValues.class);

  /** How long the start waits for the values of all apps, which an outage may keep from it. */
  private static final Duration FIRST = Duration.ofSeconds(30);

  private static final Duration IDLE = Duration.ofMillis(200);
  private static final Duration FORBIDDEN = Duration.ofMinutes(5);

  /** Read no further than names and version. */
  private static final long AT_ONCE = 10;

  private final KubernetesClient client;
  private final Set<String> namespaces;
  private final Consumer<String> fatal;
  private volatile BiConsumer<Key, ReadValues> resolve = (_, _) -> {};
  private final ValuePace pace;
  private final AppQueue queue;

  private final SealKey sealKey;
  private final AppContents contents;
  private final NamedSecrets secrets;

  /** The apps that name a ConfigMap, and the values that an app names; under one lock. */
  private final Map<Key, Set<Key>> users = new HashMap<>();

  private final Map<Key, Named> named = new HashMap<>();

  private final Thread worker = Thread.ofVirtual().name("named-values").unstarted(this::work);
  private final Thread follower =
      Thread.ofVirtual().name("configmap-watch").unstarted(this::follow);
  private boolean started;
  private boolean following;
  private volatile boolean closed;
  private volatile @Nullable Mirror<WatchedConfigMap> mirror;

  /** What an app names. */
  record Named(Set<ConfigMapKey> configMaps, Set<SecretRef> secrets) {
    static final Named NONE = new Named(Set.of(), Set.of());

    Named {
      configMaps = Set.copyOf(configMaps);
      secrets = Set.copyOf(secrets);
    }

    boolean isEmpty() {
      return configMaps.isEmpty() && secrets.isEmpty();
    }
  }

  /**
   * Nothing is followed yet.
   *
   * @param namespaces empty means all
   * @param own namespace of the operator
   */
  NamedValues(
      KubernetesClient client,
      Writes writes,
      AppContents contents,
      Set<String> namespaces,
      String own,
      ValuePace pace,
      LongSupplier nanoTime,
      Consumer<String> fatal) {
    this.client = client;
    this.namespaces = Set.copyOf(namespaces);
    this.pace = pace;
    this.queue = new AppQueue(nanoTime);
    this.sealKey = new SealKey(client, writes, own);
    this.contents = contents;
    this.secrets =
        new NamedSecrets(client, nanoTime, pace.secrets(), app -> queue.add(app, pace.apart()));
    this.fatal =
        why -> {
          if (!closed) {
            fatal.accept(why);
          }
        };
  }

  /**
   * Apps are read by this from now on, with contents that throw where the API server does not
   * answer.
   */
  void resolveBy(BiConsumer<Key, ReadValues> reader) {
    resolve = reader;
  }

  /** The app names these from now on, and waits for their values. */
  void names(Key app, Named values) {
    set(app, values);
    queue.add(app);
    start(!values.configMaps().isEmpty());
  }

  /** Somebody asks for the values once more. */
  void again(Key app) {
    queue.add(app);
  }

  /** The app names none from now on. */
  void forget(Key app) {
    set(app, Named.NONE);
    queue.remove(app);
  }

  private synchronized void set(Key app, Named values) {
    for (ConfigMapKey before : named.getOrDefault(app, Named.NONE).configMaps()) {
      users.computeIfPresent(
          configMap(app, before),
          (_, apps) -> {
            apps.remove(app);
            return apps.isEmpty() ? null : apps;
          });
    }
    if (values.isEmpty()) {
      named.remove(app);
    } else {
      named.put(app, values);
    }
    secrets.named(app, values.secrets());
    values
        .configMaps()
        .forEach(
            value -> users.computeIfAbsent(configMap(app, value), _ -> new HashSet<>()).add(app));
  }

  /** It is always one of the app's own namespace. */
  private static Key configMap(Key app, ConfigMapKey value) {
    return new Key(app.namespace(), value.name());
  }

  private synchronized void start(boolean follow) {
    if (!started && !closed) {
      started = true;
      worker.start();
    }
    if (follow && !following && !closed) {
      following = true;
      follower.start();
    }
  }

  /** Whether values are read, or nobody has named any. */
  synchronized boolean isAtWork() {
    return !started || worker.isAlive();
  }

  /** Waits until the apps that are known by now have their values. */
  void awaitFirst() {
    try {
      queue.awaitIdle(FIRST);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Without the right to watch it waits until somebody grants it; nothing else waits for it. */
  private void follow() {
    mirror =
        Mirror.of(
            WatchedConfigMap.requests(client),
            namespaces,
            "",
            AT_ONCE,
            new VersionForm<>(WatchedConfigMap::new),
            this,
            fatal);
    // What was read before the watch began may have changed, or gone, in between.
    List<Key> all;
    synchronized (this) {
      all = List.copyOf(named.keySet());
    }
    all.forEach(queue::add);
  }

  @Override
  public void present(WatchedConfigMap object) {
    changed(Key.of(object));
  }

  @Override
  public void absent(WatchedConfigMap object) {
    changed(Key.of(object));
  }

  private void changed(Key configMap) {
    List<Key> apps;
    synchronized (this) {
      apps = List.copyOf(users.getOrDefault(configMap, Set.of()));
    }
    apps.forEach(app -> queue.add(app, pace.apart()));
  }

  private void work() {
    try {
      while (!closed) {
        Optional<Key> next = queue.take(IDLE);
        if (next.isPresent()) {
          resolve(next.get());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The bytes of a value of a ConfigMap that the app names; empty if it is not there any more. */
  Optional<byte[]> large(Key app, Sha256 digest) {
    return read(app).large(digest);
  }

  private synchronized ReadValues read(Key app) {
    return new ReadValues(client, sealKey, contents, app, named.getOrDefault(app, Named.NONE));
  }

  private void resolve(Key app) {
    ReadValues values = read(app);
    try {
      resolve.accept(app, values);
      secrets.read(app, values.versions());
      if (values.forbidden()) {
        queue.add(app, FORBIDDEN);
      }
    } catch (KubernetesClientException e) {
      if (!closed) {
        LOG.warn("appsandbox={} action=retry failed={}", app, ApiFailure.message(e));
        queue.add(app, pace.apart());
      }
    } catch (RuntimeException e) {
      LOG.error("appsandbox={} action=skip fault={}", app, e.toString(), e);
    } finally {
      queue.done(app);
    }
  }

  @Override
  public void close() {
    closed = true;
    follower.interrupt();
    worker.interrupt();
    secrets.close();
    Optional.ofNullable(mirror).ifPresent(Mirror::close);
  }
}
