package dev.sandbar.device.fleet;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.Written;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.Json;
import dev.sandbar.report.OneLine;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends Events about the Device to the cluster: best effort, the newest few kept while the server
 * is gone, and never more than one a second.
 */
public final class EventSender implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventSender.class);

  /** Events that wait; of more the oldest are dropped. */
  static final int MOST = 64;

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

  private record Waiting(Type type, String reason, String message, Instant at) {}

  private final FleetApi api;
  private final FleetAddress address;
  private final Clock clock;
  private final LongUnaryOperator jitter;
  private final Backoff backoff;
  private final Pause pause = new Pause();
  private int failures;
  private final Deque<Waiting> queue = new ArrayDeque<>();
  private final Thread thread;
  private volatile String owner = "";

  /** Starts with nothing to send. */
  public EventSender(
      FleetApi api, FleetAddress address, Clock clock, Backoff backoff, LongUnaryOperator jitter) {
    this.api = api;
    this.address = address;
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
  public void tell(Type type, String reason, String message) {
    synchronized (queue) {
      queue.addLast(new Waiting(type, reason, message, clock.instant()));
      if (queue.size() > MOST) {
        queue.removeFirst();
      }
    }
    pause.end();
  }

  private void run() {
    try {
      while (true) {
        Waiting next;
        synchronized (queue) {
          next = queue.peekFirst();
        }
        if (next == null) {
          pause.await(IDLE);
          continue;
        }
        switch (api.post(address.events(), event(next))) {
          case ApiAnswer.Success _ -> {
            failures = 0;
            done(next);
            Thread.sleep(StatusSender.PACE);
          }
          case ApiAnswer.Failure failure when failure.status() == 0 ->
              pause.await(backoff.after(++failures, jitter));
          case ApiAnswer.Failure failure when failure.status() == 429 || failure.status() >= 500 ->
              Thread.sleep(backoff.after(++failures, jitter).plus(failure.retryAfter()));
          case ApiAnswer.Failure failure -> {
            LOG.warn("event={} action=drop {}", next.reason(), failure.problem());
            done(next);
            Thread.sleep(backoff.after(++failures, jitter));
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void done(Waiting told) {
    synchronized (queue) {
      if (queue.peekFirst() == told) {
        queue.removeFirst();
      }
    }
  }

  private Node event(Waiting told) {
    Instant at = told.at().truncatedTo(ChronoUnit.SECONDS);
    String suffix = Long.toHexString(jitter.applyAsLong(Long.MAX_VALUE));
    String name = address.device() + "." + suffix;
    return NodeBinder.write(
        new Event(
            "v1",
            "Event",
            Json.object("name", name, "namespace", address.namespace()),
            new Reference(
                SpecReader.API_VERSION, "Device", address.device(), address.namespace(), owner),
            told.type(),
            told.reason(),
            OneLine.of(told.message(), MESSAGE),
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
