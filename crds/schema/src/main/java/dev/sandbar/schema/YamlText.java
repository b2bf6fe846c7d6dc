package dev.sandbar.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.ArrayList;
import java.util.List;

/** YAML as it is checked in: the same tree is always the same text. */
final class YamlText {

  private static final String NOTE =
      "# Generated from the code by SchemaFilesTest (-Dsandbar.docs.write=true); edits here are lost.\n";

  /** What people look for first stands first; the rest follows by name. */
  private static final List<String> FIRST =
      List.of("apiVersion", "kind", "metadata", "name", "description", "type", "format", "default");

  private static final ObjectMapper MAPPER =
      new YAMLMapper(
          YAMLFactory.builder()
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
              .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .build());

  private YamlText() {}

  static String of(List<ObjectNode> documents) {
    var text = new StringBuilder(NOTE);
    try {
      for (ObjectNode document : documents) {
        text.append(MAPPER.writeValueAsString(sorted(document)));
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    return text.toString();
  }

  private static JsonNode sorted(JsonNode node) {
    if (node instanceof ArrayNode array) {
      ArrayNode copy = JsonNodeFactory.instance.arrayNode();
      array.forEach(item -> copy.add(sorted(item)));
      return copy;
    }
    if (!(node instanceof ObjectNode object)) {
      return node;
    }
    var names = new ArrayList<String>();
    object.fieldNames().forEachRemaining(names::add);
    names.sort(
        (a, b) -> {
          int first = Integer.compare(rank(a, object), rank(b, object));
          return first != 0 ? first : a.compareTo(b);
        });
    ObjectNode copy = JsonNodeFactory.instance.objectNode();
    names.forEach(name -> copy.set(name, sorted(object.path(name))));
    return copy;
  }

  /** Names of properties are free: only where the value fits, the name is a keyword. */
  private static int rank(String name, ObjectNode object) {
    int index = FIRST.indexOf(name);
    boolean keyword = object.path(name).isValueNode() || name.equals("metadata");
    return index >= 0 && keyword ? index : FIRST.size();
  }
}
