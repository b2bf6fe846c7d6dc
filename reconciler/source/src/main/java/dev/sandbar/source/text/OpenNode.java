package dev.sandbar.source.text;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A map or a list whose end has not been read yet. */
final class OpenNode {
  private final Location at;
  private final boolean mapping;
  private final List<Node> items = new ArrayList<>();
  private final List<Node.Entry> entries = new ArrayList<>();
  private final Map<String, Location> keys = new HashMap<>();
  private Location keyAt;
  private @Nullable String key;

  OpenNode(Location at, boolean mapping) {
    this.at = at;
    this.mapping = mapping;
    this.keyAt = at;
  }

  boolean wantsKey() {
    return mapping && key == null;
  }

  /** Takes the key of the next value; gives the place where it stood before, if it did. */
  Optional<Location> key(Location where, String name) {
    keyAt = where;
    key = name;
    return Optional.ofNullable(keys.putIfAbsent(name, where));
  }

  void value(Node node) {
    if (!mapping) {
      items.add(node);
      return;
    }
    String name = key;
    if (name == null) {
      throw new IllegalStateException("a value came before its key");
    }
    entries.add(new Node.Entry(keyAt, name, node));
    key = null;
  }

  Node toNode() {
    return mapping ? new Node.Mapping(at, entries) : new Node.Sequence(at, items);
  }
}
