package dev.sandbar.operator.reconcile;

import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.ObjectMetadata;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletions of what apps are in: their namespace, or the definition of their kind. Kubernetes
 * deletes the apps one by one, and of each it looks as if its owner had deleted it: devices would
 * stop their apps. To be asked after an app has gone and before a bundle loses it, since both are
 * marked before anything in them goes.
 */
final class CollectiveDeletions {

  /** How long apps may take to come back after the definition of their kind was recreated. */
  static final Duration RESTORE = Duration.ofHours(1);

  private static final Logger LOG = LoggerFactory.getLogger(CollectiveDeletions.class);

  /** Its name may be given to another. */
  private static final Duration FRESH = Duration.ofSeconds(10);

  private static final String KIND = "appsandboxes.sandbar.dev";

  private static final String DEFINITION = "CustomResourceDefinition/" + KIND;

  private final KubernetesClient client;
  private final Clock clock;
  private final AtomicLong gone = new AtomicLong();
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();

  /** What was found of that which apps are in. */
  private sealed interface Found {

    /** It is being deleted, or it is not there. */
    record Ending() implements Found {}

    /**
     * It stands.
     *
     * @param created when it was created; {@link Instant#MIN} if nobody knows
     */
    record Standing(Instant created) implements Found {}

    /** Of a device that was created at that time. */
    default boolean covers(Optional<Instant> device, Instant now) {
      return switch (this) {
        case Ending _ -> true;
        case Standing(Instant created) ->
            device.filter(created::isAfter).isPresent() && near(created, now, RESTORE);
      };
    }
  }

  /**
   * An answer, and how long it holds.
   *
   * @param gone so many apps had gone before
   * @param at when it was read
   */
  private record Answer(long gone, Instant at, Found found) {}

  CollectiveDeletions(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /** An app has gone: what is known is from before. */
  void appGone() {
    gone.incrementAndGet();
  }

  /**
   * Whether an app that has gone may have gone with others of its namespace or its kind; false
   * where the operator may not look.
   *
   * @param device that still has it
   * @param created when the device was: a definition of apps that is younger was recreated, and
   *     apps are missing until somebody applies them again. Empty if nobody knows
   */
  boolean cover(Key device, Optional<Instant> created) {
    String namespace = device.namespace();
    return ends(
            "Namespace/" + namespace, created, () -> ObjectMetadata.ofNamespace(client, namespace))
        || ends(DEFINITION, created, () -> ObjectMetadata.ofDefinition(client, KIND));
  }

  private boolean ends(
      String object, Optional<Instant> created, Supplier<Optional<HasMetadata>> question) {
    long before = gone.get();
    Instant now = clock.instant();
    Answer known = answers.get(object);
    if (known != null && known.gone() == before && near(known.at(), now, FRESH)) {
      return known.found().covers(created, now);
    }
    var answer = new Answer(before, now, ask(object, question));
    answers.put(object, answer);
    boolean ends = answer.found().covers(created, now);
    if (ends) {
      LOG.info(
          "object={} action=keep reason={}",
          object,
          answer.found() instanceof Found.Ending ? "deleted" : "recreated");
    }
    return ends;
  }

  private static boolean near(Instant one, Instant other, Duration distance) {
    return Duration.between(one, other).abs().compareTo(distance) < 0;
  }

  private static Found ask(String object, Supplier<Optional<HasMetadata>> question) {
    try {
      return question
          .get()
          .filter(found -> !found.isMarkedForDeletion())
          .map(found -> (Found) new Found.Standing(created(found)))
          .orElseGet(Found.Ending::new);
    } catch (KubernetesClientException e) {
      if (ApiFailure.of(e) != ApiFailure.FORBIDDEN) {
        throw e;
      }
      LOG.warn("object={} action=read failed={}", object, ApiFailure.message(e));
      return new Found.Standing(Instant.MIN);
    }
  }

  private static Instant created(HasMetadata object) {
    return ObjectFields.created(object).orElse(Instant.MIN);
  }
}
