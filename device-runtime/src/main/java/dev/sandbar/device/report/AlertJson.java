package dev.sandbar.device.report;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.report.DriftAlert.Cause;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Resolved;
import dev.sandbar.device.report.DriftAlert.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The two wire formats, as trees. Both are contracts of others: nothing here is free to change. */
final class AlertJson {

  /** Flux receivers refuse a longer message (fluxcd/pkg apis/event/v1beta1). */
  static final int LONGEST_MESSAGE = 39_000;

  private static final String KIND = "AppSandbox";
  private static final String API_VERSION = "sandbar.dev/v1alpha1";
  private static final String PREFIX = "sandbar.dev/";

  private AlertJson() {}

  /** The body of {@code POST /api/v2/alerts}. */
  static Node alertmanager(List<AlertSender.Message> messages, ServerClock clock) {
    return Node.list(messages.stream().map(message -> postableAlert(message, clock)).toList());
  }

  private static Node postableAlert(AlertSender.Message message, ServerClock clock) {
    DriftAlert alert = message.alert();
    Cause cause = alert.cause();
    Node.Mapping labels =
        texts(
            entry("alertname", "Sandbar" + cause.reason().began()),
            entry("severity", cause.severity().label()),
            entry("reason", cause.reason().began()),
            entry("kind", KIND),
            entry("name", cause.app()),
            entry("device", cause.device()),
            entry("unit", cause.unit()),
            entry("layer", cause.layer()),
            entry("subject", cause.subject()));
    Node.Mapping annotations =
        texts(
            entry("summary", summary(cause)),
            entry("description", message(alert)),
            entry("declared", cause.declared()),
            entry("observed", cause.observed()),
            entry("revision", cause.revision()));
    Node.Entry starts = text("startsAt", clock.past(cause.startsAt()).toString());
    return switch (alert) {
      // Without an end Alertmanager sets one by its own clock and its resolve_timeout. A device
      // without a battery clock would name one that has passed, and so silence itself.
      case Firing firing ->
          mapping(node("labels", labels), node("annotations", annotations), starts);
      case Resolved resolved ->
          mapping(
              node("labels", labels),
              node("annotations", annotations),
              starts,
              text("endsAt", end(resolved, message.lingers(), clock).toString()));
    };
  }

  private static Instant end(Resolved resolved, Duration lingers, ServerClock clock) {
    return lingers.isZero() ? clock.past(resolved.endsAt()) : clock.in(lingers);
  }

  /** The event that Flux's notification controller sends to a generic webhook. */
  static Node event(DriftAlert alert) {
    Cause cause = alert.cause();
    boolean ended = alert instanceof Resolved;
    Severity severity = ended ? Severity.INFO : cause.severity();
    Node.Mapping involved =
        texts(
            entry("apiVersion", API_VERSION),
            entry("kind", KIND),
            entry("namespace", cause.device()),
            entry("name", cause.app()));
    Node.Mapping metadata =
        texts(
            entry(PREFIX + "revision", cause.revision()),
            // Receivers drop an event that repeats name, message, revision and token within five
            // minutes. The token makes the same drift at another time another event, and leaves a
            // second delivery of one event a repetition.
            entry(PREFIX + "token", (ended ? "ended-" : "began-") + alert.at().toEpochMilli()),
            entry(PREFIX + "device", cause.device()),
            entry(PREFIX + "unit", cause.unit()),
            entry(PREFIX + "layer", cause.layer()),
            entry(PREFIX + "subject", cause.subject()),
            entry(PREFIX + "declared", cause.declared()),
            entry(PREFIX + "observed", cause.observed()),
            entry(PREFIX + "startsAt", cause.startsAt().toString()));
    return mapping(
        node("involvedObject", involved),
        text("severity", severity.label()),
        text("timestamp", alert.at().toString()),
        text("message", message(alert)),
        text("reason", ended ? cause.reason().ended() : cause.reason().began()),
        node("metadata", metadata),
        text("reportingController", "sandbar-agent"),
        text("reportingInstance", cause.device()));
  }

  static String message(DriftAlert alert) {
    Cause cause = alert.cause();
    String text =
        switch (alert) {
          case Firing firing ->
              summary(cause) + ": declared " + cause.declared() + ", observed " + cause.observed();
          case Resolved resolved -> summary(cause) + ": ended, as declared again";
        };
    return text.length() <= LONGEST_MESSAGE ? text : text.substring(0, LONGEST_MESSAGE);
  }

  private static String summary(Cause cause) {
    String what =
        switch (cause.reason()) {
          case DRIFT_DETECTED -> "drift of ";
          case FIGHT_DETECTED -> "something undoes the correction of ";
        };
    return what
        + cause.subject()
        + " in "
        + cause.app()
        + " on "
        + cause.device()
        + " ("
        + cause.layer().toLowerCase(Locale.ROOT)
        + ")";
  }

  @SafeVarargs
  private static Node.Mapping texts(Map.Entry<String, String>... entries) {
    return new Node.Mapping(
        Location.NOWHERE,
        List.of(entries).stream()
            .map(entry -> text(entry.getKey(), entry.getValue()))
            .collect(Collectors.toList()));
  }

  private static Map.Entry<String, String> entry(String key, String value) {
    return Map.entry(key, value);
  }

  private static Node.Mapping mapping(Node.Entry... entries) {
    return new Node.Mapping(Location.NOWHERE, List.of(entries));
  }

  private static Node.Entry text(String key, String value) {
    return node(key, Node.text(value));
  }

  private static Node.Entry node(String key, Node value) {
    return new Node.Entry(Location.NOWHERE, key, value);
  }
}
