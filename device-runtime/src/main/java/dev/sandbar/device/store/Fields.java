package dev.sandbar.device.store;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The fields of a document that Sandbar itself has written. What is missing or of another kind
 * reads as empty: older versions had fewer fields.
 */
public final class Fields {

  private final Map<String, Node> nodes;

  private Fields(Map<String, Node> nodes) {
    this.nodes = nodes;
  }

  /** The fields of a map; none of any other node. */
  public static Fields of(Node node) {
    var nodes = new HashMap<String, Node>();
    if (node instanceof Node.Mapping mapping) {
      mapping.entries().forEach(entry -> nodes.put(entry.key(), entry.value()));
    }
    return new Fields(nodes);
  }

  /** A map in the order of the entries, without a place. */
  public static Node mapping(List<Node.Entry> entries) {
    return new Node.Mapping(Location.NOWHERE, entries);
  }

  /** An entry without a place. */
  public static Node.Entry entry(String key, Node value) {
    return new Node.Entry(Location.NOWHERE, key, value);
  }

  /** The node; a null node if there is none. */
  public Node node(String key) {
    return nodes.getOrDefault(key, new Node.Scalar(Location.NOWHERE, Node.Kind.NULL, "null"));
  }

  /** The text of a single value. */
  public String text(String key) {
    return text(node(key));
  }

  /** The text of a single value; empty for anything else. */
  public static String text(Node node) {
    return node instanceof Node.Scalar scalar && scalar.kind() != Node.Kind.NULL
        ? scalar.text()
        : "";
  }

  /** A whole number; 0 if it is none. */
  public long number(String key) {
    try {
      return Long.parseLong(text(key));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** The items of a list. */
  public List<Node> items(String key) {
    return node(key) instanceof Node.Sequence sequence ? sequence.items() : List.of();
  }

  /** The entries of a map. */
  public List<Node.Entry> entries(String key) {
    return node(key) instanceof Node.Mapping mapping ? mapping.entries() : List.of();
  }
}
