package dev.sandbar.operator.reconcile;

import dev.sandbar.core.fleet.AppFold;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.core.report.Reason;
import dev.sandbar.crds.v1alpha1.AppSandboxStatus;
import dev.sandbar.operator.publish.ApiFailure;
import dev.sandbar.operator.publish.BoundedApp;
import dev.sandbar.operator.publish.FairTurns;
import dev.sandbar.operator.publish.Writes;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.operator.report.OperatorMetrics;
import dev.sandbar.operator.report.StatusText;
import dev.sandbar.report.OneLine;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Constants;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds devices into the status of an app, each app at most once in {@link #APART}, whether that
 * ends in a write or not: a device that reports something else all the time must not have its
 * namespace read without end. Namespaces take turns, since an app also waits for the API server,
 * however little it costs; and after each fold its namespace rests for three times as long as it
 * took, so that none uses more than a quarter of a processor.
 */
final class AppReconciler implements Reconciler<BoundedApp> {
  static final Duration APART = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(AppReconciler.class);
  private static final int NAMESPACES_AT_ONCE = 16;
  private static final int REST = 3;

  private final FleetIndex fleet;
  private final Writes writes;
  private final EventRecorder events;
  private final OperatorMetrics metrics;
  private final Clock clock;
  private final Withdrawals withdrawals;
  private final LongSupplier nanos;
  private final FairTurns turns = new FairTurns(NAMESPACES_AT_ONCE, 1);
  private final Map<Key, Folded> folded = new ConcurrentHashMap<>();

  /**
   * What is kept of a summary.
   *
   * @param conditions those that hold
   * @param outcome what has become of this generation; empty while that is open
   * @param message of the outcome
   */
  record Folded(
      long generation,
      AppFold.Counts counts,
      Set<Type> conditions,
      String outcome,
      String message) {
    private static Folded of(long generation, AppFold.Summary summary) {
      Optional<Condition> stalled =
          summary.conditions().stream()
              .filter(c -> c.type() == Type.STALLED && c.holds())
              .findFirst();
      boolean ready =
          summary.conditions().stream().anyMatch(c -> c.type() == Type.READY && c.holds());
      return new Folded(
          generation,
          summary.counts(),
          summary.conditions().stream()
              .filter(Condition::holds)
              .map(Condition::type)
              .collect(Collectors.toUnmodifiableSet()),
          stalled.map(Condition::reason).orElse(ready ? ROLLED_OUT : ""),
          stalled.map(Condition::message).orElse(""));
    }
  }

  /** By namespace that a controller looks after. */
  private final Map<String, SimpleInboundEventSource<BoundedApp>> marks = new ConcurrentHashMap<>();

  /** In the history: every device that the app selects runs it. */
  private static final String ROLLED_OUT = "RolledOut";

  private volatile boolean open;

  AppReconciler(
      FleetIndex fleet,
      Writes writes,
      EventRecorder events,
      OperatorMetrics metrics,
      Clock clock,
      Withdrawals withdrawals,
      LongSupplier nanos) {
    this.fleet = fleet;
    this.writes = writes;
    this.events = events;
    this.metrics = metrics;
    this.clock = clock;
    this.withdrawals = withdrawals;
    this.nanos = nanos;
  }

  @Override
  public List<EventSource<?, BoundedApp>> prepareEventSources(
      EventSourceContext<BoundedApp> context) {
    var source = new SimpleInboundEventSource<BoundedApp>("marks");
    context
        .getControllerConfiguration()
        .getInformerConfig()
        .getNamespaces()
        .forEach(namespace -> marks.put(namespace, source));
    return List.of(source);
  }

  /** All devices have been looked at: from now on something can be said of apps. */
  void open() {
    open = true;
    fleet.appKeys().forEach(this::mark);
  }

  /** Something has changed for the app. */
  void mark(Key app) {
    // Devices mark what they still hold of apps that are gone.
    if (open && fleet.app(app).isPresent()) {
      Optional.ofNullable(marks.get(app.namespace()))
          .or(() -> Optional.ofNullable(marks.get(Constants.WATCH_ALL_NAMESPACES)))
          .ifPresent(source -> source.propagateEvent(new ResourceID(app.name(), app.namespace())));
    }
  }

  /** The app is gone. */
  void forget(Key app) {
    folded.remove(app);
    withdrawals.forget(app);
  }

  /** All apps, as last folded. */
  Map<Key, Folded> folded() {
    return folded;
  }

  @Override
  public UpdateControl<BoundedApp> reconcile(BoundedApp object, Context<BoundedApp> context)
      throws InterruptedException {
    reconcile(Key.of(object));
    return UpdateControl.noUpdate();
  }

  void reconcile(Key key) throws InterruptedException {
    if (!open) {
      return;
    }
    try (var _ = turns.take(key.namespace())) {
      Optional<DeclaredApp> app = fleet.app(key);
      if (app.isPresent()) {
        fold(app.get());
      }
      if (fleet.app(key).isEmpty()) {
        forget(key);
      }
    }
  }

  private void fold(DeclaredApp app) throws InterruptedException {
    if (app.reading() instanceof DeclaredApp.Reading.Unresolved) {
      // Its values are on their way, and then it is marked.
      return;
    }
    long start = nanos.getAsLong();
    var fold = new AppFold(app.generation());
    for (ReconciledDevice device : fleet.devices(app.key().namespace())) {
      if (app.selector().matches(device.labels())) {
        fold.add(device.key().name(), device.reach(), device.app(app.key().name()));
      } else if (device.holdsBack(app.key().name())) {
        String objection = withdrawals.objection(app);
        if (!objection.isEmpty()) {
          fold.keptOn(device.key().name(), objection);
        }
      }
    }
    String invalid =
        app.reading() instanceof DeclaredApp.Reading.Invalid(var message) ? message : "";
    AppFold.Summary summary =
        fold.summary(
            new AppFold.Terms(app.readyWhen(), app.hold(), app.suspend(), invalid),
            app.conditions(),
            clock.instant());
    int before =
        Optional.ofNullable(folded.put(app.key(), Folded.of(app.generation(), summary)))
            .map(it -> it.counts().desired())
            .orElse(0);
    AppSandboxStatus status = StatusText.appStatus(app.generation(), app.requestedAt(), summary);
    boolean same = StatusText.digest(status).equals(app.status());
    long cost = nanos.getAsLong() - start;
    try {
      if (!same) {
        write(app, summary, status, before);
        metrics.reconciled(
            "AppSandbox", true, Duration.ofNanos(Math.max(0, nanos.getAsLong() - start)));
      }
    } catch (KubernetesClientException e) {
      ApiFailure failure = ApiFailure.of(e);
      if (failure != ApiFailure.NOT_FOUND) {
        if (failure != ApiFailure.CONFLICT) {
          LOG.warn("appsandbox={} action=status failed={}", app.key(), OneLine.of(e));
        }
        throw e;
      }
    } finally {
      Thread.sleep(Duration.ofNanos(REST * cost));
    }
  }

  /** The AppSandbox is deleted. */
  void removed(Key app) {
    Folded last = folded.get(app);
    if (open && last != null) {
      events.tell(
          subject(app, ""),
          EventRecorder.Severity.NORMAL,
          Reason.APP_REMOVED,
          "deleted; to be removed from devices: " + last.counts().desired());
    }
    forget(app);
  }

  private static EventRecorder.Subject subject(Key app, String uid) {
    return new EventRecorder.Subject("AppSandbox", app.namespace(), app.name(), uid);
  }

  private void write(
      DeclaredApp app, AppFold.Summary summary, AppSandboxStatus status, int before) {
    Key key = app.key();
    GenericKubernetesResource answer =
        writes.mergeStatus(
            new Writes.Target(Writes.Kind.APP_SANDBOX, key.namespace(), key.name()),
            app.version(),
            status);
    fleet.refresh(key, answer);
    EventRecorder.Subject subject = subject(key, answer.getMetadata().getUid());
    int now = summary.counts().desired();
    boolean keptOn =
        summary.conditions().stream().anyMatch(c -> c.holds() && c.is(Reason.APPS_WITHDRAWN));
    if (now < before && !keptOn) {
      events.tell(
          subject,
          EventRecorder.Severity.NORMAL,
          Reason.APP_REMOVED,
          "no longer for %d of %d devices, to be removed from them"
              .formatted(before - now, before));
    }
    Transitions.tell(
        events,
        subject,
        app.conditions(),
        summary.conditions(),
        Set.of(Type.READY, Type.DRIFTED, Type.STALLED, Type.SUSPENDED));
  }
}
