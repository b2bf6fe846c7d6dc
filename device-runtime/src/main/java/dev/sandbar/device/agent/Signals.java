package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Drift;
import dev.sandbar.core.report.DriftFold;
import dev.sandbar.core.report.DriftKey;
import dev.sandbar.device.report.AgentMetrics;
import dev.sandbar.device.report.AgentMetrics.AppState;
import dev.sandbar.device.report.AlertDispatcher;
import dev.sandbar.device.report.DriftAlert;
import dev.sandbar.device.report.DriftAlert.Cause;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings what the reporter finds out to people: log lines, alerts, metrics. */
final class Signals {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  private final String device;
  private final AgentMetrics metrics;
  private final List<AlertDispatcher> alerts;
  private final SortedMap<AppName, AppState> states = new TreeMap<>();
  private final SortedMap<AppName, SortedMap<DriftKey, Cause>> fighting = new TreeMap<>();
  private boolean resumed;

  /**
   * For one device.
   *
   * @param alerts where alerts go; at most one, empty if there are no destinations
   */
  Signals(String device, AgentMetrics metrics, List<AlertDispatcher> alerts) {
    this.device = device;
    this.metrics = metrics;
    this.alerts = List.copyOf(alerts);
  }

  /** What began and what ended. */
  void drift(
      AppName app, DriftFold.Folded folded, SortedSet<DriftKey> fights, String revision, Instant now) {
    var tell = new ArrayList<DriftAlert>();
    for (DriftFold.Event event : folded.events()) {
      Difference d = event.drift().difference();
      switch (event) {
        case DriftFold.Event.Begun(var drift) -> {
          LOG.warn(
              "app={} action=drift layer={} subject={} declared=\"{}\" observed=\"{}\"",
              app, d.layer(), d.subject(), d.declared(), d.observed());
          metrics.driftDetected(d.layer());
          tell.add(new DriftAlert.Firing(cause(app, drift, revision, DriftAlert.Reason.DRIFT_DETECTED)));
        }
        case DriftFold.Event.Ended(var drift, var at) -> {
          LOG.info("app={} action=drift-ended layer={} subject={}", app, d.layer(), d.subject());
          tell.add(ended(app, drift, revision, at));
        }
      }
    }
    for (Drift drift : folded.current()) {
      if (fights.contains(drift.key())) {
        Cause cause = cause(app, drift, revision, DriftAlert.Reason.FIGHT_DETECTED);
        fighting.computeIfAbsent(app, _ -> new TreeMap<>()).put(drift.key(), cause);
        tell.add(new DriftAlert.Firing(cause));
      }
    }
    tell.addAll(fightsOver(app, fights, now));
    metrics.drifted(app.value(), !folded.current().isEmpty());
    if (!tell.isEmpty() && resumed) {
      alerts.forEach(dispatcher -> dispatcher.publish(tell));
    }
  }

  /** After the first look at everything: what an earlier life of the agent left firing ends unless it is among these. */
  void resume(SortedMap<AppName, List<Drift>> drifts, Map<AppName, String> revisions) {
    if (resumed) {
      return;
    }
    resumed = true;
    var firing = new ArrayList<DriftAlert.Firing>();
    drifts.forEach(
        (app, list) ->
            list.forEach(
                drift ->
                    firing.add(
                        new DriftAlert.Firing(
                            cause(app, drift, revisions.getOrDefault(app, ""), DriftAlert.Reason.DRIFT_DETECTED)))));
    alerts.forEach(dispatcher -> dispatcher.resume(firing));
  }

  private DriftAlert ended(AppName app, Drift drift, String revision, Instant at) {
    return new DriftAlert.Resolved(cause(app, drift, revision, DriftAlert.Reason.DRIFT_DETECTED), at);
  }

  /** A fight outlasts each correction; it is over when one of them has held. */
  private List<DriftAlert> fightsOver(AppName app, SortedSet<DriftKey> fights, Instant at) {
    var over = new ArrayList<DriftAlert>();
    SortedMap<DriftKey, Cause> ours = fighting.getOrDefault(app, new TreeMap<>());
    ours.entrySet()
        .removeIf(
            entry -> {
              boolean ended = !fights.contains(entry.getKey());
              if (ended) {
                over.add(new DriftAlert.Resolved(entry.getValue(), at));
              }
              return ended;
            });
    return over;
  }

  private Cause cause(AppName app, Drift drift, String revision, DriftAlert.Reason reason) {
    Difference d = drift.difference();
    return new Cause(
        device,
        app.value(),
        d.unit().value(),
        d.layer().name().toLowerCase(Locale.ROOT),
        d.subject(),
        d.declared(),
        d.observed(),
        drift.since(),
        revision,
        DriftAlert.Severity.ERROR,
        reason);
  }

  void corrected(UnitName unit, boolean held) {
    LOG.info("unit={} action=corrected held={}", unit, held);
    metrics.driftCorrected(held ? AgentMetrics.Outcome.SUCCESS : AgentMetrics.Outcome.FAILURE);
  }

  void fight() {
    metrics.fight();
  }

  void ready(
      AppName app, @Nullable Condition ready, @Nullable Condition stalled, boolean drifted) {
    AppState state = AppState.RECONCILING;
    if (stalled != null) {
      state = AppState.STALLED;
    } else if (ready != null && ready.status() == Condition.Status.TRUE) {
      state = AppState.READY;
    } else if (ready != null && ready.status() == Condition.Status.FALSE) {
      state = AppState.FAILED;
    }
    states.put(app, state);
    metrics.drifted(app.value(), drifted);
    count();
  }

  /** An app is gone, and with it what was told of it. */
  void forget(AppName app, List<Drift> drifts) {
    states.remove(app);
    metrics.forget(app.value());
    count();
    if (resumed) {
      Instant now = Instant.now();
      var tell = new ArrayList<>(fightsOver(app, Collections.emptySortedSet(), now));
      drifts.forEach(drift -> tell.add(ended(app, drift, "", now)));
      alerts.forEach(dispatcher -> dispatcher.publish(tell));
    }
  }

  private void count() {
    var counts = new EnumMap<AppState, Integer>(AppState.class);
    states.values().forEach(state -> counts.merge(state, 1, Integer::sum));
    metrics.apps(counts);
  }
}
