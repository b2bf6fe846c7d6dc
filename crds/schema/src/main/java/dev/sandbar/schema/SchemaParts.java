package dev.sandbar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** Access to parts of a definition that must be there. */
final class SchemaParts {

  private SchemaParts() {}

  static ObjectNode object(@Nullable JsonNode node) {
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new IllegalStateException("not an object: " + node);
  }
}
