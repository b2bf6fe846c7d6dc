package dev.sandbar.schema;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the CRD generator leaves out: descriptions of kinds, order of columns, list types. */
final class CrdPostProcessor {

  private static final Set<String> TIMES =
      Set.of("lastTransitionTime", "lastSeen", "reportedAt", "expires", "since");

  private final Class<? extends HasMetadata> kind;
  private final ObjectNode version;

  private CrdPostProcessor(Class<? extends HasMetadata> kind, ObjectNode definition) {
    this.kind = kind;
    this.version = SchemaParts.object(definition.at("/spec/versions/0"));
  }

  static void finish(Class<? extends HasMetadata> kind, ObjectNode definition) {
    var finish = new CrdPostProcessor(kind, definition);
    finish.columns();
    ObjectNode root = SchemaParts.object(finish.version.at("/schema/openAPIV3Schema"));
    finish.descriptions(root);
    root.putArray("required").add("spec");
    ObjectNode properties = SchemaParts.object(root.path("properties"));
    properties.properties().forEach(entry -> walk(entry.getKey(), entry.getValue()));
  }

  /** In the order in which they are declared; the generator sorts them by path. */
  private void columns() {
    var byName = new HashMap<String, JsonNode>();
    version.path("additionalPrinterColumns").forEach(c -> byName.put(c.path("name").asText(), c));
    ArrayNode sorted = version.putArray("additionalPrinterColumns");
    for (var column : kind.getAnnotationsByType(AdditionalPrinterColumn.class)) {
      JsonNode node = Optional.ofNullable(byName.get(column.name())).orElseThrow();
      ((ObjectNode) node).put("name", column.name());
      if (node.path("priority").asInt() == 0) {
        ((ObjectNode) node).remove("priority");
      }
      sorted.add(node);
    }
  }

  private void descriptions(ObjectNode root) {
    describe(root, kind);
    Type[] parts = ((ParameterizedType) kind.getGenericSuperclass()).getActualTypeArguments();
    ObjectNode properties = SchemaParts.object(root.path("properties"));
    describe(SchemaParts.object(properties.path("spec")), (Class<?>) parts[0]);
    if (parts[1] == Void.class) {
      properties.remove("status");
    } else {
      describe(SchemaParts.object(properties.path("status")), (Class<?>) parts[1]);
    }
  }

  private static void describe(ObjectNode schema, Class<?> type) {
    schema.put("description", type.getAnnotation(JsonClassDescription.class).value());
  }

  private static void walk(String name, JsonNode node) {
    if (!(node instanceof ObjectNode schema)) {
      return;
    }
    JsonNode items = schema.path("items");
    if (name.equals("conditions")) {
      ListType.writeMap(schema, "type");
      SchemaParts.object(items.at("/properties/status"))
          .set("enum", words("True", "False", "Unknown"));
    }
    String type = schema.path("type").asText();
    if (TIMES.contains(name) && type.equals("string")) {
      schema.put("format", "date-time");
    }
    if (type.equals("integer")) {
      schema.put("format", "int64");
    }
    if (schema.path("x-kubernetes-validations") instanceof ArrayNode rules) {
      // The generator finds the annotation of a component on the field and on the accessor.
      var once = new LinkedHashSet<JsonNode>();
      rules.forEach(once::add);
      schema.putArray("x-kubernetes-validations").addAll(once);
    }
    walk("", items);
    walk("", schema.path("additionalProperties"));
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      walk(property.getKey(), property.getValue());
    }
  }

  private static ArrayNode words(String... words) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (String word : words) {
      array.add(word);
    }
    return array;
  }
}
