package dev.sandbar.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a device may write has a bound, every part of it. */
class StatusBoundsTest {

  @ParameterizedTest
  @CsvSource({
    "devices.sandbar.dev, 30",
    "devicebundles.sandbar.dev, 30",
    "devicequeries.sandbar.dev, 4"
  })
  void everyPartThatADeviceMayWriteIsBounded(String kind, int least) {
    JsonNode status =
        Objects.requireNonNull(SchemaFiles.definitions().get(kind))
            .at("/spec/versions/0/schema/openAPIV3Schema/properties/status");
    var unbounded = new ArrayList<String>();
    int parts = walk("status", status, unbounded);
    assertThat(unbounded).isEmpty();
    assertThat(parts).isGreaterThan(least);
  }

  private static int walk(String path, JsonNode schema, List<String> unbounded) {
    boolean bounded =
        switch (schema.path("type").asText()) {
          case "string" -> schema.has("maxLength");
          case "integer", "number" -> schema.has("minimum") && schema.has("maximum");
          case "array" -> schema.has("maxItems") && schema.has("items");
          case "boolean" -> true;
          case "object" ->
              schema.has("additionalProperties")
                  ? schema.has("maxProperties")
                      && schema.path("x-kubernetes-validations").toString().contains("key.size()")
                  : schema.has("properties");
          default -> false;
        };
    if (!bounded || schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
      unbounded.add(path);
    }
    int parts = 1;
    for (String part : List.of("items", "additionalProperties")) {
      if (schema.has(part)) {
        parts += walk(path + "[]", schema.path(part), unbounded);
      }
    }
    for (var property : schema.path("properties").properties()) {
      parts += walk(path + "." + property.getKey(), property.getValue(), unbounded);
    }
    return parts;
  }
}
