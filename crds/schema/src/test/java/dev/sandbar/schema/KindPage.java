package dev.sandbar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The parts of a kind's page that are made from its definition. */
final class KindPage {

  private final JsonNode root;

  KindPage(JsonNode definition) {
    this.root = definition.at("/spec/versions/0/schema/openAPIV3Schema");
  }

  /** The page with its generated parts made anew. */
  String anew(String page) {
    String text = page;
    for (String part : List.of("spec", "status", "rules")) {
      Matcher matcher =
          Pattern.compile("(<!-- " + part + " -->\\n).*?(<!-- end -->)", Pattern.DOTALL)
              .matcher(text);
      String content = part.equals("rules") ? rules() : table(part);
      text = matcher.replaceFirst(m -> Matcher.quoteReplacement(m.group(1) + content + m.group(2)));
    }
    return text;
  }

  private String table(String part) {
    var rows = new StringBuilder("| field | type | meaning |\n| --- | --- | --- |\n");
    rows(rows, "", root.at("/properties/" + part));
    return rows.toString();
  }

  private void rows(StringBuilder rows, String prefix, JsonNode schema) {
    var required = Compatibility.words(schema.path("required"));
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      JsonNode value = property.getValue();
      String name = prefix + property.getKey();
      rows.append(
          "| `%s` | %s | %s |\n"
              .formatted(name, type(value), meaning(value, required.contains(property.getKey()))));
      boolean many =
          property.getKey().equals("directives") || property.getKey().equals("conditions");
      if (!many) {
        rows(rows, name + ".", value);
        rows(rows, name + "[].", value.path("items"));
        rows(rows, name + ".NAME.", value.path("additionalProperties"));
      }
    }
  }

  private static String type(JsonNode schema) {
    String type = schema.path("type").asText();
    if (schema.has("items")) {
      String item = schema.at("/items/type").asText();
      return (type.isEmpty() ? "false or " : "")
          + "list of "
          + (item.equals("object") ? "objects" : item + "s");
    }
    if (schema.has("additionalProperties")) {
      String item = schema.at("/additionalProperties/type").asText();
      return "map of " + (item.equals("object") ? "objects" : item + "s");
    }
    if (schema.path("format").asText().equals("date-time")) {
      return "time";
    }
    return !type.isEmpty() ? type : schema.has("properties") ? "object" : "any";
  }

  private static String meaning(JsonNode schema, boolean required) {
    var text = new StringBuilder(schema.path("description").asText().replace("|", "\\|"));
    if (schema.has("enum")) {
      text.append(" One of ");
      var words = new ArrayList<String>();
      schema.path("enum").forEach(word -> words.add("`" + word.asText() + "`"));
      text.append(String.join(", ", words)).append('.');
    }
    if (schema.has("default")) {
      text.append(" Default `").append(schema.path("default").asText()).append("`.");
    }
    return text + (required ? " Required." : "");
  }

  /** What the rules of the definition say to who breaks them. */
  private String rules() {
    var lines = new StringBuilder();
    // A rule of the whole object is about its name, or about its status.
    boolean ofStatus = root.path("x-kubernetes-validations").toString().contains("self.status");
    rules(lines, ofStatus ? "status" : "metadata.name", List.of(root));
    rules(lines, "spec", root.at("/properties/spec"));
    return lines.toString();
  }

  private void rules(StringBuilder lines, String path, List<JsonNode> schemas) {
    for (JsonNode schema : schemas) {
      var messages = new TreeSet<String>();
      schema
          .path("x-kubernetes-validations")
          .forEach(r -> messages.add(r.path("message").asText()));
      messages.forEach(message -> lines.append("- `%s`: %s\n".formatted(path, message)));
    }
  }

  private void rules(StringBuilder lines, String path, JsonNode schema) {
    rules(lines, path, List.of(schema));
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      rules(lines, path + "." + property.getKey(), property.getValue());
    }
    if (schema.has("items")) {
      rules(lines, path + "[]", schema.path("items"));
    }
    if (schema.has("additionalProperties")) {
      rules(lines, path + ".NAME", schema.path("additionalProperties"));
    }
  }
}
