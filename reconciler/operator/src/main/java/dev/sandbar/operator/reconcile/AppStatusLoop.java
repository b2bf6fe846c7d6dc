package dev.sandbar.operator.reconcile;

import dev.sandbar.core.fleet.AppFold;
import dev.sandbar.core.fleet.AppOnDevice;
import dev.sandbar.core.fleet.Intent;
import dev.sandbar.core.fleet.Seen;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.operator.publish.Pool;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.operator.report.OperatorMetrics;
import dev.sandbar.operator.report.StatusText;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds devices into the status of apps. While reports pour in, each app is written at most once a
 * second: a status is the dearest write that there is.
 */
final class AppStatusLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AppStatusLoop.class);
  private static final Duration SOON = Duration.ofMillis(100);
  private static final Duration APART = Duration.ofSeconds(1);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(3);
  private static final Duration STEP = Duration.ofMillis(50);
  private static final AppOnDevice UNTOUCHED =
      new AppOnDevice(new Intent.Waiting("not looked at yet"), Seen.NOTHING);

  private final Fleet fleet;
  private final Pool pool;
  private final Writes writes;
  private final EventRecorder events;
  private final OperatorMetrics metrics;
  private final Clock clock;
  private final LongSupplier nanos;
  private final Map<Key, Long> due = new HashMap<>();
  private final Map<Key, Long> written = new HashMap<>();
  private final Map<Key, AppFold.Counts> counts = new ConcurrentHashMap<>();
  private volatile boolean closed;

  AppStatusLoop(
      Fleet fleet,
      Pool pool,
      Writes writes,
      EventRecorder events,
      OperatorMetrics metrics,
      Clock clock,
      LongSupplier nanos) {
    this.fleet = fleet;
    this.pool = pool;
    this.writes = writes;
    this.events = events;
    this.metrics = metrics;
    this.clock = clock;
    this.nanos = nanos;
  }

  void start() {
    Thread _ = Thread.ofVirtual().name("app-status").start(this::run);
  }

  /** Something has changed for the app. */
  void mark(Key app) {
    markIn(app, SOON);
  }

  private void markIn(Key app, Duration delay) {
    synchronized (due) {
      long at = nanos.getAsLong() + delay.toNanos();
      Long last = written.get(app);
      long earliest = last == null ? at : Math.max(at, last + APART.toNanos());
      due.merge(app, earliest, Math::min);
    }
  }

  /** The app is gone. */
  void forget(Key app) {
    synchronized (due) {
      due.remove(app);
      written.remove(app);
    }
    counts.remove(app);
  }

  /** The counts of all apps, as last folded. */
  Map<Key, AppFold.Counts> counts() {
    return counts;
  }

  private void run() {
    while (!closed) {
      for (Key app : take()) {
        try {
          fleet.app(app).ifPresent(this::fold);
        } catch (KubernetesClientException e) {
          failed(app, e);
        } catch (RuntimeException e) {
          LOG.error("appsandbox={} action=status failed={}", app, e.toString(), e);
          markIn(app, AFTER_FAILURE);
        }
      }
      try {
        Thread.sleep(STEP);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void failed(Key app, KubernetesClientException e) {
    switch (e.getCode()) {
      case Writes.NOT_FOUND -> {}
      case Writes.CONFLICT -> mark(app);
      default -> {
        LOG.warn("appsandbox={} action=status failed={}", app, OneLine.of(e));
        markIn(app, AFTER_FAILURE);
      }
    }
  }

  private List<Key> take() {
    synchronized (due) {
      long now = nanos.getAsLong();
      var ready = new ArrayList<Key>();
      due.forEach(
          (app, at) -> {
            if (at - now <= 0) {
              ready.add(app);
            }
          });
      ready.forEach(due::remove);
      return ready;
    }
  }

  private void fold(DeclaredApp app) {
    long start = nanos.getAsLong();
    var fold = new AppFold(app.generation());
    String name = app.key().name();
    for (DeviceState device : fleet.devices(app.key().namespace())) {
      AppOnDevice on = device.apps().get(name);
      if (app.selector().matches(device.labels())) {
        fold.add(device.key().name(), device.reach(), on == null ? UNTOUCHED : on);
      }
    }
    String invalid =
        app.reading() instanceof DeclaredApp.Reading.Invalid(var message) ? message : "";
    AppFold.Summary summary = fold.summary(invalid, app.conditions(), clock.instant());
    counts.put(app.key(), summary.counts());
    Node status = StatusText.appStatus(app.generation(), app.requestedAt(), summary);
    if (StatusText.canonical(status).equals(app.status())) {
      return;
    }
    Node patch =
        Node.mapping(
            List.of(
                Node.entry(
                    "metadata",
                    Node.mapping(List.of(Node.entry("resourceVersion", Node.text(app.version()))))),
                Node.entry("status", status)));
    GenericKubernetesResource answer =
        writes.mergeStatus(Writes.Kind.APP_SANDBOX, app.key().namespace(), name, patch);
    synchronized (due) {
      written.put(app.key(), nanos.getAsLong());
    }
    fleet.refresh(DeclaredApp.read(answer, pool));
    metrics.reconciled(
        "AppSandbox", true, Duration.ofNanos(Math.max(0, nanos.getAsLong() - start)));
    Transitions.tell(
        events,
        new EventRecorder.Subject(
            "AppSandbox", app.key().namespace(), name, answer.getMetadata().getUid()),
        app.conditions(),
        summary.conditions(),
        Set.of(Type.READY, Type.DRIFTED, Type.STALLED));
  }

  @Override
  public void close() {
    closed = true;
  }
}
