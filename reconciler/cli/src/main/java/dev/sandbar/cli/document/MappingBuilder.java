package dev.sandbar.cli.document;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Builds a map for output, in the order of the calls. */
public final class MappingBuilder {
  private final List<Node.Entry> entries = new ArrayList<>();

  /** Adds an entry. */
  public MappingBuilder put(String key, Node value) {
    entries.add(new Node.Entry(Location.NOWHERE, key, value));
    return this;
  }

  /** Adds text. */
  public MappingBuilder put(String key, String value) {
    return put(key, Node.text(value));
  }

  /** Adds a number. */
  public MappingBuilder put(String key, long value) {
    return put(key, Node.number(value));
  }

  /** Adds a boolean. */
  public MappingBuilder put(String key, boolean value) {
    return put(key, Node.flag(value));
  }

  /** Adds a list of texts. */
  public MappingBuilder texts(String key, Collection<String> values) {
    return put(key, Node.list(values.stream().map(Node::text).toList()));
  }

  /** Adds a map of texts. */
  public MappingBuilder texts(String key, Map<String, String> values) {
    var map = new MappingBuilder();
    values.forEach(map::put);
    return put(key, map.build());
  }

  /** The map. */
  public Node build() {
    return new Node.Mapping(Location.NOWHERE, entries);
  }
}
