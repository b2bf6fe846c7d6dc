package dev.sandbar.device.fleet;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.QueryContract;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.kube.ApiAnswer;
import dev.sandbar.device.kube.ApiAnswer.Unreachable;
import dev.sandbar.device.kube.Json;
import dev.sandbar.device.kube.KubeObject;
import dev.sandbar.device.store.OutOfMemory;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.report.OneLine;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the bundle of this device on its own thread: reads it, then watches it.
 *
 * <pre>
 * the watch ends            go on from the last version that was heard of
 * 410 Gone                  read again
 * anything else             wait, longer each time, then read again
 * deleted, 403, 404, gone   the last bundle holds: absence of the object removes nothing
 * an older generation       read again; it holds when it is still older after the grace, which is a
 *                           store that was restored and not a server that is behind
 * another uid               made again: its apps hold at once, what it lacks goes after a while
 * </pre>
 */
public final class BundleFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BundleFollower.class);
  private static final String DOCUMENT = "bundle";

  private static final Duration RETURN = Duration.ofSeconds(2);

  /**
   * How patient it is.
   *
   * @param backoff between failures
   * @param grace how long a bundle that was made again must stand before absence means removal
   */
  public record Timing(Backoff backoff, Duration grace) {
    /** At most a minute between tries, so that a server that is back is found soon. */
    public static final Timing STANDARD =
        new Timing(
            new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(60), 100),
            Duration.ofSeconds(60));
  }

  private final FleetApi api;
  private final FleetAddress address;
  private final StateStore store;
  private final Timing timing;
  private final LongUnaryOperator jitter;
  private final Backoff backoff;
  private final BundleRequests requests;
  private final Rewind rewind;
  private final FollowerListener listener;
  private final Deliveries deliveries = new Deliveries();
  private final AtomicReference<@Nullable BundleCopy> copy = new AtomicReference<>();
  private final Pause pause = new Pause();

  /** Who waits until the server was asked. */
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

  private volatile boolean watched;

  /** Whether a watch is open. */
  private volatile boolean watching;

  /** Whether the bundle is to be read once the watch ends, which else would go on. */
  private volatile boolean doubted;

  private int failures;
  private final Object settling = new Object();
  private final Thread thread;
  private @Nullable Thread grace;
  private volatile boolean closed;

  /** Where the watch goes on; empty if the object must be read first. Only its thread uses it. */
  private String version = "";

  /** Version of the bundle as it was seen last; empty if it was not. Only its thread uses it. */
  private String seen = "";

  /** What was said last, so that a long absence is one line. */
  private volatile String said = "";

  /**
   * Knows the bundle on the disk; {@link #start} begins to ask the server.
   *
   * @param jitter draws a number from 0 (inclusive) to its argument (exclusive)
   */
  public BundleFollower(
      FleetApi api,
      FleetAddress address,
      StateStore store,
      Timing timing,
      LinkUse use,
      LongUnaryOperator jitter,
      FollowerListener listener) {
    this.api = api;
    this.address = address;
    this.store = store;
    this.timing = timing;
    this.jitter = jitter;
    this.backoff = timing.backoff();
    this.requests = new BundleRequests(api, address, use, jitter);
    this.rewind = new Rewind(timing.grace(), System::nanoTime);
    this.listener = listener;
    this.thread = Thread.ofVirtual().name("bundle").unstarted(this::run);
    if (store.load(DOCUMENT) instanceof StateStore.Loaded.Found(var data)) {
      BundleCopy.read(data).ifPresent(copy::set);
    }
  }

  /** The bundle that holds now; from the disk until the server has been read. */
  public Optional<BundleCopy> copy() {
    return Optional.ofNullable(copy.get());
  }

  /** Starts to follow. */
  public void start() {
    thread.start();
  }

  /** The server is known to answer again: ends a wait. */
  public void hurry() {
    pause.end();
  }

  /**
   * Ends a wait.
   *
   * @param done called once the server was asked, at once while the bundle is watched
   */
  public void ask(Runnable done) {
    waiting.add(done);
    hurry();
    if (watched) {
      answerWaiting();
    }
  }

  /**
   * The server refuses something else of this device. A watch that is open goes on for minutes
   * after the right to it is gone, and so it says nothing of that.
   */
  public void doubt() throws InterruptedException {
    if (watching
        && api.getMetadata(address.bundles()) instanceof ApiAnswer.Failure failure
        && FleetApi.refuses(failure)) {
      doubted = true;
      api.bundleRefused(failure);
      tell(failure.problem());
    }
  }

  private void answerWaiting() {
    for (Runnable done = waiting.poll(); done != null; done = waiting.poll()) {
      done.run();
    }
  }

  /** Follows no more, and forgets the bundle on the disk: the end of service. */
  public void forget() {
    close();
    synchronized (settling) {
      try {
        store.remove(DOCUMENT);
      } catch (IOException e) {
        LOG.error("bundle={} action=forget still on disk: {}", address.device(), e.getMessage());
      }
    }
  }

  private void run() {
    while (!closed) {
      try {
        watching = !version.isEmpty() && !doubted;
        doubted = false;
        Optional<ApiAnswer.Failure> ended = asked(watching);
        boolean watched = watching;
        watching = false;
        if (ended.isPresent()) {
          waitAfter(ended.get());
        } else if (watched) {
          // Not after a read: a server that refuses to be watched would be read without a pause.
          failures = 0;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private Optional<ApiAnswer.Failure> asked(boolean watching) throws InterruptedException {
    try {
      return watching ? watch() : read();
    } catch (OutOfMemoryError e) {
      return unusable(OutOfMemory.tooLarge("the newest bundle"));
    } catch (RuntimeException | StackOverflowError e) {
      // Thrown on, it would end the thread and with it the following.
      LOG.error("bundle={} action=ask {}", address.device(), OneLine.defect(e), e);
      return unusable("the newest bundle is not read: " + OneLine.defect(e));
    }
  }

  private void waitAfter(ApiAnswer.Failure failure) throws InterruptedException {
    Duration wait = backoff.after(++failures, jitter).plus(failure.retryAfter());
    api.bundleRefused(failure);
    tell(failure.problem());
    version = "";
    if (failure instanceof ApiAnswer.Gone) {
      LOG.info("bundle={} action=read-again {}", address.device(), failure.problem());
    }
    pause.await(wait);
  }

  private void tell(String problem) {
    if (!problem.equals(said)) {
      if (problem.isEmpty()) {
        LOG.info("bundle={} action=answered server={}", address.device(), address.server());
      } else {
        LOG.warn("bundle={} action=ask {} (what runs continues)", address.device(), problem);
      }
      said = problem;
    }
    listener.asked(problem);
    watched = problem.isEmpty();
    answerWaiting();
  }

  /** Reads the bundle; empty if the server was read, and the watch can begin. */
  private Optional<ApiAnswer.Failure> read() throws InterruptedException {
    Optional<String> unchanged = requests.unchanged(seen);
    if (unchanged.isPresent()) {
      version = unchanged.get();
      tell("");
      return Optional.empty();
    }
    return switch (api.get(address.bundles())) {
      case ApiAnswer.Success(var list) -> read(list);
      case ApiAnswer.Failure failure -> Optional.of(failure);
    };
  }

  private Optional<ApiAnswer.Failure> read(Node list) {
    String next = KubeObject.read(list).metadata().resourceVersion();
    if (next.isEmpty() || !(list.fields().get("items") instanceof Node.Sequence(_, var items))) {
      return unusable("the server's answer is no list of bundles");
    }
    Optional<KubeObject> object =
        items.stream().map(KubeObject::read).filter(this::isOurs).findFirst();
    if (object.isPresent()) {
      if (BundleCopy.of(object.get()).filter(found -> !take(found, true)).isPresent()) {
        return older();
      }
      seen = object.get().metadata().resourceVersion();
      listener.reported(object.get().status());
      listener.query(query(object.get()));
      tell("");
    } else {
      seen = "";
      listener.missing();
      tell("there is no bundle " + address.namespace() + "/" + address.device() + " yet");
    }
    version = next;
    return Optional.empty();
  }

  private static String query(KubeObject object) {
    return Json.text(object.metadata().annotations(), QueryContract.ANNOTATION).orElse("");
  }

  private boolean isOurs(KubeObject object) {
    return object.metadata().name().equals(address.device());
  }

  /** Watches the bundle; empty if the next watch goes on from where this one ended. */
  private Optional<ApiAnswer.Failure> watch() throws InterruptedException {
    BundleRequests.Watch watch = requests.watch(version);
    var refused = new AtomicReference<Optional<ApiAnswer.Failure>>(Optional.empty());
    long begun = System.nanoTime();
    String before = version;
    Optional<ApiAnswer.Failure> ended =
        api.watch(
            watch.path(),
            watch.quiet(),
            event -> {
              refused.set(event(event));
              return refused.get().isEmpty() && !closed;
            });
    if (refused.get().isPresent()) {
      return refused.get();
    }
    boolean useful =
        !version.equals(before) || System.nanoTime() - begun > Duration.ofSeconds(5).toNanos();
    if (ended.isEmpty() && !useful) {
      return unusable("the server ends every watch at once");
    }
    if (useful && ended.isPresent() && ended.get().status() == 0) {
      // The connection broke, which happens: go on from where it was. A server that ends breaks
      // the connections of a whole fleet, which shall not come back in one moment.
      LOG.info("bundle={} action=watch-again {}", address.device(), ended.get().problem());
      pause.await(Duration.ofMillis(jitter.applyAsLong(RETURN.toMillis())));
      return Optional.empty();
    }
    return ended;
  }

  /** Takes an event of the watch; why, if the watch is over. */
  private Optional<ApiAnswer.Failure> event(Node sent) {
    var event = NodeBinder.readLenient(KubeObject.Event.class, sent);
    KubeObject object = KubeObject.read(event.object());
    String next = object.metadata().resourceVersion();
    switch (event.type()) {
      case "ADDED", "MODIFIED" -> {
        if (isOurs(object)) {
          if (BundleCopy.of(object).filter(found -> !take(found, false)).isPresent()) {
            return older();
          }
          seen = next;
          listener.query(query(object));
          tell("");
        }
      }
      case "DELETED" -> {
        if (isOurs(object)) {
          seen = "";
          listener.missing();
          tell("the bundle was deleted, so everything stays as it is");
        }
      }
      case "BOOKMARK" -> listener.asked(said);
      case "ERROR" -> {
        var trouble = NodeBinder.readLenient(KubeObject.Trouble.class, event.object());
        String message = OneLine.of(trouble.message());
        return Optional.of(ApiAnswer.Failure.of(trouble.code(), "", message, Duration.ZERO));
      }
      default -> {
        return unusable("the watch sent something that is not an event");
      }
    }
    if (!next.isEmpty()) {
      version = next;
    }
    return Optional.empty();
  }

  private static Optional<ApiAnswer.Failure> older() {
    return unusable(
        "the server has an older generation of the bundle than was seen: it is behind, or a backup"
            + " was restored; it is asked again");
  }

  private static Optional<ApiAnswer.Failure> unusable(String why) {
    return Optional.of(new Unreachable(Unreachable.Cause.MALFORMED, why, Duration.ZERO));
  }

  /**
   * Takes a copy over.
   *
   * @param read whether the newest was asked for, not sent by a watch
   * @return false if it is older than what is here, and not to be believed yet
   */
  private boolean take(BundleCopy found, boolean read) {
    boolean taken = decided(found, read);
    deliveries.deliver();
    return taken;
  }

  private boolean decided(BundleCopy found, boolean read) {
    synchronized (settling) {
      if (closed) {
        return true;
      }
      Optional<BundleCopy> before = Optional.ofNullable(copy.get());
      Optional<BundleCopy> same = before.filter(it -> it.uid().equals(found.uid()));
      Optional<BundleCopy> newer = same.filter(it -> it.generation() > found.generation());
      if (newer.isPresent() && !(read && rewind.read())) {
        return false;
      }
      rewind.over();
      newer.ifPresent(
          it -> {
            LOG.warn(
                "bundle={} action=restored generation={} was {}: the server's store was restored",
                address.device(),
                found.generation(),
                it.generation());
            deliveries.add(() -> listener.restored(it.generation(), found.generation()));
          });
      // What a backup does not have yet goes no sooner than what a bundle made again lacks.
      boolean settled = newer.isEmpty() && same.filter(BundleCopy::settled).isPresent();
      BundleCopy now = found.settled(settled);
      if (before
          .filter(it -> now.generation() == it.generation() && now.sameContent(it))
          .isEmpty()) {
        keep(now);
        LOG.info(
            "bundle={} action=read generation={} apps={} complete={}",
            address.device(),
            now.generation(),
            now.reading().bundle().entries().size(),
            now.complete());
        deliveries.add(() -> listener.bundle(now));
        if (!settled) {
          settleLater(now.uid());
        }
      }
      return true;
    }
  }

  /**
   * To the disk first: what is done after it must come back after a power cut. Where the disk takes
   * nothing, that is reported, and the copy counts for this boot.
   */
  private void keep(BundleCopy now) {
    try {
      store.save(DOCUMENT, now.saved());
    } catch (IOException e) {
      LOG.error("bundle={} action=keep not on disk: {}", address.device(), e.getMessage());
    }
    copy.set(now);
  }

  private void settleLater(String uid) {
    Optional.ofNullable(grace).ifPresent(Thread::interrupt);
    grace =
        Thread.ofVirtual()
            .name("grace")
            .start(
                () -> {
                  try {
                    Thread.sleep(timing.grace());
                    settle(uid);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
  }

  private void settle(String uid) {
    synchronized (settling) {
      BundleCopy now = copy.get();
      if (!closed && now != null && now.uid().equals(uid) && !now.settled()) {
        keep(now.settled(true));
        deliveries.add(() -> listener.bundle(now.settled(true)));
      }
    }
    deliveries.deliver();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    synchronized (settling) {
      Optional.ofNullable(grace).ifPresent(Thread::interrupt);
    }
  }
}
