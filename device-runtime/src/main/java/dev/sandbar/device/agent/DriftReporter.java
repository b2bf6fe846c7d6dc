package dev.sandbar.device.agent;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.report.Alert;
import dev.sandbar.core.report.AlertFold;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.DirectiveCounts;
import dev.sandbar.core.report.Drift;
import dev.sandbar.core.report.DriftFold;
import dev.sandbar.core.report.DriftKey;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.report.AgentMetrics;
import dev.sandbar.device.report.AgentMetrics.AppState;
import dev.sandbar.device.report.AlertDispatcher;
import dev.sandbar.device.report.DriftAlert;
import dev.sandbar.device.report.DriftAlert.Cause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings what the reporter finds out to people: log lines, alerts, metrics. */
final class DriftReporter {
  private static final Logger LOG = LoggerFactory.getLogger(DriftReporter.class);

  /** The dispatcher reminds each destination at its own pace. */
  private static final Duration NO_REMINDER = Duration.ofDays(3650);

  private final String device;
  private final AgentMetrics metrics;
  private final List<AlertDispatcher> alerts;
  private final SortedMap<AppName, AppState> states = new TreeMap<>();
  private final SortedMap<AppName, List<Alert>> firing = new TreeMap<>();

  /** What began and ended during the first look, which is sent after it. */
  private final List<DriftAlert> early = new ArrayList<>();

  private boolean resumed;

  /**
   * For one device.
   *
   * @param alerts where alerts go; at most one, empty if there are no destinations
   */
  DriftReporter(String device, AgentMetrics metrics, List<AlertDispatcher> alerts) {
    this.device = device;
    this.metrics = metrics;
    this.alerts = List.copyOf(alerts);
  }

  /** What began and what ended. */
  void drift(
      AppName app,
      DriftFold.Folded folded,
      SortedSet<DriftKey> fights,
      String revision,
      Instant now) {
    for (DriftFold.Event event : folded.events()) {
      Difference d = event.drift().difference();
      switch (event) {
        case DriftFold.Event.Begun _ -> {
          LOG.warn(
              "app={} action=drift layer={} subject={} declared=\"{}\" observed=\"{}\"",
              app,
              d.layer(),
              d.subject(),
              d.declared(),
              d.observed());
          metrics.driftDetected(d.layer());
        }
        case DriftFold.Event.Ended _ ->
            LOG.info("app={} action=drift-ended layer={} subject={}", app, d.layer(), d.subject());
      }
    }
    metrics.drifted(app.value(), !folded.current().isEmpty());
    tell(app, folded.current(), fights, revision, now);
  }

  private void tell(
      AppName app,
      Collection<Drift> drifts,
      SortedSet<DriftKey> fights,
      String revision,
      Instant now) {
    AlertFold.Folded folded =
        AlertFold.fold(app, firing.getOrDefault(app, List.of()), drifts, fights, NO_REMINDER, now);
    firing.put(app, folded.current());
    if (folded.events().isEmpty()) {
      return;
    }
    var events = new ArrayList<DriftAlert>();
    for (AlertFold.Event event : folded.events()) {
      switch (event) {
        case AlertFold.Event.Begun(var alert) ->
            events.add(new DriftAlert.Firing(cause(alert, revision)));
        case AlertFold.Event.KeptAlive(var alert) ->
            events.add(new DriftAlert.Firing(cause(alert, revision)));
        case AlertFold.Event.Ended(var alert, var at) ->
            events.add(new DriftAlert.Resolved(cause(alert, revision), at));
      }
    }
    if (resumed) {
      alerts.forEach(dispatcher -> dispatcher.publish(events));
    } else {
      early.addAll(events);
    }
  }

  /**
   * After the first look at everything: what an earlier life of the agent left firing ends unless
   * it still lasts. What this look found and corrected fires and ends: somebody changed the device
   * while no agent ran.
   */
  void resume(Map<AppName, String> revisions) {
    if (resumed) {
      return;
    }
    resumed = true;
    var lasting = new ArrayList<DriftAlert.Firing>();
    firing.forEach(
        (app, list) ->
            list.forEach(
                alert ->
                    lasting.add(
                        new DriftAlert.Firing(cause(alert, revisions.getOrDefault(app, ""))))));
    for (AlertDispatcher dispatcher : alerts) {
      dispatcher.publish(early);
      dispatcher.resume(lasting);
    }
    early.clear();
  }

  private Cause cause(Alert alert, String revision) {
    boolean fight = alert.reason() == Reason.FIGHT_DETECTED;
    return new Cause(
        device,
        alert.app().value(),
        alert.key().unit().value(),
        alert.key().layer().name().toLowerCase(Locale.ROOT),
        alert.key().subject(),
        alert.declared(),
        alert.observed(),
        alert.since(),
        revision,
        DriftAlert.Severity.ERROR,
        fight ? DriftAlert.Reason.FIGHT_DETECTED : DriftAlert.Reason.DRIFT_DETECTED);
  }

  void corrected(UnitName unit, boolean held) {
    LOG.info("unit={} action=corrected held={}", unit, held);
    metrics.driftCorrected(held ? AgentMetrics.Outcome.SUCCESS : AgentMetrics.Outcome.FAILURE);
  }

  void fight() {
    metrics.fight();
  }

  void ready(AppName app, AppReport report) {
    states.put(app, state(report));
    metrics.drifted(app.value(), !report.drifts().isEmpty());
  }

  private static AppState state(AppReport report) {
    if (report.condition(Condition.Type.STALLED).isPresent()) {
      return AppState.STALLED;
    }
    return report
        .condition(Condition.Type.READY)
        .map(DriftReporter::state)
        .orElse(AppState.RECONCILING);
  }

  private static AppState state(Condition ready) {
    return switch (ready.status()) {
      case TRUE -> AppState.READY;
      case FALSE -> ready.is(Reason.SUSPENDED) ? AppState.RECONCILING : AppState.FAILED;
      case UNKNOWN -> AppState.RECONCILING;
    };
  }

  /** An app is gone, and with it what was reported of it. */
  void forget(AppName app, Instant now) {
    states.remove(app);
    metrics.forget(app.value());
    count();
    tell(app, List.of(), Collections.emptySortedSet(), "", now);
    firing.remove(app);
  }

  /**
   * Counts the apps by state.
   *
   * @param all how the directives of each hold
   */
  void count(Collection<DirectiveCounts> all) {
    count();
    var counts = new EnumMap<Enforcement, Integer>(Enforcement.class);
    for (Enforcement result : Enforcement.values()) {
      counts.put(result, all.stream().mapToInt(it -> it.count(result)).sum());
    }
    metrics.directives(counts);
  }

  private void count() {
    var counts = new EnumMap<AppState, Integer>(AppState.class);
    states.values().forEach(state -> counts.merge(state, 1, Integer::sum));
    metrics.apps(counts);
  }
}
