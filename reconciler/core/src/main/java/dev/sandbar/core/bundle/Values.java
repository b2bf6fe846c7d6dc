package dev.sandbar.core.bundle;

import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Fields of a document that another version of Sandbar may have written: what is missing or of
 * another kind reads as empty, and nothing is longer than its bound.
 */
final class Values {
  private final SequencedMap<String, Node> fields;

  private Values(SequencedMap<String, Node> fields) {
    this.fields = fields;
  }

  static Values of(Node node) {
    return new Values(node.fields());
  }

  boolean has(String key) {
    return fields.containsKey(key);
  }

  /** The value; an empty map if there is none. */
  Node node(String key) {
    return fields.getOrDefault(key, Node.mapping(List.of()));
  }

  String text(String key, int most) {
    return text(node(key), most);
  }

  static String text(Node node, int most) {
    return node instanceof Node.Scalar(_, var kind, var text) && kind != Node.Kind.NULL
        ? cut(text, most)
        : "";
  }

  long number(String key) {
    try {
      return Long.parseLong(text(key, 20));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  boolean flag(String key) {
    return node(key) instanceof Node.Scalar(_, var kind, var text)
        && kind == Node.Kind.BOOLEAN
        && Boolean.parseBoolean(text);
  }

  List<Node> items(String key, int most) {
    List<Node> items =
        node(key) instanceof Node.Sequence sequence ? sequence.items() : List.<Node>of();
    return items.size() > most ? items.subList(0, most) : items;
  }

  List<String> texts(String key, int most, int length) {
    return items(key, most).stream().map(item -> text(item, length)).toList();
  }

  SortedMap<String, String> pairs(String key, int most, int length) {
    var pairs = new TreeMap<String, String>();
    for (Map.Entry<String, Node> entry : node(key).fields().entrySet()) {
      if (pairs.size() < most) {
        pairs.put(cut(entry.getKey(), length), text(entry.getValue(), length));
      }
    }
    return pairs;
  }

  /** At most so many characters, and no half of one. */
  static String cut(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    return text.substring(0, end);
  }

  static Node pairs(Map<String, String> pairs) {
    var entries = new ArrayList<Node.Entry>();
    pairs.forEach((key, value) -> entries.add(Node.entry(key, Node.text(value))));
    return Node.mapping(entries);
  }

  static Node texts(Iterable<String> texts) {
    var items = new ArrayList<Node>();
    texts.forEach(text -> items.add(Node.text(text)));
    return Node.list(items);
  }
}
