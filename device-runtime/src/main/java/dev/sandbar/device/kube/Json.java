package dev.sandbar.device.kube;

import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads and builds the JSON of the API server. */
public final class Json {
  private Json() {}

  /** What stands at the path; empty if nothing does. */
  public static Optional<Node> at(Node node, String... path) {
    Node here = node;
    for (String key : path) {
      Node next = null;
      if (here instanceof Node.Mapping mapping) {
        for (Node.Entry entry : mapping.entries()) {
          if (entry.key().equals(key)) {
            next = entry.value();
          }
        }
      }
      if (next == null) {
        return Optional.empty();
      }
      here = next;
    }
    return Optional.of(here);
  }

  /** The scalar at the path, without quotes; empty for anything else, and for null. */
  public static Optional<String> text(Node node, String... path) {
    return at(node, path)
        .flatMap(
            it ->
                it instanceof Node.Scalar(var _, var kind, var text) && kind != Node.Kind.NULL
                    ? Optional.of(text)
                    : Optional.empty());
  }

  /** The list at the path; an empty one for anything else. */
  public static List<Node> items(Node node, String... path) {
    return at(node, path)
        .map(it -> it instanceof Node.Sequence(var _, var items) ? items : List.<Node>of())
        .orElse(List.of());
  }

  /** A map of keys and values in turn; values are nodes, texts, whole numbers or booleans. */
  public static Node object(Object... keysAndValues) {
    var entries = new ArrayList<Node.Entry>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      entries.add(Node.entry((String) keysAndValues[i], node(keysAndValues[i + 1])));
    }
    return Node.mapping(entries);
  }

  /** A list of texts. */
  public static Node texts(List<String> texts) {
    return Node.list(texts.stream().map(Node::text).toList());
  }

  /** A map of texts. */
  public static Node texts(Map<String, String> texts) {
    return Node.mapping(
        texts.entrySet().stream()
            .map(entry -> Node.entry(entry.getKey(), Node.text(entry.getValue())))
            .toList());
  }

  private static Node node(Object value) {
    return switch (value) {
      case Node node -> node;
      case String text -> Node.text(text);
      case Integer number -> Node.number(number);
      case Long number -> Node.number(number);
      case Boolean flag -> Node.flag(flag);
      default -> throw new IllegalArgumentException("no JSON: " + value.getClass());
    };
  }
}
