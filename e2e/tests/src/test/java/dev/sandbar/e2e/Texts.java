package dev.sandbar.e2e;

import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Texts of documents. */
final class Texts {

  private Texts() {}

  /** The text of a field; empty if there is none. */
  static String at(Node node, String key) {
    return node.fields().get(key) instanceof Node.Scalar(_, _, var text) ? text : "";
  }

  /** The items of a field; none if it is no list. */
  static List<Node> items(Node node, String key) {
    return node.fields().get(key) instanceof Node.Sequence(_, var items) ? items : List.of();
  }

  /** The items of a field as texts; none if it is no list. */
  static List<String> texts(Node node, String key) {
    return items(node, key).stream()
        .map(item -> item instanceof Node.Scalar(_, _, var text) ? text : "")
        .toList();
  }

  /** A document. */
  static Node yaml(String text) {
    return YamlReader.read("test.yaml", text.getBytes(StandardCharsets.UTF_8))
        .documents()
        .getFirst();
  }
}
