package dev.sandbar.operator.history;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.Node;
import dev.sandbar.operator.history.HistoryRecord.Change;
import dev.sandbar.operator.history.HistoryRecord.Writer;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.ObjectTrees;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.report.OneLine;
import dev.sandbar.source.text.JsonWriter;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records what changes in each namespace, in one object of it: every few seconds what the other
 * parts know is compared with what that object says was seen. Nothing is written while nothing
 * changes, and of a large namespace less often, so that a namespace writes at most {@value
 * #BYTES_A_SECOND} bytes a second.
 */
public final class HistoryRecorder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HistoryRecorder.class);
  private static final Duration APART = Duration.ofSeconds(5);
  private static final int BYTES_A_SECOND = 8 << 10;
  private static final String NAME = "fleet";

  /** Of so many changes at once it is looked up who made them. */
  private static final int MAX_LOOKED_UP = 50;

  /** Each may be as large as a history gets. */
  private static final long LISTED_AT_ONCE = 2;

  private final KubernetesClient client;
  private final Writes writes;
  private final Clock clock;
  private final OwnActs acts;
  private final Writers writers;
  private final Set<String> namespaces;
  private final List<Supplier<Optional<List<Observed>>>> parts;

  /** What is recorded already, by namespace; nothing is read while it is the same. */
  private final Map<String, List<Observed>> recorded = new HashMap<>();

  /** Where there was something when this began: of what was there nobody knows when it came. */
  private @Nullable Set<String> older;

  /** When a namespace may be written again, in milliseconds. */
  private final Map<String, Long> rests = new HashMap<>();

  /** What was logged last, by namespace, so that a long failure is one line. */
  private final Map<String, String> logged = new HashMap<>();

  private final Thread thread = Thread.ofVirtual().name("history").unstarted(this::run);

  /**
   * Nothing is recorded yet.
   *
   * @param namespaces that are looked after; empty means all
   * @param parts give all that they know, or nothing while they do not know all
   */
  public HistoryRecorder(
      KubernetesClient client,
      Clock clock,
      OwnActs acts,
      Set<String> namespaces,
      List<Supplier<Optional<List<Observed>>>> parts) {
    this.client = client;
    this.writes = new Writes(client);
    this.clock = clock;
    this.acts = acts;
    this.writers = new Writers(client, acts);
    this.namespaces = namespaces;
    this.parts = List.copyOf(parts);
  }

  /** Begins. */
  public void start() {
    thread.start();
  }

  private void run() {
    boolean known = false;
    while (!Thread.currentThread().isInterrupted()) {
      try {
        Thread.sleep(APART);
        known = known || knowsHistories();
        if (known) {
          record();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        log("", e);
      }
    }
  }

  /** Namespaces in which there is nothing any more have a history too. */
  private boolean knowsHistories() {
    for (String namespace : namespaces.isEmpty() ? Set.of("") : namespaces) {
      var all = client.genericKubernetesResources(Writes.Kind.FLEET_HISTORY.context());
      String next = "";
      do {
        var options = new ListOptionsBuilder().withLimit(LISTED_AT_ONCE).withContinue(next).build();
        var page =
            namespace.isEmpty()
                ? all.inAnyNamespace().list(options)
                : all.inNamespace(namespace).list(options);
        page.getItems()
            .forEach(it -> recorded.putIfAbsent(it.getMetadata().getNamespace(), List.of()));
        next = Optional.ofNullable(page.getMetadata().getContinue()).orElse("");
      } while (!next.isEmpty());
    }
    return true;
  }

  private void record() {
    var all = new TreeMap<String, List<Observed>>();
    for (var part : parts) {
      Optional<List<Observed>> known = part.get();
      if (known.isEmpty()) {
        return;
      }
      known
          .get()
          .forEach(it -> all.computeIfAbsent(it.namespace(), _ -> new ArrayList<>()).add(it));
    }
    if (older == null) {
      older = Set.copyOf(all.keySet());
    }
    for (String namespace : List.copyOf(recorded.keySet())) {
      all.putIfAbsent(namespace, List.of());
    }
    all.forEach(
        (namespace, objects) -> {
          boolean rests = this.rests.getOrDefault(namespace, 0L) > clock.millis();
          boolean same = !objects.isEmpty() && objects.equals(recorded.get(namespace));
          if (!rests && !same) {
            record(namespace, objects);
          }
        });
  }

  private void record(String namespace, List<Observed> objects) {
    try {
      if (write(namespace, objects)) {
        recorded.put(namespace, objects);
      } else {
        recorded.remove(namespace);
        rests.remove(namespace);
      }
      logged.remove(namespace);
    } catch (KubernetesClientException e) {
      // Somebody else wrote: it is compared with that the next time.
      if (ApiFailure.of(e) != ApiFailure.CONFLICT) {
        log(namespace, e);
      }
    }
  }

  private void log(String namespace, RuntimeException e) {
    String problem = OneLine.of(e);
    if (!problem.equals(logged.put(namespace, problem))) {
      LOG.warn("namespace={} action=history failed={}", namespace, problem);
    }
  }

  /** False if there is nothing to record, nor ever was. */
  private boolean write(String namespace, List<Observed> objects) {
    var target = new Writes.Target(Writes.Kind.FLEET_HISTORY, namespace, NAME);
    GenericKubernetesResource object = get(Writes.Kind.FLEET_HISTORY, namespace, NAME);
    if (object == null && objects.isEmpty()) {
      return false;
    }
    HistoryRecord before = before(namespace, object, objects);
    var known = new HashMap<Change, Writer>();
    before.changes(objects).stream()
        .limit(MAX_LOOKED_UP)
        .forEach(it -> known.put(it, writers.of(it)));
    var removed = new TreeMap<String, Writer>();
    before.missing(objects).stream()
        .filter(it -> isGone(namespace, it))
        .forEach(
            it ->
                removed.put(
                    it,
                    app(it).flatMap(app -> acts.removal(namespace, app)).orElse(Writer.UNKNOWN)));
    HistoryRecord next =
        before.next(
            objects, removed, known, clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    Node spec = NodeBinder.write(next);
    if (object == null) {
      var meta = new ObjectMetaBuilder().withNamespace(namespace).withName(NAME).build();
      var _ = writes.create(target.kind(), meta, spec);
      rest(namespace, spec);
    } else if (!next.equals(before)) {
      var replace =
          Node.mapping(
              List.of(
                  Node.entry("op", Node.text("replace")),
                  Node.entry("path", Node.text("/spec")),
                  Node.entry("value", spec)));
      var _ = writes.patch(target, object.getMetadata().getResourceVersion(), List.of(replace));
      rest(namespace, spec);
    }
    removed.keySet().forEach(it -> app(it).ifPresent(app -> acts.recorded(namespace, app)));
    return true;
  }

  /** Its name, if it is an app. */
  private static Optional<String> app(String object) {
    String kind = Observed.Kind.APP.text() + "/";
    return object.startsWith(kind)
        ? Optional.of(object.substring(kind.length()))
        : Optional.empty();
  }

  private HistoryRecord before(
      String namespace, @Nullable GenericKubernetesResource object, List<Observed> objects) {
    if (object != null) {
      return NodeBinder.readLenient(HistoryRecord.class, ObjectTrees.field(object, "spec"));
    }
    boolean old = (older != null && older.contains(namespace)) || recorded.containsKey(namespace);
    return old ? HistoryRecord.beginning(objects) : HistoryRecord.EMPTY;
  }

  private void rest(String namespace, Node written) {
    long bytes = JsonWriter.compact(written).length();
    rests.put(namespace, clock.millis() + bytes * 1000 / BYTES_A_SECOND);
  }

  /** Devices are all known. Of apps and repositories some may be left out where there are many. */
  private boolean isGone(String namespace, String object) {
    String name = object.substring(object.indexOf('/') + 1);
    return object.startsWith(Observed.Kind.DEVICE.text() + "/")
        || get(
                object.startsWith(Observed.Kind.APP.text() + "/")
                    ? Writes.Kind.APP_SANDBOX
                    : Writes.Kind.GIT_SOURCE,
                namespace,
                name)
            == null;
  }

  private @Nullable GenericKubernetesResource get(Writes.Kind kind, String namespace, String name) {
    return Writers.get(client, kind, namespace, name);
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
