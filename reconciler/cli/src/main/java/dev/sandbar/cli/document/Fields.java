package dev.sandbar.cli.document;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Takes a document apart that Sandbar wrote itself. Every method throws {@link DocumentException}
 * with the place if the document is something else.
 */
public final class Fields {
  private final Node.Mapping mapping;

  private Fields(Node.Mapping mapping) {
    this.mapping = mapping;
  }

  /** The fields of a map. */
  public static Fields of(Node node) {
    return switch (node) {
      case Node.Mapping mapping -> new Fields(mapping);
      case Node.Scalar _, Node.Sequence _ -> throw wrong(node.at(), "a map was expected");
    };
  }

  /** Where the map begins. */
  public Location at() {
    return mapping.at();
  }

  /** The keys in order. */
  public List<String> keys() {
    return mapping.entries().stream().map(Node.Entry::key).toList();
  }

  /** The value of a field, if there is one. */
  public Optional<Node> find(String key) {
    return mapping.entries().stream()
        .filter(e -> e.key().equals(key))
        .map(Node.Entry::value)
        .findFirst();
  }

  /** The value of a field that must be there. */
  public Node get(String key) {
    return find(key).orElseThrow(() -> wrong(at(), "the field " + key + " is missing"));
  }

  /** A map inside this one. */
  public Fields child(String key) {
    return of(get(key));
  }

  /** Text. */
  public String text(String key) {
    return text(get(key));
  }

  /** A whole number of 64 bits. */
  public long number(String key) {
    return number(get(key));
  }

  /** A boolean. */
  public boolean flag(String key) {
    return flag(get(key));
  }

  /** A list, each item read. */
  public <T> List<T> list(String key, Function<Node, T> item) {
    return items(get(key)).stream().map(item).toList();
  }

  static List<Node> items(Node node) {
    return switch (node) {
      case Node.Sequence sequence -> sequence.items();
      case Node.Scalar _, Node.Mapping _ -> throw wrong(node.at(), "a list was expected");
    };
  }

  /** Text. */
  public static String text(Node node) {
    return scalar(node, "text").text();
  }

  static long number(Node node) {
    try {
      return Long.parseLong(scalar(node, "a whole number").text());
    } catch (NumberFormatException _) {
      throw wrong(node.at(), "a whole number was expected");
    }
  }

  static boolean flag(Node node) {
    Node.Scalar scalar = scalar(node, "true or false");
    if (scalar.kind() != Node.Kind.BOOLEAN) {
      throw wrong(node.at(), "true or false was expected");
    }
    return scalar.text().equals("true");
  }

  static DocumentException wrong(Location at, String message) {
    return new DocumentException(at + ": " + message);
  }

  private static Node.Scalar scalar(Node node, String expected) {
    return switch (node) {
      case Node.Scalar scalar -> scalar;
      case Node.Sequence _, Node.Mapping _ -> throw wrong(node.at(), expected + " was expected");
    };
  }
}
