package dev.sandbar.operator.reconcile;

import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.WatchedConfigMap;
import dev.sandbar.source.ConfigMaps;
import dev.sandbar.source.ContentLookup;
import dev.sandbar.source.Included;
import dev.sandbar.source.Inclusion;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the apps read anew that name a ConfigMap, when it changes. Of all ConfigMaps it keeps the
 * version, by which a change is noticed; of those that are named nothing more, since each is read
 * when an app needs it: what a tenant has in ConfigMaps takes no memory here but as the content of
 * its apps. Nothing is watched before the first app names one.
 *
 * <p>A ConfigMap belongs to the namespace of the app, always: there is no way to name another one.
 */
final class NamedConfigMaps implements Mirror.Listener<WatchedConfigMap>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NamedConfigMaps.class);

  /**
   * So often an app takes changes of its ConfigMaps over: each is a new version, and restarts it on
   * every device.
   */
  static final Duration APART = Duration.ofSeconds(5);

  /** How long the start waits for the values of all apps, which an outage may keep from it. */
  private static final Duration FIRST = Duration.ofSeconds(30);

  private static final Duration IDLE = Duration.ofMillis(200);
  private static final Duration FORBIDDEN = Duration.ofMinutes(5);

  /** Read no further than names and version. */
  private static final long AT_ONCE = 10;

  private final KubernetesClient client;
  private final Set<String> namespaces;
  private final Consumer<String> fatal;
  private volatile BiConsumer<Key, ContentLookup> resolve = (_, _) -> {};
  private final AppQueue queue;

  /** The apps that name a ConfigMap, and the values that an app names; under one lock. */
  private final Map<Key, Set<Key>> users = new HashMap<>();

  private final Map<Key, Set<ConfigMapKey>> named = new HashMap<>();

  private final Thread worker = Thread.ofVirtual().name("configmaps").unstarted(this::work);
  private final Thread follower =
      Thread.ofVirtual().name("configmap-watch").unstarted(this::follow);
  private boolean started;
  private volatile boolean closed;
  private volatile @Nullable Mirror<WatchedConfigMap> mirror;

  /**
   * Nothing is followed yet.
   *
   * @param namespaces empty means all
   */
  NamedConfigMaps(
      KubernetesClient client,
      Set<String> namespaces,
      LongSupplier nanoTime,
      Consumer<String> fatal) {
    this.client = client;
    this.namespaces = Set.copyOf(namespaces);
    this.queue = new AppQueue(nanoTime);
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
  void resolveBy(BiConsumer<Key, ContentLookup> reader) {
    resolve = reader;
  }

  /** The app names these from now on, and waits for their values. */
  void names(Key app, Set<ConfigMapKey> values) {
    set(app, values);
    queue.add(app);
    start();
  }

  /** Somebody asks for the values once more. */
  void again(Key app) {
    queue.add(app);
  }

  /** The app names none from now on. */
  void forget(Key app) {
    set(app, Set.of());
    queue.remove(app);
  }

  private synchronized void set(Key app, Set<ConfigMapKey> values) {
    for (ConfigMapKey before : named.getOrDefault(app, Set.of())) {
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
    values.forEach(
        value -> users.computeIfAbsent(configMap(app, value), _ -> new HashSet<>()).add(app));
  }

  /** It is always one of the app's own namespace. */
  private static Key configMap(Key app, ConfigMapKey value) {
    return new Key(app.namespace(), value.name());
  }

  private synchronized void start() {
    if (!started && !closed) {
      started = true;
      worker.start();
      follower.start();
    }
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
    apps.forEach(app -> queue.add(app, APART));
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

  private void resolve(Key app) {
    Values values;
    synchronized (this) {
      values = new Values(app.namespace(), named.getOrDefault(app, Set.of()));
    }
    try {
      resolve.accept(app, values);
      if (values.forbidden) {
        queue.add(app, FORBIDDEN);
      }
    } catch (KubernetesClientException e) {
      if (!closed) {
        LOG.warn("appsandbox={} action=retry failed={}", app, ApiFailure.message(e));
        queue.add(app, APART);
      }
    } catch (RuntimeException e) {
      LOG.error("appsandbox={} action=skip fault={}", app, e.toString(), e);
    } finally {
      queue.done(app);
    }
  }

  /**
   * The values that an app names, of ConfigMaps that are read once. One ConfigMap at a time is held
   * whole: what is in it takes many times its megabyte if its values are small.
   */
  private final class Values implements ContentLookup {
    private final String namespace;
    private final Set<ConfigMapKey> all;
    private final Map<ConfigMapKey, Included> read = new HashMap<>();
    private boolean forbidden;

    Values(String namespace, Set<ConfigMapKey> all) {
      this.namespace = namespace;
      this.all = all;
    }

    @Override
    public Included file(String path) {
      return Inclusion.noFiles();
    }

    @Override
    public Included configMap(ConfigMapKey wanted) {
      if (!read.containsKey(wanted)) {
        Function<ConfigMapKey, Included> found = find(wanted.name());
        Stream.concat(Stream.of(wanted), all.stream().filter(it -> it.name().equals(wanted.name())))
            .forEach(it -> read.put(it, found.apply(it)));
      }
      return Objects.requireNonNull(read.get(wanted));
    }

    private Function<ConfigMapKey, Included> find(String name) {
      try {
        Optional<ConfigMap> found =
            Optional.ofNullable(client.configMaps().inNamespace(namespace).withName(name).get());
        return key ->
            found
                .map(it -> value(it, key))
                .orElseGet(
                    () ->
                        new Included.Unusable(
                            "is missing: namespace '%s' has no ConfigMap of this name"
                                .formatted(namespace),
                            "create it; until then devices keep the version that they have"));
      } catch (KubernetesClientException e) {
        if (ApiFailure.of(e) != ApiFailure.FORBIDDEN) {
          throw e;
        }
        forbidden = true;
        return _ ->
            new Included.Unusable(
                "cannot be read: the operator has no right to read ConfigMaps",
                "grant it get, list and watch on configmaps, as the current chart does");
      }
    }

    private Included value(ConfigMap found, ConfigMapKey wanted) {
      if (found.getBinaryData() != null && found.getBinaryData().containsKey(wanted.key())) {
        return ConfigMaps.binary();
      }
      return Optional.ofNullable(found.getData())
          .flatMap(data -> Optional.ofNullable(data.get(wanted.key())))
          .map(Inclusion::text)
          .orElseGet(() -> ConfigMaps.noKey(wanted, "in namespace '" + namespace + "'"));
    }
  }

  @Override
  public void close() {
    closed = true;
    follower.interrupt();
    worker.interrupt();
    Optional.ofNullable(mirror).ifPresent(Mirror::close);
  }
}
