package dev.sandbar.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The schema bounds everything that a device, whoever enrols one, or a tenant may write. The only
 * exceptions are parts that the operator alone writes, AppSandboxes, and two fields of a GitSource:
 * their readers are bounded (OversizeTest).
 */
class BoundedKindsTest {
  private static final List<String> EXCEPT =
      List.of(
          // The compiler names what is wrong with any of it, so it has to reach the compiler.
          "appsandboxes.sandbar.dev",
          // Written by the operator alone.
          "devicebundles.sandbar.dev.spec",
          "gitsources.sandbar.dev.status");

  /** Text where it is stored, and a map else: a schema cannot bound what has no type. */
  private static final List<String> UNTYPED =
      List.of("gitsources.sandbar.dev.spec.ref", "gitsources.sandbar.dev.spec.drift");

  private final List<String> open = new ArrayList<>();

  @Test
  void noFieldOfAKindIsWithoutBounds() {
    SchemaFiles.definitions()
        .forEach(
            (name, definition) -> {
              JsonNode parts = definition.at("/spec/versions/0/schema/openAPIV3Schema/properties");
              assertThat(parts.isEmpty()).as(name).isFalse();
              parts.properties().forEach(part -> look(name + "." + part.getKey(), part.getValue()));
            });
    assertThat(open).isEmpty();
  }

  private void look(String path, JsonNode schema) {
    if (EXCEPT.stream().anyMatch(path::startsWith)) {
      return;
    }
    if (UNTYPED.contains(path)) {
      schema
          .path("properties")
          .properties()
          .forEach(it -> look(path + "." + it.getKey(), it.getValue()));
      return;
    }
    if (schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
      open.add(path + " keeps unknown fields");
    }
    switch (schema.path("type").asText()) {
      case "string" -> needs(path, schema, schema.has("maxLength") || schema.has("enum"));
      case "array" -> {
        needs(path, schema, schema.has("maxItems"));
        look(path + "[]", schema.path("items"));
      }
      case "object" -> {
        if (schema.has("additionalProperties")) {
          boolean boundsNames =
              schema.path("x-kubernetes-validations").toString().contains("size()");
          needs(path, schema, schema.has("maxProperties") && boundsNames);
          look(path + "{}", schema.path("additionalProperties"));
        } else {
          needs(path, schema, schema.has("properties"));
        }
      }
      case "integer", "boolean", "number" -> {}
      default -> needs(path, schema, false);
    }
    for (Map.Entry<String, JsonNode> field : schema.path("properties").properties()) {
      look(path + "." + field.getKey(), field.getValue());
    }
  }

  private void needs(String path, JsonNode schema, boolean bounded) {
    if (!bounded) {
      open.add(path + " has no bound: " + schema.path("type").asText());
    }
  }
}
