package dev.sandbar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * How server-side apply merges lists. In a list of objects with a name each entry has its own
 * owner, so that somebody can add one to an app that somebody else declares. Any other list is
 * replaced as a whole by whoever applies it, and so is a list that may be {@code false} instead:
 * such a value has no type.
 */
final class ListTypes {
  /** Of the spec of an app: the reader refuses two entries of one name. */
  private static final Map<String, String> KEYS =
      Map.of("files", "path", "secrets", "name", "variables", "name", "raw", "directive");

  private ListTypes() {}

  /** Of an app. */
  static void named(ObjectNode definition) {
    JsonNode spec =
        definition.at("/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties");
    KEYS.forEach((list, key) -> ListType.writeMap(SchemaParts.object(spec.path(list)), key));
  }

  /** Of every list that has none yet. */
  static void atomic(JsonNode node) {
    if (node instanceof ObjectNode schema
        && schema.path("type").asText().equals("array")
        && schema.has("items")
        && !ListType.isIn(schema)) {
      ListType.ATOMIC.write(schema);
    }
    node.forEach(ListTypes::atomic);
  }
}
