package dev.sandbar.core.bundle;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.Map;

/** JSON merge patches (RFC 7396). */
public final class MergePatch {
  private static final Node NULL = new Node.Scalar(Location.NOWHERE, Node.Kind.NULL, "null");

  private MergePatch() {}

  /** The smallest patch that makes one map of the other; an empty map if they are equal. */
  public static Node between(Node from, Node to) {
    Map<String, Node> before = from.fields();
    Map<String, Node> after = to.fields();
    var changes = new ArrayList<Node.Entry>();
    before.keySet().stream()
        .filter(key -> !after.containsKey(key))
        .forEach(key -> changes.add(Node.entry(key, NULL)));
    after.forEach(
        (key, value) -> {
          Node old = before.get(key);
          if (old instanceof Node.Mapping && value instanceof Node.Mapping) {
            Node inner = between(old, value);
            if (!inner.fields().isEmpty()) {
              changes.add(Node.entry(key, inner));
            }
          } else if (old == null || !CanonicalText.same(old, value)) {
            changes.add(Node.entry(key, value));
          }
        });
    return Node.mapping(changes);
  }
}
