package dev.sandbar.operator.reconcile;

import dev.sandbar.core.fleet.AppFold;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.crds.v1alpha1.AppSandboxStatus;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.operator.report.OperatorMetrics;
import dev.sandbar.operator.report.StatusText;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds devices into the status of apps, each at most once a second: {@link FoldPace} says when.
 */
final class AppStatusLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AppStatusLoop.class);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(3);
  private static final Duration STEP = Duration.ofMillis(50);

  private final FleetIndex fleet;
  private final Writes writes;
  private final EventRecorder events;
  private final OperatorMetrics metrics;
  private final Clock clock;
  private final LongSupplier nanos;
  private final FoldPace pace = new FoldPace();
  private final Map<Key, AppFold.Counts> counts = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * When it was known what the status is: waiting for the API server is no work of ours, and delays
   * no other namespace by more than its turn.
   */
  private long decidedAt;

  AppStatusLoop(
      FleetIndex fleet,
      Writes writes,
      EventRecorder events,
      OperatorMetrics metrics,
      Clock clock,
      LongSupplier nanos) {
    this.fleet = fleet;
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
    pace.mark(app, FoldPace.SOON, nanos.getAsLong());
  }

  /** The app is gone. */
  void forget(Key app) {
    pace.forget(app);
    counts.remove(app);
  }

  /** The counts of all apps, as last folded. */
  Map<Key, AppFold.Counts> counts() {
    return counts;
  }

  private void run() {
    while (!closed) {
      foldAll();
      try {
        Thread.sleep(STEP);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Folds every app whose time has come. */
  void foldAll() {
    Optional<Key> next = pace.next(nanos.getAsLong());
    while (next.isPresent() && !closed) {
      Key app = next.get();
      decidedAt = nanos.getAsLong();
      long start = decidedAt;
      attempt(app);
      pace.folded(app, decidedAt - start, nanos.getAsLong());
      if (fleet.app(app).isEmpty()) {
        forgetGone(app);
      }
      next = pace.next(nanos.getAsLong());
    }
  }

  /** The end of an app may come while it is folded, and devices that hold it mark it afterwards. */
  private void forgetGone(Key app) {
    forget(app);
    if (fleet.app(app).isPresent()) {
      // Made anew since, and its mark forgotten with the old.
      mark(app);
    }
  }

  /** Of how many apps something is kept. */
  int held() {
    return pace.size() + counts.size();
  }

  private void attempt(Key app) {
    try {
      fleet.app(app).ifPresent(this::fold);
    } catch (KubernetesClientException e) {
      failed(app, e);
    } catch (RuntimeException e) {
      LOG.error("appsandbox={} action=status failed={}", app, e.toString(), e);
      pace.mark(app, AFTER_FAILURE, nanos.getAsLong());
    }
  }

  private void failed(Key app, KubernetesClientException e) {
    switch (e.getCode()) {
      case Writes.NOT_FOUND -> {}
      case Writes.CONFLICT -> mark(app);
      default -> {
        LOG.warn("appsandbox={} action=status failed={}", app, OneLine.of(e));
        pace.mark(app, AFTER_FAILURE, nanos.getAsLong());
      }
    }
  }

  private void fold(DeclaredApp app) {
    long start = nanos.getAsLong();
    var fold = new AppFold(app.generation());
    String name = app.key().name();
    for (ReconciledDevice device : fleet.devices(app.key().namespace())) {
      if (app.selector().matches(device.labels())) {
        fold.add(device.key().name(), device.reach(), device.app(name));
      }
    }
    String invalid =
        app.reading() instanceof DeclaredApp.Reading.Invalid(var message) ? message : "";
    AppFold.Summary summary =
        fold.summary(app.suspend(), invalid, app.conditions(), clock.instant());
    counts.put(app.key(), summary.counts());
    AppSandboxStatus status = StatusText.appStatus(app.generation(), app.requestedAt(), summary);
    decidedAt = nanos.getAsLong();
    if (StatusText.digest(status).equals(app.status())) {
      return;
    }
    GenericKubernetesResource answer =
        writes.mergeStatus(
            Writes.Kind.APP_SANDBOX, app.key().namespace(), name, app.version(), status);
    fleet.refresh(app.with(answer));
    metrics.reconciled(
        "AppSandbox", true, Duration.ofNanos(Math.max(0, nanos.getAsLong() - start)));
    Transitions.tell(
        events,
        new EventRecorder.Subject(
            "AppSandbox", app.key().namespace(), name, answer.getMetadata().getUid()),
        app.conditions(),
        summary.conditions(),
        Set.of(Type.READY, Type.DRIFTED, Type.STALLED, Type.SUSPENDED));
  }

  @Override
  public void close() {
    closed = true;
  }
}
