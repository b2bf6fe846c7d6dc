package dev.sandbar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;

/** How server-side apply merges a list (x-kubernetes-list-type). */
enum ListType {
  /** Replaced as a whole. */
  ATOMIC("atomic"),
  /** Entries with a key have owners of their own. */
  MAP("map"),
  /** Values have owners of their own. */
  SET("set");

  static final String KEYWORD = "x-kubernetes-list-type";
  static final String KEYS = "x-kubernetes-list-map-keys";

  private final String text;

  ListType(String text) {
    this.text = text;
  }

  /**
   * That of the schema of a list; one that says none is atomic.
   *
   * @throws IllegalArgumentException if the API server knows no such type
   */
  static ListType of(JsonNode schema) {
    JsonNode said = schema.path(KEYWORD);
    return said.isMissingNode()
        ? ATOMIC
        : Arrays.stream(values())
            .filter(it -> it.text.equals(said.asText()))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no type of a list: " + said));
  }

  /** Whether the schema says it itself. */
  static boolean isIn(JsonNode schema) {
    return schema.has(KEYWORD);
  }

  void write(ObjectNode schema) {
    schema.put(KEYWORD, text);
  }

  /** A list whose entries have this key. */
  static void writeMap(ObjectNode schema, String key) {
    MAP.write(schema);
    schema.putArray(KEYS).add(key);
  }

  @Override
  public String toString() {
    return text;
  }
}
