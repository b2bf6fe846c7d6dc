package dev.sandbar.device.report;

import java.util.List;

/**
 * Every metric of the agent. The names are a contract: dashboards and alert rules stand on them. No
 * label ever holds a property, a path or a hash, whose values have no bound.
 */
public enum MetricCatalog {
  RECONCILE_DURATION(
      "sandbar_reconcile_duration_seconds",
      Type.HISTOGRAM,
      "Duration of a reconciliation, by result (success, failure, stalled).",
      "result"),
  RECONCILE_LONGEST(
      "sandbar_reconcile_duration_seconds_max",
      Type.GAUGE,
      "The longest reconciliation of the last two minutes, by result.",
      "result"),
  DRIFTED(
      "sandbar_drifted",
      Type.GAUGE,
      "1 while an app differs from the declared state, else 0.",
      "name"),
  APPS(
      "sandbar_apps",
      Type.GAUGE,
      "Apps of this device by state (ready, reconciling, stalled, failed).",
      "state"),
  DIRECTIVES(
      "sandbar_directives",
      Type.GAUGE,
      "Directives of all apps by what shows that they hold (enforced, degraded, unsupported,"
          + " unknown).",
      "result"),
  DRIFT_DETECTED(
      "sandbar_drift_detected_total",
      Type.COUNTER,
      "Drifts found, by layer (file, manager, process, image, state).",
      "layer"),
  DRIFT_CORRECTED(
      "sandbar_drift_corrected_total",
      Type.COUNTER,
      "Corrections of drift, by result (success, failure, stalled).",
      "result"),
  RESOURCE_FIGHTS(
      "sandbar_resource_fights_total",
      Type.COUNTER,
      "How often something repeatedly undid corrections."),
  BROKER_REQUESTS(
      "sandbar_broker_requests_total",
      Type.COUNTER,
      "Requests of apps that the agent does something for them, by verb (reboot, hostname, clock, none)"
          + " and result (success, denied, failure).",
      "verb",
      "result"),
  GIT_REQUEST(
      "sandbar_git_request_total",
      Type.COUNTER,
      "Requests to the Git server, by kind (ls-remote, fetch) and result (success, failure).",
      "request_type",
      "result"),
  FLEET_REQUEST(
      "sandbar_fleet_request_total",
      Type.COUNTER,
      "Requests to the API server, by kind (get, post, patch, watch) and result (success, failure).",
      "request_type",
      "result"),
  FLEET_CONNECTED(
      "sandbar_fleet_connected",
      Type.GAUGE,
      "1 while the API server responds and accepts this device, else 0; also 0 on a device that belongs to no fleet."),
  FLEET_LAST_CONTACT(
      "sandbar_fleet_last_contact_timestamp_seconds",
      Type.GAUGE,
      "When the API server last responded, in seconds since 1970; 0 if never."),
  LAST_SYNC(
      "sandbar_last_sync_timestamp_seconds",
      Type.GAUGE,
      "When the desired state was last read from its source, in seconds since 1970; 0 if never."),
  ALERT_QUEUE_LENGTH(
      "sandbar_alert_queue_length", Type.GAUGE, "Alerts queued for a destination.", "destination"),
  ALERTS_DROPPED(
      "sandbar_alerts_dropped_total",
      Type.COUNTER,
      "Alerts dropped because the queue was full or the destination refused them.",
      "destination");

  /** What kind of metric it is, in the words of Prometheus. */
  public enum Type {
    COUNTER("counter"),
    GAUGE("gauge"),
    HISTOGRAM("histogram");

    private final String label;

    Type(String label) {
      this.label = label;
    }

    /** The name in the exposition format. */
    public String label() {
      return label;
    }
  }

  private final String exposed;
  private final Type type;
  private final String help;
  private final List<String> labels;

  MetricCatalog(String exposed, Type type, String help, String... labels) {
    this.exposed = exposed;
    this.type = type;
    this.help = help;
    this.labels = List.of(labels);
  }

  /** The name that Prometheus sees. */
  public String exposed() {
    return exposed;
  }

  /** What kind of metric it is. */
  public Type type() {
    return type;
  }

  /** What it means, for people. */
  public String help() {
    return help;
  }

  /** The names of its labels. */
  public List<String> labels() {
    return labels;
  }

  /** The name without what the Prometheus naming convention of Micrometer adds to it. */
  String meterName() {
    return exposed.replaceFirst("(_seconds|_total)$", "");
  }
}
