package dev.sandbar.device.broker;

import dev.sandbar.core.model.AppName;
import dev.sandbar.device.kernel.PeerSocket;
import dev.sandbar.device.kernel.SocketPoll;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Accepts connections and reads requests, on one thread that never waits for any one of them. Every
 * app has its own share of connections, so that one which floods its socket is in nobody's way but
 * its own.
 */
final class BrokerLoop {

  private static final int MOST_OF_APP = 4;

  /** From connecting to the last byte of the request. */
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  private static final Duration IDLE = Duration.ofHours(1);

  /** Connections of an app: some at once, then five in a second. */
  private static final int AT_ONCE = 20;

  private static final Duration EACH = Duration.ofMillis(200);

  /** What reads a request calls. */
  interface Requests {

    /** A request is there; the connection is {@linkplain #done given back} when it is answered. */
    void take(BrokerConnection connection, BrokerRequest request);

    /** What came in is no request, and was answered. */
    void refused(AppName app, BrokerReply reply);
  }

  private final SocketPoll poll;
  private final Requests requests;

  /** What other threads ask of this one. */
  private final ConcurrentLinkedQueue<Runnable> orders = new ConcurrentLinkedQueue<>();

  private final Map<AppName, Listener> listeners = new HashMap<>();
  private final List<BrokerConnection> reading = new ArrayList<>();
  private final Set<BrokerConnection> answering = new HashSet<>();
  private boolean ended;
  private volatile boolean over;

  private record Listener(PeerSocket socket, RequestRate rate) {}

  BrokerLoop(SocketPoll poll, Requests requests) {
    this.poll = poll;
    this.requests = requests;
  }

  /** From now on the app is listened to on this socket, and on no other. For any thread. */
  void listen(AppName app, PeerSocket socket) {
    order(
        () -> {
          forget(app);
          listeners.put(app, new Listener(socket, new RequestRate(AT_ONCE, EACH)));
        });
  }

  /** From now on nobody listens to the app, and its connections end. For any thread. */
  void close(AppName app) {
    order(() -> forget(app));
  }

  /** A request has its answer. For any thread. */
  void done(BrokerConnection connection) {
    order(
        () -> {
          answering.remove(connection);
          connection.socket().close();
        });
  }

  /** Ends {@link #run}. For any thread. */
  void end() {
    order(() -> ended = true);
  }

  private void order(Runnable order) {
    orders.add(order);
    if (!over) {
      poll.wake();
    }
  }

  /** Runs until {@link #end}. */
  void run() {
    while (true) {
      for (Runnable order = orders.poll(); order != null; order = orders.poll()) {
        order.run();
      }
      if (ended) {
        break;
      }
      turn();
    }
    Set.copyOf(listeners.keySet()).forEach(this::forget);
    over = true;
    poll.close();
  }

  private void turn() {
    long now = System.nanoTime();
    long wait = IDLE.toNanos();
    var accepting = new HashMap<PeerSocket, AppName>();
    for (var entry : listeners.entrySet()) {
      if (connections(entry.getKey()) < MOST_OF_APP) {
        long until = entry.getValue().rate().until(now);
        if (until == 0) {
          accepting.put(entry.getValue().socket(), entry.getKey());
        } else {
          wait = Math.min(wait, until);
        }
      }
    }
    var receiving = new HashMap<PeerSocket, BrokerConnection>();
    for (BrokerConnection connection : reading) {
      receiving.put(connection.socket(), connection);
      wait = Math.min(wait, connection.left(now));
    }
    var sockets = new ArrayList<>(accepting.keySet());
    sockets.addAll(receiving.keySet());
    for (PeerSocket ready : poll.await(sockets, Duration.ofNanos(Math.max(0, wait)))) {
      AppName app = accepting.get(ready);
      BrokerConnection connection = receiving.get(ready);
      if (app != null) {
        accept(app, listeners.get(app));
      } else if (connection != null) {
        receive(connection);
      }
    }
    expire(System.nanoTime());
  }

  private long connections(AppName app) {
    return count(reading, app) + count(answering, app);
  }

  private static long count(Collection<BrokerConnection> connections, AppName app) {
    return connections.stream().filter(it -> it.app().equals(app)).count();
  }

  private void accept(AppName app, @Nullable Listener listener) {
    long now = System.nanoTime();
    if (listener != null && listener.rate().take(now)) {
      listener
          .socket()
          .accept()
          .ifPresent(
              socket -> reading.add(new BrokerConnection(app, socket, now + DEADLINE.toNanos())));
    }
  }

  private void receive(BrokerConnection connection) {
    if (!connection.receive()) {
      reading.remove(connection);
      connection.socket().close();
      return;
    }
    switch (connection.reading()) {
      case BrokerRequest.Reading.Unfinished() -> {}
      case BrokerRequest.Reading.Bad(var reply) -> refuse(connection, reply);
      case BrokerRequest.Reading.Whole(var request) -> {
        reading.remove(connection);
        answering.add(connection);
        requests.take(connection, request);
      }
    }
  }

  private void refuse(BrokerConnection connection, BrokerReply reply) {
    reading.remove(connection);
    connection.socket().send(reply.bytes());
    connection.socket().close();
    requests.refused(connection.app(), reply);
  }

  private void expire(long now) {
    for (BrokerConnection connection : List.copyOf(reading)) {
      if (connection.left(now) <= 0) {
        refuse(
            connection,
            new BrokerReply(
                408, "no request came within %d seconds".formatted(DEADLINE.toSeconds())));
      }
    }
  }

  private void forget(AppName app) {
    Listener listener = listeners.remove(app);
    if (listener != null) {
      listener.socket().close();
    }
    for (BrokerConnection connection : List.copyOf(reading)) {
      if (connection.app().equals(app)) {
        reading.remove(connection);
        connection.socket().close();
      }
    }
  }
}
