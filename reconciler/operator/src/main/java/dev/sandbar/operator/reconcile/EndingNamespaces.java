package dev.sandbar.operator.reconcile;

import dev.sandbar.operator.publish.ApiFailure;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Namespaces that are being deleted. Kubernetes deletes what is in one object by object, in any
 * order, and of each app it looks as if its owner had deleted it: devices would stop their apps. To
 * be asked after an app has gone and before a bundle loses it, since a namespace is marked before
 * anything in it goes.
 */
final class EndingNamespaces {
  private static final Logger LOG = LoggerFactory.getLogger(EndingNamespaces.class);

  /** Its name may be given to another. */
  private static final Duration FRESH = Duration.ofSeconds(10);

  private final KubernetesClient client;
  private final LongSupplier nanos;
  private final AtomicLong gone = new AtomicLong();
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();

  /**
   * What was found.
   *
   * @param gone so many apps had gone before
   */
  private record Answer(long gone, long at, boolean ending) {}

  EndingNamespaces(KubernetesClient client, LongSupplier nanos) {
    this.client = client;
    this.nanos = nanos;
  }

  /** An app has gone: what is known is from before. */
  void appGone() {
    gone.incrementAndGet();
  }

  /** Whether the namespace is being deleted, or gone; false where the operator may not look. */
  boolean contains(String namespace) {
    long before = gone.get();
    long now = nanos.getAsLong();
    Answer known = answers.get(namespace);
    if (known != null && known.gone() == before && now - known.at() < FRESH.toNanos()) {
      return known.ending();
    }
    boolean ending = ask(namespace);
    if (ending && (known == null || !known.ending())) {
      LOG.info("namespace={} action=keep reason=deleted", namespace);
    }
    answers.put(namespace, new Answer(before, now, ending));
    return ending;
  }

  private boolean ask(String name) {
    try {
      Namespace namespace = client.namespaces().withName(name).get();
      return namespace == null || namespace.isMarkedForDeletion();
    } catch (KubernetesClientException e) {
      if (ApiFailure.of(e) != ApiFailure.FORBIDDEN) {
        throw e;
      }
      LOG.warn("namespace={} action=look failed={}", name, ApiFailure.message(e));
      return false;
    }
  }
}
