package dev.sandbar.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Whatever a tenant may write is bounded: a spec without a bound somewhere is as large as the store
 * lets it be.
 */
class BoundsTest {

  @Test
  void everyPartOfAnAppSandboxSpecIsBounded() {
    var unbounded = new ArrayList<String>();
    JsonNode spec =
        SchemaParts.object(SchemaFiles.definitions().get("appsandboxes.sandbar.dev"))
            .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
    assertThat(spec.path("properties").size()).isPositive();
    walk("spec", spec, unbounded);
    assertThat(unbounded).isEmpty();
  }

  @Test
  void whatIsNotBoundedIsFound() {
    var unbounded = new ArrayList<String>();
    walk("a", parse("{\"type\": \"string\"}"), unbounded);
    walk("b", parse("{\"type\": \"array\", \"items\": {\"type\": \"boolean\"}}"), unbounded);
    walk("c", parse("{\"type\": \"object\"}"), unbounded);
    walk("d", parse("{\"x-kubernetes-preserve-unknown-fields\": true}"), unbounded);
    walk(
        "e",
        parse(
            "{\"type\": \"object\", \"maxProperties\": 1,"
                + " \"additionalProperties\": {\"type\": \"boolean\"}}"),
        unbounded);
    assertThat(unbounded).hasSize(5);
  }

  private static JsonNode parse(String json) {
    return io.fabric8.kubernetes.client.utils.Serialization.unmarshal(json, JsonNode.class);
  }

  private static void walk(String path, JsonNode schema, List<String> unbounded) {
    switch (schema.path("type").asText()) {
      case "boolean", "integer" -> {}
      case "string" -> need(path, schema, unbounded, schema.has("enum") ? "enum" : "maxLength");
      case "array" -> {
        need(path, schema, unbounded, "maxItems");
        walk(path + "[]", schema.path("items"), unbounded);
      }
      case "object" -> {
        if (schema.has("additionalProperties")) {
          need(path, schema, unbounded, "maxProperties");
          if (!schema.path("x-kubernetes-validations").toString().contains("k.size() <=")) {
            unbounded.add(path + ": the length of its keys");
          }
          walk(path + "{}", schema.path("additionalProperties"), unbounded);
        } else if (schema.path("properties").isEmpty()) {
          unbounded.add(path + ": any fields");
        }
      }
      default -> {
        need(path, schema, unbounded, "maxLength");
        if (schema.has("items")) {
          need(path, schema, unbounded, "maxItems");
          walk(path + "[]", schema.path("items"), unbounded);
        }
      }
    }
    schema
        .path("properties")
        .properties()
        .forEach(field -> walk(path + "." + field.getKey(), field.getValue(), unbounded));
  }

  private static void need(String path, JsonNode schema, List<String> unbounded, String keyword) {
    if (!schema.has(keyword)) {
      unbounded.add(path + ": " + keyword);
    }
  }
}
