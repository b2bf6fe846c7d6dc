package dev.sandbar.core.bundle;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Drift;
import java.util.List;

/**
 * A difference that lasts.
 *
 * @param layer for example {@code FILE}
 * @param declared at most {@value #MAX_VALUE} characters, like the observed value
 * @param since RFC 3339
 */
public record ReportedDrift(
    String layer, String subject, String declared, String observed, String since) {

  /** The longest value, in characters. */
  public static final int MAX_VALUE = 256;

  public ReportedDrift {
    layer = Values.cut(layer, 32);
    subject = Values.cut(subject, MAX_VALUE);
    declared = Values.cut(declared, MAX_VALUE);
    observed = Values.cut(observed, MAX_VALUE);
    since = Values.cut(since, 64);
  }

  /** As the device has it. */
  public static ReportedDrift of(Drift drift) {
    return new ReportedDrift(
        drift.difference().layer().name(),
        drift.difference().subject().toString(),
        drift.difference().declared(),
        drift.difference().observed(),
        Times.seconds(drift.since()));
  }

  /** As in a status. */
  public Node toNode() {
    return Node.mapping(
        List.of(
            Node.entry("layer", Node.text(layer)),
            Node.entry("subject", Node.text(subject)),
            Node.entry("declared", Node.text(declared)),
            Node.entry("observed", Node.text(observed)),
            Node.entry("since", Node.text(since))));
  }

  /** From a status. */
  public static ReportedDrift read(Node node) {
    Values fields = Values.of(node);
    return new ReportedDrift(
        fields.text("layer", 32),
        fields.text("subject", MAX_VALUE),
        fields.text("declared", MAX_VALUE),
        fields.text("observed", MAX_VALUE),
        fields.text("since", 64));
  }
}
