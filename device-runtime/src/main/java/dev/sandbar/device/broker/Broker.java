package dev.sandbar.device.broker;

import dev.sandbar.core.compile.BrokerSocket;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.broker.BrokerSink.About;
import dev.sandbar.device.broker.BrokerSink.Result;
import dev.sandbar.device.kernel.Cgroups;
import dev.sandbar.device.kernel.PeerSocket;
import dev.sandbar.device.kernel.SocketPoll;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.systemd.DeviceActions;
import dev.sandbar.device.systemd.JournalReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does for apps what they may ask for, over a Unix socket for each of them. Who asks is known from
 * the kernel: the process that connected must be of the app's own control group. What an app may
 * ask for is looked up when its turn has come, so that what was withdrawn meanwhile is refused.
 */
public final class Broker implements AutoCloseable, BrokerLoop.Requests {
  private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

  /** For what is being done when the agent ends. */
  private static final Duration END = Duration.ofSeconds(10);

  private static final int LINES_AT_ONCE = 30;

  private static final Duration EACH_LINE = Duration.ofSeconds(6);

  private static final String VERSION = "/v1/";

  private final BrokerDirectory directory;

  /** One, on a device that has cgroup v2. */
  private final List<Cgroups> cgroups;

  private final BrokerVerbs verbs;
  private final BrokerSink sink;
  private final LogReads logs;

  private final BrokerWorker worker = new BrokerWorker("broker-verbs");

  /** Of its own: a disk that is slow to read from is in no other verb's way. */
  private final BrokerWorker reader = new BrokerWorker("broker-logs");

  /** By app, which socket it has. Of the thread that calls {@link #follow}. */
  private final Map<AppName, String> opened = new HashMap<>();

  private @Nullable BrokerLoop loop;

  private volatile Map<AppName, BrokerSocket> granted = Map.of();
  private volatile boolean stopping;

  /** Apps whose changes stay, as last found. Of the thread that calls {@link #follow}. */
  private Set<AppName> keeps = Set.of();

  private volatile boolean isPutBack;

  /** Apps that had sockets at the last look for spare ones. */
  private Set<AppName> listed = Set.of();

  /** How many of the requests of an app that come to nothing are logged. Guarded by itself. */
  private final Map<AppName, RequestRate> loggedOf = new HashMap<>();

  private Broker(
      BrokerDirectory directory, Path root, BrokerVerbs verbs, LogReads logs, BrokerSink sink) {
    this.directory = directory;
    this.cgroups = Cgroups.of(root).stream().toList();
    this.verbs = verbs;
    this.logs = logs;
    this.sink = sink;
  }

  /**
   * One that listens to nobody yet.
   *
   * @param root of the device's file system
   * @param bus address of the device's message bus
   * @param journal of the device
   */
  public static Broker of(
      Path root, String bus, StateStore store, JournalReader journal, BrokerSink sink) {
    return new Broker(
        new BrokerDirectory(root),
        root,
        new BrokerVerbs(store, new DeviceActions(bus), System::nanoTime),
        new LogReads(journal),
        sink);
  }

  /**
   * From now on these apps may ask for this, and no others for anything. What apps have changed
   * that may no longer do so is put back, in the background. For one thread.
   *
   * @param grants by app, without those that may ask for nothing
   * @param unsure apps of which it is not known what they may ask for: nothing is done for them,
   *     and nothing is put back
   */
  public void follow(Map<AppName, BrokerSocket> grants, Set<AppName> unsure) {
    if (stopping) {
      return;
    }
    granted = Map.copyOf(grants);
    for (AppName app : new TreeSet<>(opened.keySet())) {
      if (!grants.containsKey(app)) {
        close(app);
      }
    }
    if (!listed.equals(grants.keySet())) {
      // An agent before this one may have left some.
      directory.keepOnly(grants.keySet());
      listed = Set.copyOf(grants.keySet());
    }
    grants.keySet().forEach(this::open);
    var names = new TreeSet<>(unsure);
    grants.forEach(
        (app, socket) -> {
          if (socket.verbs().contains(BrokeredVerb.HOSTNAME)) {
            names.add(app);
          }
        });
    if (!isPutBack || !names.equals(keeps)) {
      isPutBack = false;
      keeps = names;
      worker.submit(
          () -> {
            synchronized (loggedOf) {
              loggedOf.keySet().retainAll(grants.keySet());
            }
            isPutBack = verbs.putBack(names::contains);
          });
    }
  }

  private void open(AppName app) {
    String there = directory.identity(app);
    if (!there.isEmpty() && there.equals(opened.get(app))) {
      return;
    }
    try {
      PeerSocket socket = directory.open(app);
      running().listen(app, socket);
      opened.put(app, directory.identity(app));
    } catch (IOException | IllegalStateException e) {
      LOG.error("app={} action=broker no socket: {}", app, e.getMessage());
    }
  }

  private void close(AppName app) {
    opened.remove(app);
    BrokerLoop running = loop;
    if (running != null) {
      running.close(app);
    }
    try {
      directory.remove(app);
    } catch (IOException e) {
      LOG.warn("app={} action=broker its socket stays: {}", app, e.getMessage());
    }
  }

  /** Begins to listen; an agent whose apps ask for nothing has no thread for it. */
  private BrokerLoop running() throws IOException {
    BrokerLoop running = loop;
    if (running == null) {
      running = new BrokerLoop(SocketPoll.open(), this);
      Thread.ofPlatform().daemon().name("broker").start(running::run);
      loop = running;
    }
    return running;
  }

