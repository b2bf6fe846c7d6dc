package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.QueryContract;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.publish.Writes;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes queries to their devices, and away again.
 *
 * <pre>
 * a query is there        the Device becomes its owner; its uid is announced by the annotation of the
 *                         device's bundle, which the device watches
 * it is answered or gone  the annotation is removed
 * two minutes             it is deleted, whatever became of it
 * </pre>
 *
 * <p>It reads neither question nor answer. One thread writes, so that two queries of one device
 * never overtake each other.
 */
final class DeviceQueries implements Mirror.Listener<GenericKubernetesResource>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceQueries.class);

  /** How long a query stands after it was first seen, by this process's own clock. */
  static final Duration LIFE = Duration.ofMinutes(2);

  private static final Duration SWEEP = Duration.ofSeconds(1);

  /** Between two looks at one query. */
  private static final Duration APART = Duration.ofMillis(100);

  private static final Duration NOT_SERVED = Duration.ofSeconds(30);

  /** Read whole, with whatever annotations somebody gave them. */
  private static final long AT_ONCE = 2;

  /**
   * A query that stands.
   *
   * @param version resourceVersion
   * @param seen when it was first seen, in nanoseconds
   * @param answered whether its status says anything
   */
  private record Standing(String uid, String version, long seen, boolean answered) {}

  private final KubernetesClient client;
  private final Writes writes;
  private final Set<String> namespaces;
  private final Function<Key, String> uidOfDevice;
  private final LongSupplier nanoTime;
  private final Consumer<String> fatal;
  private final Map<Key, Standing> standing = new ConcurrentHashMap<>();

  /** What the bundles say, as far as that is not nothing. */
  private final Map<Key, String> announced = new ConcurrentHashMap<>();

  /** However often a query changes, it is there once, and namespaces take turns. */
  private final AppQueue changed = new AppQueue(System::nanoTime);

  private final Thread worker = Thread.ofVirtual().name("queries").unstarted(this::work);
  private final Thread follower = Thread.ofVirtual().name("query-watch").unstarted(this::follow);
  private volatile boolean closed;
  private volatile @Nullable Mirror<GenericKubernetesResource> mirror;

  /**
   * Nothing is followed yet.
   *
   * @param namespaces empty means all
   * @param uidOfDevice uid of a Device; empty if there is none
   */
  DeviceQueries(
      KubernetesClient client,
      Writes writes,
      Set<String> namespaces,
      Function<Key, String> uidOfDevice,
      LongSupplier nanoTime,
      Consumer<String> fatal) {
    this.client = client;
    this.writes = writes;
    this.namespaces = Set.copyOf(namespaces);
    this.uidOfDevice = uidOfDevice;
    this.nanoTime = nanoTime;
    this.fatal =
        why -> {
          if (!closed) {
            fatal.accept(why);
          }
        };
  }

  /** Begins; nothing else waits for it. */
  void start() {
    follower.start();
    worker.start();
  }

  /** Whether queries are taken to their devices. */
  boolean isAtWork() {
    return worker.isAlive();
  }

  /** Definitions of an earlier release lack the kind: then nobody can ask, and all else works. */
  private void follow() {
    try {
      String said = "";
      for (String problem = problem(); !problem.isEmpty(); problem = problem()) {
        if (!problem.equals(said)) {
          LOG.warn("kind=DeviceQuery action=wait no device can be asked for logs: {}", problem);
          said = problem;
        }
        Thread.sleep(NOT_SERVED);
      }
      mirror =
          Mirror.of(
              client.genericKubernetesResources(Writes.Kind.DEVICE_QUERY.context()),
              namespaces,
              "",
              AT_ONCE,
              new VersionForm<>(GenericKubernetesResource::new),
              this,
              fatal);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Why queries cannot be followed; empty if they can. */
  private String problem() {
    try {
      boolean served =
          Optional.ofNullable(client.getApiResources(Writes.Kind.DEVICE_QUERY.apiVersion()))
              .stream()
              .flatMap(kinds -> kinds.getResources().stream())
              .map(APIResource::getName)
              .anyMatch(Writes.Kind.DEVICE_QUERY.context().getPlural()::equals);
      return served
          ? ""
          : "the server does not know the kind; install it: kubectl apply --server-side -f"
              + " charts/sandbar/crds";
    } catch (KubernetesClientException e) {
      return ApiFailure.message(e);
    }
  }

  @Override
  public void present(GenericKubernetesResource object) {
    Key key = Key.of(object);
    String uid = ObjectFields.text(object.getMetadata().getUid());
    String version = ObjectFields.text(object.getMetadata().getResourceVersion());
    boolean answered = object.get("status") instanceof Map<?, ?> status && !status.isEmpty();
    standing.compute(
        key,
        (_, before) ->
            new Standing(
                uid,
                version,
                before != null && before.uid().equals(uid) ? before.seen() : nanoTime.getAsLong(),
                answered));
    enqueue(key);
  }

  @Override
  public void absent(GenericKubernetesResource object) {
    Key key = Key.of(object);
    if (standing.remove(key) != null) {
      enqueue(key);
    }
  }

  /**
   * A bundle as it stands now. One that was made again has lost what was announced, and one of
   * before this process may still announce what is over.
   */
  void bundle(GenericKubernetesResource bundle) {
    Key key = Key.of(bundle);
    String uid = ObjectFields.annotation(bundle, QueryContract.ANNOTATION);
    // An event older than the last write is late: it has the same written once more, which changes
    // nothing.
    String before = uid.isEmpty() ? announced.remove(key) : announced.put(key, uid);
    if (!uid.equals(ObjectFields.text(before))) {
      enqueue(key);
    }
  }

  private void enqueue(Key key) {
    changed.add(key, APART);
  }

  /** Whatever comes in meanwhile, the end of queries is looked for once in a second. */
  private void work() {
    long swept = System.nanoTime();
    try {
      while (true) {
        Duration left = SWEEP.minusNanos(System.nanoTime() - swept);
        if (left.isPositive()) {
          Optional<Key> next = changed.take(left);
          if (next.isPresent()) {
            Key key = next.get();
            survives(key, () -> look(key));
            changed.done(key);
            forget(key);
          }
        } else {
          swept = System.nanoTime();
          sweep();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Of what is not there nothing is remembered, unless it may come again. */
  private void forget(Key key) {
    if (!standing.containsKey(key)
        && !announced.containsKey(key)
        && uidOfDevice.apply(key).isEmpty()) {
      changed.remove(key);
    }
  }

  private void look(Key key) {
    Optional<Standing> query = Optional.ofNullable(standing.get(key));
    if (query.filter(this::isOver).isPresent()) {
      delete(key, query.get());
    } else {
      announce(key);
    }
  }

  private boolean isOver(Standing query) {
    return nanoTime.getAsLong() - query.seen() >= LIFE.toNanos();
  }

  /** Finds what is to be done, and does none of it: namespaces take turns with that too. */
  private void sweep() {
    standing.forEach(
        (key, query) -> {
          if (isOver(query) || !isAnnounced(key)) {
            enqueue(key);
          }
        });
    announced.keySet().stream().filter(key -> !isAnnounced(key)).forEach(this::enqueue);
  }

  /** Whether the bundle says what it is to say. */
  private boolean isAnnounced(Key key) {
    return wanted(key).equals(announced.getOrDefault(key, ""));
  }

  private String wanted(Key key) {
    return Optional.ofNullable(standing.get(key))
        .filter(it -> !it.answered())
        .map(Standing::uid)
        .orElse("");
  }

  private void delete(Key key, Standing query) {
    LOG.info("query={} action=delete uid={}", key, query.uid());
    // Of this version alone: one that was made meanwhile has its own two minutes.
    writes.deleteVersion(target(Writes.Kind.DEVICE_QUERY, key), query.version());
  }

  private void announce(Key key) {
    String wanted = wanted(key);
    if (wanted.equals(announced.getOrDefault(key, ""))) {
      return;
    }
    if (wanted.isEmpty()) {
      annotate(key, null);
      announced.remove(key);
      return;
    }
    String device = uidOfDevice.apply(key);
    if (!device.isEmpty()) {
      writes.merge(target(Writes.Kind.DEVICE_QUERY, key), owner(key, wanted, device));
      annotate(key, wanted);
      announced.put(key, wanted);
      LOG.info("query={} action=announce uid={}", key, wanted);
    }
  }

  /** The uid is that of the query, and has another one of the name refused. */
  private static Map<String, Object> owner(Key key, String uid, String device) {
    return Map.of(
        "metadata",
        Map.of(
            "uid",
            uid,
            "ownerReferences",
            List.of(
                Map.of(
                    "apiVersion",
                    Writes.Kind.DEVICE.apiVersion(),
                    "kind",
                    Writes.Kind.DEVICE.text(),
                    "name",
                    key.name(),
                    "uid",
                    device))));
  }

  private void annotate(Key key, @Nullable String uid) {
    writes.merge(
        target(Writes.Kind.DEVICE_BUNDLE, key),
        Map.of(
            "metadata",
            Map.of("annotations", Collections.singletonMap(QueryContract.ANNOTATION, uid))));
  }

  /** What fails is tried again with the next sweep. */
  private void survives(Key key, Runnable step) {
    try {
      step.run();
    } catch (KubernetesClientException e) {
      if (!ApiFailure.of(e).isOutdated()) {
        LOG.warn("query={} action=write failed={}", key, ApiFailure.message(e));
      } else if (!standing.containsKey(key)) {
        // The bundle is gone, and the annotation with it.
        announced.remove(key);
      }
    } catch (RuntimeException e) {
      LOG.error("query={} action=skip fault={}", key, e.toString(), e);
    }
  }

  private static Writes.Target target(Writes.Kind kind, Key key) {
    return new Writes.Target(kind, key.namespace(), key.name());
  }

  @Override
  public void close() {
    closed = true;
    follower.interrupt();
    worker.interrupt();
    Optional.ofNullable(mirror).ifPresent(Mirror::close);
  }
}
