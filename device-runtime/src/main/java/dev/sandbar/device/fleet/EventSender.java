package dev.sandbar.device.fleet;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.Written;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.fleet.EventJournal.Entry;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.report.OneLine;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends Events about the Device to the cluster, in order and once each, with the times at which
 * they happened; never more than one a second. What waits for the server outlasts the agent ({@link
 * EventJournal}). The name of an event is made from what it says, so that one that was sent though
 * no answer came is not there twice.
 */
public final class EventSender implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventSender.class);

  private static final String SEQUENCE = "sandbar.dev/sequence";
  private static final String DIGEST = "sandbar.dev/digest";
  private static final String PREVIOUS = "sandbar.dev/previous";

  private static final int ALREADY_EXISTS = 409;
  private static final Set<Integer> NO_RIGHT = Set.of(401, 403);

  /**
   * An API server that starts refuses everybody until it has read who may do what, and a
   * certificate or a right may be on its way. With the usual pauses this is half an hour.
   */
  private static final int MOST_REFUSALS = 10;

  private static final int NAME_LENGTH = 16;
  private static final int MESSAGE = 900;
  private static final Duration IDLE = Duration.ofDays(1);

  /** How bad it is. */
  public enum Type implements Written {
    NORMAL("Normal"),
    WARNING("Warning");

    private final String text;

    Type(String text) {
      this.text = text;
    }

    @Override
    public String text() {
      return text;
    }
  }

  private record Unsaved(Type type, String reason, String message, Instant at) {}

  private final FleetApi api;
  private final FleetAddress address;
  private final Clock clock;
  private final LongUnaryOperator jitter;
  private final Backoff backoff;
  private final Pause pause = new Pause();
  private int failures;

  /** How often the first event was refused for want of a right. */
  private int refusals;

  private final Deque<Unsaved> queue = new ArrayDeque<>();
  private final StateStore store;
  private final Thread thread;
  private volatile String owner = "";

  private volatile boolean forgotten;

  /** Starts with what the agent before this one could not send. */
  public EventSender(
      FleetApi api,
      FleetAddress address,
      StateStore store,
      Clock clock,
      Backoff backoff,
      LongUnaryOperator jitter) {
    this.api = api;
    this.address = address;
    this.store = store;
    this.clock = clock;
    this.jitter = jitter;
    this.backoff = backoff;
    this.thread = Thread.ofVirtual().name("events").start(this::run);
  }

  /** The uid of the Device; empty until it is known. */
  public void owner(String uid) {
    owner = uid;
  }

  /** Sends it as soon as can be. */
  public void tell(Type type, Reason reason, String message) {
    synchronized (queue) {
      queue.addLast(
          new Unsaved(type, reason.text(), OneLine.of(message, MESSAGE), clock.instant()));
      if (queue.size() > EventJournal.MOST) {
        queue.removeFirst();
      }
    }
    pause.end();
  }

  /** Forgets what waits, on the disk too: the end of service. */
  public void forget() {
    forgotten = true;
    thread.interrupt();
  }

  private void run() {
    var journal = new EventJournal(store);
    if (journal.isDamaged()) {
      tell(
          Type.WARNING,
          Reason.EVENTS_DAMAGED,
          "events that waited for the API server were changed or removed on the device's disk");
    }
    try {
      while (true) {
        keep(journal);
        Optional<Entry> first = journal.first();
        if (first.isPresent()) {
          send(journal, first.get());
        } else {
          pause.await(IDLE);
        }
      }
    } catch (InterruptedException e) {
      keep(journal);
      // The interruption may have cut a write short.
      journal.save();
      if (forgotten) {
        journal.forget();
      }
      Thread.currentThread().interrupt();
    }
  }

  /** To the disk, on this thread: the thread that reports must not wait for it. */
  private void keep(EventJournal journal) {
    while (true) {
      Unsaved next;
      synchronized (queue) {
        next = queue.pollFirst();
      }
      if (next == null) {
        return;
      }
      journal.add(next.type(), next.reason(), next.message(), next.at());
    }
  }

  private void send(EventJournal journal, Entry next) throws InterruptedException {
    switch (api.post(address.events(), event(next))) {
      case ApiAnswer.Success _ -> {
        failures = 0;
        refusals = 0;
        journal.delivered();
        Thread.sleep(StatusSender.PACE);
      }
      case ApiAnswer.Failure failure when failure.status() == 0 ->
          pause.await(backoff.after(++failures, jitter));
      case ApiAnswer.Failure failure when failure.status() == 429 || failure.status() >= 500 ->
          Thread.sleep(backoff.after(++failures, jitter).plus(failure.retryAfter()));
      // It came, though its answer did not.
      case ApiAnswer.Failure failure when failure.status() == ALREADY_EXISTS -> journal.delivered();
      case ApiAnswer.Failure failure
          when NO_RIGHT.contains(failure.status()) && refusals < MOST_REFUSALS - 1 -> {
        refusals++;
        pause.await(backoff.after(++failures, jitter));
      }
      case ApiAnswer.Failure failure -> {
        LOG.warn("event={} action=drop {}", next.reason(), failure.problem());
        refusals = 0;
        journal.delivered();
        Thread.sleep(backoff.after(++failures, jitter));
      }
    }
  }

  private Node event(Entry entry) {
    Instant at = entry.at().truncatedTo(ChronoUnit.SECONDS);
    String digest = entry.digest();
    String name = address.device() + "." + digest.substring(0, NAME_LENGTH);
    return NodeBinder.write(
        new Event(
            "v1",
            "Event",
            Json.object(
                "name",
                name,
                "namespace",
                address.namespace(),
                "annotations",
                Json.object(
                    SEQUENCE,
                    Long.toString(entry.sequence()),
                    DIGEST,
                    digest,
                    PREVIOUS,
                    entry.previous())),
            new Reference(
                SpecReader.API_VERSION, "Device", address.device(), address.namespace(), owner),
            entry.type(),
            entry.reason(),
            entry.message(),
            at,
            at,
            1,
            Json.object("component", "sandbar-agent")));
  }

  /** As the API server has it. */
  private record Event(
      String apiVersion,
      String kind,
      Node metadata,
      Reference involvedObject,
      Type type,
      String reason,
      String message,
      Instant firstTimestamp,
      Instant lastTimestamp,
      int count,
      Node source) {}

  private record Reference(
      String apiVersion, String kind, String name, String namespace, String uid) {}

  @Override
  public void close() {
    thread.interrupt();
  }
}
