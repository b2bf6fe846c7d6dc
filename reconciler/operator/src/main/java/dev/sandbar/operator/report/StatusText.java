package dev.sandbar.operator.report;

import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.fleet.AppFold;
import dev.sandbar.core.fleet.FleetCondition;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Condition;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A status as the API server has it, and back. */
public final class StatusText {

  private StatusText() {}

  /** The conditions of a status that the operator knows. */
  public static List<FleetCondition> conditions(Node status) {
    var conditions = new ArrayList<FleetCondition>();
    if (status.fields().get("conditions") instanceof Node.Sequence(_, var items)) {
      for (Node item : items) {
        Map<String, Node> f = item.fields();
        condition(
                text(f.get("type")),
                text(f.get("status")),
                text(f.get("reason")),
                text(f.get("message")),
                text(f.get("lastTransitionTime")),
                number(f.get("observedGeneration")))
            .ifPresent(conditions::add);
      }
    }
    return conditions;
  }

  /** One condition from its texts; empty if its kind or status is unknown here. */
  public static Optional<FleetCondition> condition(
      String type, String status, String reason, String message, String since, long generation) {
    for (Condition.Type t : Condition.Type.values()) {
      for (Condition.Status s : Condition.Status.values()) {
        if (t.text().equals(type) && s.text().equals(status)) {
          return Optional.of(new FleetCondition(t, s, reason, message, instant(since), generation));
        }
      }
    }
    return Optional.empty();
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }

  /** A time as in a status: RFC 3339, whole seconds. */
  public static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** A condition as in a status. */
  public static Node node(FleetCondition condition) {
    return Node.mapping(
        List.of(
            Node.entry("type", Node.text(condition.type().text())),
            Node.entry("status", Node.text(condition.status().text())),
            Node.entry("reason", Node.text(condition.reason())),
            Node.entry("message", Node.text(condition.message())),
            Node.entry("lastTransitionTime", Node.text(time(condition.since()))),
            Node.entry("observedGeneration", Node.number(condition.generation()))));
  }

  /** The status of an AppSandbox. */
  public static Node appStatus(long generation, String handled, AppFold.Summary summary) {
    AppFold.Counts counts = summary.counts();
    var fields = new ArrayList<Node.Entry>();
    fields.add(Node.entry("observedGeneration", Node.number(generation)));
    fields.add(
        Node.entry(
            "conditions", Node.list(summary.conditions().stream().map(StatusText::node).toList())));
    fields.add(
        Node.entry(
            "devices",
            Node.mapping(
                List.of(
                    Node.entry("desired", Node.number(counts.desired())),
                    Node.entry("updated", Node.number(counts.updated())),
                    Node.entry("ready", Node.number(counts.ready())),
                    Node.entry("drifted", Node.number(counts.drifted())),
                    Node.entry("unreachable", Node.number(counts.unreachable())),
                    Node.entry("cannotEnforce", Node.number(counts.cannotEnforce()))))));
    fields.add(
        Node.entry(
            "problems", Node.list(summary.problems().stream().map(StatusText::problem).toList())));
    if (!handled.isEmpty()) {
      fields.add(Node.entry("lastHandledReconcileAt", Node.text(handled)));
    }
    return Node.mapping(fields);
  }

  private static Node problem(AppFold.Held held) {
    return Node.mapping(
        List.of(
            Node.entry("reason", Node.text(held.reason())),
            Node.entry("message", Node.text(held.message())),
            Node.entry("devices", Node.number(held.devices())),
            Node.entry("examples", Node.list(held.examples().stream().map(Node::text).toList()))));
  }

  /** Equal for equal statuses, whoever wrote them. */
  public static String canonical(Node status) {
    return Bundle.digest(status).hex();
  }

  private static String text(@Nullable Node node) {
    return node instanceof Node.Scalar scalar ? scalar.text() : "";
  }

  private static long number(@Nullable Node node) {
    try {
      return Long.parseLong(text(node));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
