package dev.sandbar.core.bundle;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Condition;
import java.util.List;

/**
 * A condition on its way through the API server; texts, because the other side may be newer.
 *
 * @param message at most {@value #MAX_MESSAGE} characters
 * @param lastTransitionTime RFC 3339
 */
public record ReportedCondition(
    String type, String status, String reason, String message, String lastTransitionTime) {

  /** The longest message, in characters. */
  public static final int MAX_MESSAGE = 512;

  private static final int WORD = 64;

  public ReportedCondition {
    type = Values.cut(type, WORD);
    status = Values.cut(status, WORD);
    reason = Values.cut(reason, WORD);
    message = Values.cut(message, MAX_MESSAGE);
    lastTransitionTime = Values.cut(lastTransitionTime, WORD);
  }

  /** As the device has it. */
  public static ReportedCondition of(Condition condition) {
    return new ReportedCondition(
        condition.type().text(),
        condition.status().text(),
        condition.reason().text(),
        condition.message(),
        Times.seconds(condition.since()));
  }

  /** As in a status. */
  public Node toNode() {
    return Node.mapping(
        List.of(
            Node.entry("type", Node.text(type)),
            Node.entry("status", Node.text(status)),
            Node.entry("reason", Node.text(reason)),
            Node.entry("message", Node.text(message)),
            Node.entry("lastTransitionTime", Node.text(lastTransitionTime))));
  }

  /** From a status. */
  public static ReportedCondition read(Node node) {
    Values fields = Values.of(node);
    return new ReportedCondition(
        fields.text("type", WORD),
        fields.text("status", WORD),
        fields.text("reason", WORD),
        fields.text("message", MAX_MESSAGE),
        fields.text("lastTransitionTime", WORD));
  }
}
