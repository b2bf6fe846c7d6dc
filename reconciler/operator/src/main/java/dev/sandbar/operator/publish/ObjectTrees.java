package dev.sandbar.operator.publish;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Objects of the API server, field by field as they were sent, as documents of the core. */
public final class ObjectTrees {

  /** Deeper than any spec; the API server takes 10,000 levels, which no stack of ours holds. */
  private static final int MOST_DEPTH = 256;

  private static final String TOO_DEEP = "(nested too deeply)";

  private ObjectTrees() {}

  /** A field of an object; an empty map if it is absent. */
  public static Node field(GenericKubernetesResource object, String name) {
    return Optional.ofNullable(object.getAdditionalProperties().get(name))
        .map(value -> node(value, MOST_DEPTH))
        .orElseGet(() -> Node.mapping(List.of()));
  }

  private static Node node(@Nullable Object value, int depth) {
    if (depth == 0 && (value instanceof Map<?, ?> || value instanceof List<?>)) {
      return Node.text(TOO_DEEP);
    }
    return switch (value) {
      case null -> scalar(Node.Kind.NULL, "null");
      case Map<?, ?> map -> mapping(map, depth - 1);
      case List<?> list -> {
        var items = new ArrayList<Node>();
        list.forEach(item -> items.add(node(item, depth - 1)));
        yield Node.list(items);
      }
      case Boolean flag -> Node.flag(flag);
      case Integer number -> Node.number(number);
      case Long number -> Node.number(number);
      case BigInteger number -> scalar(Node.Kind.INTEGER, number.toString());
      case BigDecimal number -> scalar(Node.Kind.DECIMAL, number.toString());
      case Number number -> scalar(Node.Kind.DECIMAL, number.toString());
      default -> Node.text(value.toString());
    };
  }

  private static Node mapping(Map<?, ?> map, int depth) {
    var entries = new ArrayList<Node.Entry>();
    map.forEach((key, value) -> entries.add(Node.entry(String.valueOf(key), node(value, depth))));
    return Node.mapping(entries);
  }

  private static Node scalar(Node.Kind kind, String text) {
    return new Node.Scalar(Location.NOWHERE, kind, text);
  }
}
