package dev.sandbar.cli.document;

import dev.sandbar.core.bundle.FactsNode;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.plan.Observation;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/**
 * A device as it was seen at one moment: what it is, and what runs on it.
 *
 * @param takenAt the moment
 */
public record ObservationDocument(Instant takenAt, DeviceFacts facts, Observation observation) {
  private static final String KIND = "DeviceObservation";

  /** The document. */
  public Node write() {
    var units = new MappingBuilder();
    observation.units().forEach((name, unit) -> units.put(name.value(), UnitDocument.write(unit)));
    return Envelope.of(KIND)
        .put("takenAt", takenAt.toString())
        .put("facts", FactsNode.toNode(facts))
        .put("units", units.build())
        .texts("images", observation.images())
        .build();
  }

  /**
   * Reads a saved observation.
   *
   * @throws DocumentException if it is something else
   */
  public static ObservationDocument read(Node document) {
    if (!Envelope.kind(document).equals(KIND)) {
      throw Fields.wrong(
          document.at(),
          "this is no saved observation (make one with: sandbar observe --out FILE)");
    }
    Fields fields = Fields.of(document);
    return new ObservationDocument(
        instant(fields.get("takenAt")),
        FactsDocument.read(fields.get("facts")),
        new Observation(
            UnitDocument.readAll(fields.child("units")), fields.map("images", Fields::text)));
  }

  /**
   * Reads the facts of a saved observation or of saved facts.
   *
   * @throws DocumentException if it is something else
   */
  public static DeviceFacts readFacts(Node document) {
    return switch (Envelope.kind(document)) {
      case KIND -> FactsDocument.read(Fields.of(document).get("facts"));
      case FactsDocument.KIND -> FactsDocument.read(document);
      default ->
          throw Fields.wrong(
              document.at(),
              "these are no saved facts (make them with: sandbar facts -o json > FILE)");
    };
  }

  private static Instant instant(Node node) {
    try {
      return Instant.parse(Fields.text(node));
    } catch (DateTimeParseException _) {
      throw Fields.wrong(node.at(), "a time like 2026-01-31T12:00:00Z was expected");
    }
  }
}
