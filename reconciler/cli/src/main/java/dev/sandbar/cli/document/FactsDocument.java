package dev.sandbar.cli.document;

import dev.sandbar.core.bundle.FactsNode;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.Node;

/** The facts of a device as a document. */
public final class FactsDocument {
  /** The kind of a document that holds facts alone. */
  static final String KIND = "DeviceFacts";

  private FactsDocument() {}

  /** The document. */
  public static Node write(DeviceFacts facts) {
    var document = Envelope.of(KIND);
    Fields fields = Fields.of(FactsNode.toNode(facts));
    fields.keys().forEach(key -> document.put(key, fields.get(key)));
    return document.build();
  }

  static DeviceFacts read(Node node) {
    try {
      return FactsNode.read(node);
    } catch (IllegalArgumentException e) {
      throw Fields.wrong(node.at(), e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }
}
