package dev.sandbar.operator.reconcile;

import dev.sandbar.core.model.SecretRef;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.ObjectMetadata;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices changes of the Secrets that apps name. They are not watched: a watch needs the right to
 * list, and that is a right to read all Secrets of the cluster. The metadata of each that is named
 * is asked for by name in the pace of {@link ValuePace#secrets} instead, without what is in it, and
 * namespaces take turns.
 */
final class NamedSecrets implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NamedSecrets.class);

  /** Label of a Secret that apps on devices may have. */
  static final String LABEL = "sandbar.dev/app";

  /** Between two requests. */
  private static final Duration APART = Duration.ofMillis(100);

  private static final Duration IDLE = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final Duration period;
  private final Consumer<Key> changed;

  /** Secrets that wait for their turn. */
  private final AppQueue queue;

  /** By Secret, the apps that name it, each with the version that it has; under one lock. */
  private final Map<Key, Map<Key, String>> users = new HashMap<>();

  private final Map<Key, Set<Key>> byApp = new HashMap<>();
  private final Thread worker = Thread.ofVirtual().name("named-secrets").unstarted(this::work);
  private boolean started;
  private volatile boolean closed;

  /**
   * Nothing is asked for yet.
   *
   * @param period between two looks at a Secret
   * @param changed is given each app that names a Secret of another version than it has
   */
  NamedSecrets(
      KubernetesClient client, LongSupplier nanoTime, Duration period, Consumer<Key> changed) {
    this.client = client;
    this.period = period;
    this.changed = changed;
    this.queue = new AppQueue(nanoTime);
  }

  /** Whether apps on devices may have what is in the Secret. */
  static boolean isMeant(HasMetadata secret) {
    return "true".equals(ObjectFields.labels(secret).get(LABEL));
  }

  /** What differs from what it was before any change of the Secret; empty only if there is none. */
  static String version(HasMetadata secret) {
    return secret.getMetadata().getUid() + " " + secret.getMetadata().getResourceVersion();
  }

  /** The app names these from now on. */
  synchronized void named(Key app, Set<SecretRef> refs) {
    Set<Key> now =
        refs.stream()
            .map(it -> new Key(app.namespace(), it.name()))
            .collect(Collectors.toCollection(HashSet::new));
    for (Key secret : byApp.getOrDefault(app, Set.of())) {
      if (!now.contains(secret)) {
        users.computeIfPresent(
            secret,
            (_, apps) -> {
              apps.remove(app);
              return apps.isEmpty() ? null : apps;
            });
        if (!users.containsKey(secret)) {
          queue.remove(secret);
        }
      }
    }
    if (now.isEmpty()) {
      byApp.remove(app);
    } else {
      byApp.put(app, now);
    }
  }

  /** The app has these versions of Secrets that it names, by their names. */
  synchronized void read(Key app, Map<String, String> versions) {
    Set<Key> names = byApp.getOrDefault(app, Set.of());
    versions.forEach(
        (name, version) -> {
          var secret = new Key(app.namespace(), name);
          if (names.contains(secret)) {
            boolean isNew = !users.containsKey(secret);
            users.computeIfAbsent(secret, _ -> new HashMap<>()).put(app, version);
            if (isNew) {
              queue.add(secret);
            }
          }
        });
    if (!users.isEmpty() && !started && !closed) {
      started = true;
      worker.start();
    }
  }

  private void work() {
    try {
      while (!closed) {
        Optional<Key> next = queue.take(IDLE);
        if (next.isPresent()) {
          look(next.get());
          queue.done(next.get());
          Thread.sleep(APART);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(Key secret) {
    try {
      String now =
          ObjectMetadata.ofSecret(client, secret.namespace(), secret.name())
              .map(NamedSecrets::version)
              .orElse("");
      outdated(secret, now).forEach(changed);
    } catch (KubernetesClientException e) {
      if (!closed && ApiFailure.of(e) != ApiFailure.FORBIDDEN) {
        LOG.warn("secret={} action=retry failed={}", secret, ApiFailure.message(e));
      }
    } catch (RuntimeException e) {
      LOG.error("secret={} action=skip fault={}", secret, e.toString(), e);
    }
    again(secret);
  }

  private synchronized void again(Key secret) {
    if (users.containsKey(secret)) {
      queue.add(secret, period);
    }
  }

  private synchronized List<Key> outdated(Key secret, String now) {
    return users.getOrDefault(secret, Map.of()).entrySet().stream()
        .filter(it -> !it.getValue().equals(now))
        .map(Map.Entry::getKey)
        .toList();
  }

  @Override
  public void close() {
    closed = true;
    worker.interrupt();
  }
}
