package dev.sandbar.device.fleet;

import dev.sandbar.core.bundle.MergePatch;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.kube.ApiAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one part of an object's status as the device last said, on a thread of its own. Only
 * changes are written, the first at once and then at most one a second; while the server is gone
 * the latest state waits, and nothing is queued.
 */
public final class StatusSender implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusSender.class);

  /** The least time between two writes. */
  static final Duration PACE = Duration.ofSeconds(1);

  private static final Duration IDLE = Duration.ofDays(1);

  /** The time of a report is written with it, but is no reason to write. */
  private static final String TIME = "reportedAt";

  private final FleetApi api;
  private final String object;
  private final List<String> within;
  private final Backoff backoff;
  private final LongUnaryOperator jitter;
  private final Consumer<Node> stored;
  private final Pause pause = new Pause();
  private int failures;
  private volatile boolean unsure;
  private int looks;
  private final AtomicReference<@Nullable Node> desired = new AtomicReference<>();
  private final AtomicReference<@Nullable Server> known = new AtomicReference<>();
  private final Thread thread;
  private final Object waiting = new Object();
  private final List<Awaited> awaited = new ArrayList<>();
  private String said = "";

  /**
   * What the server has, and what it took last: more, if its schema is older than this device and
   * drops some. What was dropped is sent again with the next change.
   */
  private record Server(Node has, Node took) {}

  private record Awaited(Node status, CountDownLatch latch) {}

  private StatusSender(
      FleetApi api,
      String object,
      List<String> within,
      Backoff backoff,
      LongUnaryOperator jitter,
      Consumer<Node> stored) {
    this.api = api;
    this.object = object;
    this.within = within;
    this.backoff = backoff;
    this.jitter = jitter;
    this.stored = stored;
    this.thread = Thread.ofVirtual().name("status").start(this::run);
  }

  /**
   * For the status of the device's bundle.
   *
   * @param stored gets the status as the server has it, after each read and each write
   */
  public static StatusSender ofBundle(
      FleetApi api,
      FleetAddress address,
      Backoff backoff,
      LongUnaryOperator jitter,
      Consumer<Node> stored) {
    return new StatusSender(
        api, address.bundleStatus(), List.of("status"), backoff, jitter, stored);
  }

  /** For the facts in the status of the Device. */
  public static StatusSender ofFacts(
      FleetApi api, FleetAddress address, Backoff backoff, LongUnaryOperator jitter) {
    return new StatusSender(
        api, address.deviceStatus(), List.of("status", "facts"), backoff, jitter, _ -> {});
  }

  /** From now on the object shall say this. */
  public void offer(Node status) {
    Node before = desired.getAndSet(status);
    if (before == null || !same(before, status)) {
      pause.end();
    }
  }

  /** The object may hold anything: it was made again. */
  public void forgetWritten() {
    known.set(null);
    pause.end();
  }

  /**
   * Whether the object may be deleted and made again without a word: then it is read from time to
   * time, each time later, and written where it lacks something.
   */
  public void unsure(boolean now) {
    unsure = now;
    if (now) {
      pause.end();
    }
  }

  /**
   * The object was read, and says this.
   *
   * @return false if that is not what it had after the last write: then it is read and written
   *     again
   */
  public boolean seen(Node status) {
    Server server = known.get();
    if (server == null || same(server.has(), status)) {
      return true;
    }
    forgetWritten();
    return false;
  }

  /** The server is known to answer again: ends a wait. */
  public void hurry() {
    pause.end();
  }

  /**
   * Waits until the server has taken this over.
   *
   * @return whether it has, within that time
   */
  public boolean awaitWritten(Node status, Duration most) throws InterruptedException {
    var latch = new CountDownLatch(1);
    synchronized (waiting) {
      awaited.add(new Awaited(status, latch));
    }
    offer(status);
    pause.end();
    return latch.await(most.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void run() {
    try {
      while (true) {
        Node wanted = desired.get();
        Server server = known.get();
        if (wanted == null || (server != null && same(server.took(), wanted))) {
          tellWaiting(server);
          rest(wanted != null && unsure);
        } else if (server == null) {
          settle(learn(), "read");
        } else {
          ApiAnswer answer = api.patch(object, wrap(MergePatch.between(server.has(), wanted)));
          if (answer instanceof ApiAnswer.Success(var body)) {
            learned(new Server(part(body).orElse(wanted), wanted));
          }
          settle(answer, "write");
          if (answer instanceof ApiAnswer.Success) {
            tellWaiting(known.get());
            Thread.sleep(PACE);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Until there is something to write, or to read again. */
  private void rest(boolean look) throws InterruptedException {
    if (look) {
      pause.await(backoff.after(++looks, jitter));
      known.set(null);
    } else {
      looks = 0;
      pause.await(IDLE);
    }
  }

  /** A patch says only what changes, so what is there must be known. */
  private ApiAnswer learn() throws InterruptedException {
    ApiAnswer answer = api.get(object);
    if (answer instanceof ApiAnswer.Success(var body)) {
      Node has = part(body).orElseGet(() -> Node.mapping(List.of()));
      learned(new Server(has, has));
    }
    return answer;
  }

  /** The part of an object that is kept; empty if the object does not have it. */
  private Optional<Node> part(Node body) {
    Optional<Node> part = Optional.of(body);
    for (String key : within) {
      part = part.flatMap(it -> Optional.ofNullable(it.fields().get(key)));
    }
    return part;
  }

  private void learned(Server server) {
    known.set(server);
    stored.accept(server.has());
  }

  private Node wrap(Node patch) {
    Node wrapped = patch;
    for (String key : within.reversed()) {
      wrapped = Node.mapping(List.of(Node.entry(key, wrapped)));
    }
    return wrapped;
  }

  private void settle(ApiAnswer answer, String action) throws InterruptedException {
    switch (answer) {
      case ApiAnswer.Success _ -> {
        said = "";
        failures = 0;
      }
      case ApiAnswer.Failure failure -> {
        if (!failure.problem().equals(said)) {
          said = failure.problem();
          LOG.warn("status={} action={} {}", object, action, said);
        }
        // Whether a write that got no answer was done is not known.
        known.set(null);
        pause.await(backoff.after(++failures, jitter).plus(failure.retryAfter()));
      }
    }
  }

  private void tellWaiting(@Nullable Server server) {
    synchronized (waiting) {
      awaited.removeIf(
          one -> {
            boolean done = server != null && same(server.took(), one.status());
            if (done) {
              one.latch().countDown();
            }
            return done;
          });
    }
  }

  private static boolean same(Node one, Node other) {
    return MergePatch.between(one, other).fields().keySet().stream().allMatch(TIME::equals);
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
