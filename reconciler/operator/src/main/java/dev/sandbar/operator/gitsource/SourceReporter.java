package dev.sandbar.operator.gitsource;

import dev.sandbar.core.report.Reason;
import dev.sandbar.crds.v1alpha1.GitSourceStatus;
import dev.sandbar.crds.v1alpha1.StatusCondition;
import dev.sandbar.operator.publish.ObjectFields;
import dev.sandbar.operator.report.EventRecorder;
import dev.sandbar.operator.report.EventRecorder.Severity;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reports what became of one source: status, events, metrics, log. Used by one thread. */
final class SourceReporter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SourceReporter.class);

  /** So many objects get an event of their own or are named in one. */
  private static final int NAMED = 10;

  private final Tools tools;
  private final String key;
  private final StatusWriter status;
  private final EventRecorder.Distinct events;
  private final SourceMetrics.Gauges gauges;

  SourceReporter(Tools tools, String namespace, String name, StatusWriter status) {
    this.tools = tools;
    this.key = namespace + "/" + name;
    this.status = status;
    this.events = tools.events().distinct();
    this.gauges = tools.metrics().gauges(namespace, name);
  }

  /** Much is going to be written. */
  void progressing(GenericKubernetesResource source, int writes) {
    status.write(
        source,
        StatusFold.progressing(
            status.current(source),
            ObjectFields.generation(source),
            "applying " + writes + " objects",
            tools.clock().instant()));
  }

  /** Says that it is left as it is; false if that could not be written. */
  boolean suspended(GenericKubernetesResource source) {
    GitSourceStatus before = status.current(source);
    boolean written =
        status.write(
            source,
            StatusFold.suspended(before, ObjectFields.generation(source), tools.clock().instant()));
    if (written && !isSuspended(before)) {
      tell(source, Severity.NORMAL, Reason.SUSPENDED, "left as it is until resumed");
    }
    return written;
  }

  private static boolean isSuspended(GitSourceStatus status) {
    return StatusFold.condition(status, "Suspended").isPresent();
  }

  /** Writes status and events; false if the status could not be written. */
  boolean report(
      GenericKubernetesResource source,
      SourceState state,
      SourceSync.Outcome outcome,
      String handled) {
    Instant now = tools.clock().instant();
    GitSourceStatus before = status.current(source);
    GitSourceStatus after =
        StatusFold.of(state, before, ObjectFields.generation(source), handled, now);
    boolean written = status.write(source, after);
    if (isSuspended(before)) {
      tell(source, Severity.NORMAL, Reason.RESUMED, "reconciliation has resumed");
    }
    changes(source, state, outcome);
    drifts(source, outcome.reported, Severity.WARNING, Reason.DRIFT_DETECTED);
    drifts(source, outcome.corrected, Severity.NORMAL, Reason.DRIFT_CORRECTED);
    Optional<StatusCondition> ready = StatusFold.condition(after, "Ready");
    Optional<StatusCondition> was = StatusFold.condition(before, "Ready");
    Optional<StatusCondition> notReady = ready.filter(it -> !it.status().equals("True"));
    notReady
        .filter(it -> was.filter(other -> isSame(it, other)).isEmpty())
        .ifPresent(it -> tell(source, Severity.WARNING, reason(state), it.message()));
    gauges.set(ready.isPresent() && notReady.isEmpty(), !state.drifts().isEmpty());
    return written;
  }

  /** Logs and measures a whole run. */
  void reconciled(SourceState state, SourceSync.Outcome outcome, Duration took) {
    String result =
        !state.failure().isNone() || !state.failed().isEmpty()
            ? "failed"
            : outcome.hasWrites() ? "changed" : "unchanged";
    tools.metrics().reconciled(took, result);
    if (outcome.hasWrites() || result.equals("failed")) {
      LOG.info(
          "source={} action=reconciled result={} revision={} created={} configured={} corrected={}"
              + " pruned={} ms={}",
          key,
          result,
          state.revision(),
          outcome.created.size(),
          outcome.configured.size(),
          outcome.corrected.size(),
          outcome.pruned.size(),
          took.toMillis());
    }
  }

  private void changes(
      GenericKubernetesResource source, SourceState state, SourceSync.Outcome outcome) {
    if (!outcome.hasChanges()) {
      return;
    }
    var names = new ArrayList<String>();
    name(names, outcome.created, "created");
    name(names, outcome.configured, "configured");
    name(names, outcome.pruned, "pruned");
    List<String> shown = names.stream().limit(NAMED).toList();
    int more = names.size() - shown.size();
    tell(
        source,
        Severity.NORMAL,
        Reason.RECONCILIATION_SUCCEEDED,
        "Applied revision: %s: %s%s"
            .formatted(
                state.revision(),
                String.join(", ", shown),
                more > 0 ? " and " + more + " more" : ""));
  }

  private static void name(List<String> names, Set<String> apps, String what) {
    apps.forEach(app -> names.add("AppSandbox/" + app + " " + what));
  }

  private void drifts(
      GenericKubernetesResource source,
      Map<String, Verdict.Drifted> drifts,
      Severity severity,
      Reason reason) {
    drifts.entrySet().stream()
        .limit(NAMED)
        .forEach(
            it ->
                tell(
                    source, severity, reason, StatusFold.driftMessage(it.getKey(), it.getValue())));
    if (drifts.size() > NAMED) {
      tell(source, severity, reason, drifts.size() - NAMED + " more objects");
    }
  }

  private void tell(
      GenericKubernetesResource source, Severity severity, Reason reason, String message) {
    ObjectMeta meta = source.getMetadata();
    var subject =
        new EventRecorder.Subject(
            source.getKind(), meta.getNamespace(), meta.getName(), meta.getUid());
    events.tell(subject, severity, reason, message);
  }

  private static boolean isSame(StatusCondition one, StatusCondition other) {
    return one.status().equals(other.status())
        && one.reason().equals(other.reason())
        && one.message().equals(other.message());
  }

  private static Reason reason(SourceState state) {
    return StatusFold.reason(state);
  }

  @Override
  public void close() {
    gauges.close();
  }
}
