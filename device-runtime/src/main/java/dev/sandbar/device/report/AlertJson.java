package dev.sandbar.device.report;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.report.DriftAlert.Cause;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Resolved;
import dev.sandbar.device.report.DriftAlert.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** The wire formats, as trees. They are contracts of others: nothing here is free to change. */
final class AlertJson {

  /** Flux receivers refuse a longer message (fluxcd/pkg apis/event/v1beta1). */
  static final int LONGEST_MESSAGE = 39_000;

  /** In characters, each of at most three bytes or half of four. */
  private static final int LONGEST_ON_A_PHONE = 1000;

  private static final int USUAL = 3;
  private static final int HIGH = 4;

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
    Node labels =
        mapping(
            text("alertname", "Sandbar" + cause.reason().began()),
            text("severity", cause.severity().label()),
            text("reason", cause.reason().began()),
            text("kind", KIND),
            text("name", cause.app()),
            text("device", cause.device()),
            text("unit", cause.unit()),
            text("layer", cause.layer()),
            text("subject", cause.subject()));
    Node annotations =
        mapping(
            text("summary", summary(cause)),
            text("description", message(alert)),
            text("declared", cause.declared()),
            text("observed", cause.observed()),
            text("revision", cause.revision()));
    Node.Entry starts = text("startsAt", clock.past(cause.startsAt()).toString());
    return switch (alert) {
      // Without an end Alertmanager sets one by its own clock and its resolve_timeout. A device
      // without a battery clock would name one that has passed, and so silence itself.
      case Firing firing ->
          mapping(Node.entry("labels", labels), Node.entry("annotations", annotations), starts);
      case Resolved resolved ->
          mapping(
              Node.entry("labels", labels),
              Node.entry("annotations", annotations),
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
    Node involved =
        mapping(
            text("apiVersion", API_VERSION),
            text("kind", KIND),
            text("namespace", cause.device()),
            text("name", cause.app()));
    Node metadata =
        mapping(
            text(PREFIX + "revision", cause.revision()),
            // Receivers drop an event that repeats name, message, revision and token within five
            // minutes. The token makes the same drift at another time another event, and leaves a
            // second delivery of one event a repetition.
            text(PREFIX + "token", (ended ? "ended-" : "began-") + alert.at().toEpochMilli()),
            text(PREFIX + "device", cause.device()),
            text(PREFIX + "unit", cause.unit()),
            text(PREFIX + "layer", cause.layer()),
            text(PREFIX + "subject", cause.subject()),
            text(PREFIX + "declared", cause.declared()),
            text(PREFIX + "observed", cause.observed()),
            text(PREFIX + "startsAt", cause.startsAt().toString()));
    return mapping(
        Node.entry("involvedObject", involved),
        text("severity", severity.label()),
        text("timestamp", alert.at().toString()),
        text("message", message(alert)),
        text("reason", ended ? cause.reason().ended() : cause.reason().began()),
        Node.entry("metadata", metadata),
        text("reportingController", "sandbar-agent"),
        text("reportingInstance", cause.device()));
  }

  /** The body of a message to a topic of ntfy, whose server refuses one of more than 4096 bytes. */
  static Node ntfy(String topic, DriftAlert alert) {
    boolean ended = alert instanceof Resolved;
    boolean urgent = !ended && alert.cause().severity() == Severity.ERROR;
    String message = message(alert);
    return mapping(
        text("topic", topic),
        text("title", ended ? alert.cause().reason().ended() : alert.cause().reason().began()),
        text("message", DriftAlert.cut(message, LONGEST_ON_A_PHONE)),
        Node.entry("priority", Node.number(urgent ? HIGH : USUAL)),
        Node.entry("tags", Node.list(List.of(Node.text(ended ? "white_check_mark" : "warning")))));
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

  private static Node mapping(Node.Entry... entries) {
    return Node.mapping(List.of(entries));
  }

  static Node.Entry text(String key, String value) {
    return Node.entry(key, Node.text(value));
  }
}
