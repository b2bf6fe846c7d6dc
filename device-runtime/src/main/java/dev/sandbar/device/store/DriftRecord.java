package dev.sandbar.device.store;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import java.util.List;

/**
 * Drift that goes on, remembered so that "since" and the count of corrections survive the agent.
 *
 * @param since milliseconds since 1970
 * @param corrections how often it was corrected and came back
 * @param correctedAt when last, milliseconds since 1970; 0 for never
 */
public record DriftRecord(Difference difference, long since, int corrections, long correctedAt) {

  /** For {@link StateStore#save}. */
  public Node toNode() {
    return Fields.mapping(
        List.of(
            Fields.entry("unit", Node.text(difference.unit().value())),
            Fields.entry("layer", Node.text(difference.layer().name())),
            Fields.entry("subject", Node.text(difference.subject())),
            Fields.entry("declared", Node.text(difference.declared())),
            Fields.entry("observed", Node.text(difference.observed())),
            Fields.entry("since", Node.number(since)),
            Fields.entry("corrections", Node.number(corrections)),
            Fields.entry("correctedAt", Node.number(correctedAt))));
  }

  /**
   * From {@link StateStore#load}.
   *
   * @throws IllegalArgumentException if unit or layer make no sense
   */
  public static DriftRecord fromNode(Node node) {
    Fields fields = Fields.of(node);
    return new DriftRecord(
        new Difference(
            new UnitName(fields.text("unit")),
            Difference.Layer.valueOf(fields.text("layer")),
            fields.text("subject"),
            fields.text("declared"),
            fields.text("observed")),
        fields.number("since"),
        (int) fields.number("corrections"),
        fields.number("correctedAt"));
  }
}