  @Override
  public void take(BrokerConnection connection, BrokerRequest request) {
    BrokerLoop answered = loop;
    About about = about(request);
    BrokerWorker one = about instanceof About.Verb(var verb) && verb.isRead() ? reader : worker;
    Runnable task =
        () -> {
          try {
            answer(connection, request, about, one);
          } finally {
            if (answered != null) {
              answered.done(connection);
            }
          }
        };
    if (!one.submit(task)) {
      answer(connection, about, busy());
      if (answered != null) {
        answered.done(connection);
      }
    }
  }

  private static BrokerReply busy() {
    return new BrokerReply(503, "the agent is busy or ends: try again", Duration.ofSeconds(5));
  }

  @Override
  public void refused(AppName app, BrokerReply reply) {
    log(app, new About.Nothing(), "", reply);
  }

  private void answer(
      BrokerConnection connection, BrokerRequest request, About about, BrokerWorker one) {
    BrokerReply reply;
    try {
      reply = reply(connection, request, about, one);
    } catch (RuntimeException e) {
      LOG.error("app={} action=broker", connection.app(), e);
      reply = new BrokerReply(503, "the agent cannot do it");
    }
    answer(connection, about, reply);
  }

  private void answer(BrokerConnection connection, About about, BrokerReply reply) {
    String peer =
        connection
            .socket()
            .peer()
            .map(it -> "pid=%d uid=%d".formatted(it.pid(), it.uid()))
            .orElse("");
    connection.socket().send(reply.bytes());
    log(connection.app(), about, peer, reply);
  }

  private void log(AppName app, About about, String peer, BrokerReply reply) {
    Result result =
        reply.isDone() ? Result.SUCCESS : reply.isDenied() ? Result.DENIED : Result.FAILURE;
    if (reply.isDone() || isWorthALine(app)) {
      LOG.info(
          "app={} action=broker verb={} {} status={} \"{}\"",
          app,
          about.word(),
          peer,
          reply.status(),
          reply.text().replace('\n', ' '));
    }
    sink.answered(app, about, result, reply.text());
  }

  /** Who floods the agent does not flood the journal: the metrics count all of them. */
  private boolean isWorthALine(AppName app) {
    synchronized (loggedOf) {
      return loggedOf
          .computeIfAbsent(app, _ -> new RequestRate(LINES_AT_ONCE, EACH_LINE))
          .take(System.nanoTime());
    }
  }

  private BrokerReply reply(
      BrokerConnection connection, BrokerRequest request, About about, BrokerWorker one) {
    AppName app = connection.app();
    Map<AppName, BrokerSocket> grants = granted;
    BrokerSocket socket = grants.get(app);
    Set<BrokeredVerb> may = socket == null ? Set.of() : socket.verbs();
    if (stopping) {
      return busy();
    }
    if (!isOf(app, connection.socket())) {
      return new BrokerReply(403, "only processes of app %s may ask here".formatted(app));
    }
    Duration wait = one.take(app, grants.keySet());
    if (!wait.isZero()) {
      return new BrokerReply(429, "too many requests", wait);
    }
    if (request.path().equals("/v1") || request.path().equals("/")) {
      return list(request, may);
    }
    return switch (about) {
      case About.Nothing() ->
          new BrokerReply(404, "there is no such verb: GET /v1 lists those of this app");
      case About.Verb(var verb) when socket == null || !may.contains(verb) ->
          new BrokerReply(403, "app %s is not granted permissions.%s".formatted(app, verb.word()));
      case About.Verb(_) when !request.method().equals("POST") ->
          new BrokerReply(405, "write POST " + request.path());
      case About.Verb(var verb) when verb.isRead() -> read(socket, request.body());
      case About.Verb(var verb) -> verbs.run(app, verb, request.body());
    };
  }

  /** What was withdrawn while it was read is not sent. */
  private BrokerReply read(BrokerSocket socket, String body) {
    BrokerReply reply = logs.run(socket, body);
    return socket.equals(granted.get(socket.app())) ? reply : busy();
  }

  private static About about(BrokerRequest request) {
    return request.path().startsWith(VERSION)
        ? BrokeredVerb.find(request.path().substring(VERSION.length()))
            .<About>map(About.Verb::new)
            .orElseGet(About.Nothing::new)
        : new About.Nothing();
  }

  private static BrokerReply list(BrokerRequest request, Set<BrokeredVerb> may) {
    return request.method().equals("GET")
        ? new BrokerReply(
            200, may.stream().sorted().map(BrokeredVerb::word).collect(Collectors.joining("\n")))
        : new BrokerReply(405, "write GET " + request.path());
  }

  /** The path alone proves nothing: a process of another app may have got hold of the directory. */
  private boolean isOf(AppName app, PeerSocket socket) {
    String group = "/%s/%s".formatted(UnitName.SLICE, UnitName.own(app));
    return socket
        .peer()
        .filter(peer -> peer.pid() > 0)
        .filter(peer -> cgroups.stream().anyMatch(tree -> tree.contains(group, peer.pid())))
        .isPresent();
  }

  /** From now on nothing that an app asks for is begun. For any thread. */
  public void stop() {
    stopping = true;
  }

  /** Ends; what is being done or put back has time to. */
  @Override
  public void close() {
    stop();
    try {
      if (!reader.end(END) | !worker.end(END)) {
        LOG.warn("action=broker something is still being done");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    BrokerLoop running = loop;
    if (running != null) {
      running.end();
    }
  }
}
