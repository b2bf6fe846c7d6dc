package dev.sandbar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.model.Lifecycle.Command;
import dev.sandbar.core.model.SpecBounds;
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

  /** Adds a rule in the Common Expression Language, and what is said when it does not hold. */
  static void rule(ObjectNode schema, String rule, String message) {
    JsonNode present = schema.path("x-kubernetes-validations");
    ArrayNode rules =
        present instanceof ArrayNode array ? array : schema.putArray("x-kubernetes-validations");
    rules.addObject().put("rule", rule).put("message", message);
  }

  /** An absolute path that a unit file can hold. */
  static void path(ObjectNode schema) {
    safe(schema);
    rule(
        schema,
        Cel.matches("self", Cel.PATH),
        "write an absolute path without '.', '..' and double slashes");
  }

  /** An absolute path and arguments. */
  static void command(ObjectNode schema, int most) {
    command(schema, most, Cel.PATH);
  }

  /** The same, or one that may fail, by a prefix of its path. */
  static void commandBeside(ObjectNode schema, int most) {
    command(schema, most, Cel.PATH.replaceFirst("\\^", "^" + Command.MAY_FAIL + "?"));
  }

  private static void command(ObjectNode schema, int most, String path) {
    rule(
        schema,
        "self.size() == 0 || " + Cel.matches("self[0]", path),
        "the program is not an absolute path without '.', '..' and double slashes: write"
            + " [/absolute/path, argument]");
    schema.put("minItems", 1).put("maxItems", most);
    safe(object(schema.path("items")));
  }

  /** Text that a unit file can hold. */
  static void safe(ObjectNode schema) {
    schema.put("maxLength", SpecBounds.LONGEST_TEXT);
    rule(
        schema,
        Cel.matches("self", Cel.SAFE),
        "a unit file cannot hold a newline, another control character, or a backslash at the end:"
            + " remove it; put such text in a file that the app reads");
  }
}
