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
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
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
  private static final Duration FORBIDDEN = Duration.ofMinutes(1);

  /** Read no further than names and version. */
  private static final long AT_ONCE = 10;

  private final KubernetesClient client;
  private final Set<String> namespaces;
  private final Consumer<String> fatal;
  private volatile BiConsumer<Key, ContentLookup> resolve = (_, _) -> {};
  private final AppQueue queue;

  /** The apps that name a ConfigMap, and the ConfigMaps that an app names; under one lock. */
  private final Map<Key, Set<Key>> users = new HashMap<>();

  private final Map<Key, Set<Key>> named = new HashMap<>();

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
  void names(Key app, Set<String> configMaps) {
    set(
        app,
        configMaps.stream()
            .map(name -> new Key(app.namespace(), name))
            .collect(Collectors.toUnmodifiableSet()));
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

  private synchronized void set(Key app, Set<Key> configMaps) {
    Set<Key> before = configMaps.isEmpty() ? named.remove(app) : named.put(app, configMaps);
    for (Key gone : Objects.requireNonNullElse(before, Set.<Key>of())) {
      users.computeIfPresent(
          gone,
          (_, apps) -> {
            apps.remove(app);
            return apps.isEmpty() ? null : apps;
          });
    }
    configMaps.forEach(it -> users.computeIfAbsent(it, _ -> new HashSet<>()).add(app));
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
    var values = new Values(app.namespace());
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

  /** The ConfigMaps of a namespace, each read once. */
  private final class Values implements ContentLookup {
    private final String namespace;
    private final Map<String, Optional<ConfigMap>> read = new HashMap<>();
    private boolean forbidden;

    Values(String namespace) {
      this.namespace = namespace;
    }

    @Override
    public Included file(String path) {
      return Inclusion.noFiles();
    }

    @Override
    public Included configMap(ConfigMapKey wanted) {
      Optional<ConfigMap> found;
      try {
        found = read.computeIfAbsent(wanted.name(), this::get);
      } catch (KubernetesClientException e) {
        if (ApiFailure.of(e) != ApiFailure.FORBIDDEN) {
          throw e;
        }
        forbidden = true;
        return new Included.Unusable(
            "cannot be read: the operator has no right to read ConfigMaps",
            "grant it get, list and watch on configmaps, as the current chart does");
      }
      return found
          .map(it -> value(it, wanted))
          .orElseGet(
              () ->
                  new Included.Unusable(
                      "is missing: namespace '%s' has no ConfigMap of this name"
                          .formatted(namespace),
                      "create it; until then devices keep the version that they have"));
    }

    private Optional<ConfigMap> get(String name) {
      return Optional.ofNullable(client.configMaps().inNamespace(namespace).withName(name).get());
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
