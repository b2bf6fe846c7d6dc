package dev.sandbar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/** What a new schema refuses or drops that the released one took and kept. */
final class SchemaChange {

  private static final String KEEPS_UNKNOWN = "x-kubernetes-preserve-unknown-fields";
  private static final String RULES = "x-kubernetes-validations";

  /** Keywords whose change in any direction makes another schema of it. */
  private static final List<String> FIXED =
      List.of(
          "type",
          "default",
          "pattern",
          "format",
          "x-kubernetes-int-or-string",
          ListType.KEYS,
          "x-kubernetes-map-type");

  private static final List<String> MOST =
      List.of("maximum", "maxLength", "maxItems", "maxProperties");
  private static final List<String> LEAST =
      List.of("minimum", "minLength", "minItems", "minProperties");

  private final String path;
  private final BiConsumer<String, String> breaks;

  SchemaChange(String path, BiConsumer<String, String> breaks) {
    this.path = path;
    this.breaks = breaks;
  }

  void compare(JsonNode released, JsonNode current) {
    fixed(released, current);
    bounds(released, current);
    values(released, current);
    rules(released, current);
    properties(released, current);
    for (String part : List.of("items", "additionalProperties")) {
      if (released.has(part) && !current.has(part)) {
        breaks.accept(path, "removed " + part);
      } else if (released.has(part)) {
        new SchemaChange(path + "[]", breaks).compare(released.path(part), current.path(part));
      }
    }
  }

  private void fixed(JsonNode released, JsonNode current) {
    for (String keyword : FIXED) {
      JsonNode before = released.path(keyword);
      JsonNode after = current.path(keyword);
      if (before.equals(after)) {
        continue;
      }
      if (before.isMissingNode()) {
        breaks.accept(path, "new %s %s".formatted(keyword, after));
      } else if (!after.isMissingNode()) {
        breaks.accept(path, "changed %s from %s to %s".formatted(keyword, before, after));
      } else if (!keyword.equals("pattern") && !keyword.equals("format")) {
        breaks.accept(path, "removed %s %s".formatted(keyword, before));
      }
    }
    ListType merged = ListType.of(released);
    ListType now = ListType.of(current);
    if (merged != now) {
      breaks.accept(path, "changed %s from %s to %s".formatted(ListType.KEYWORD, merged, now));
    }
    for (String keyword : List.of("nullable", KEEPS_UNKNOWN)) {
      if (released.path(keyword).asBoolean() && !current.path(keyword).asBoolean()) {
        breaks.accept(path, "removed " + keyword);
      }
    }
  }

  private void bounds(JsonNode released, JsonNode current) {
    for (String keyword : MOST) {
      narrowed(keyword, released, current, 1);
    }
    for (String keyword : LEAST) {
      narrowed(keyword, released, current, -1);
    }
  }

  private void narrowed(String keyword, JsonNode released, JsonNode current, int sign) {
    if (!current.has(keyword)) {
      return;
    }
    double after = current.path(keyword).asDouble();
    if (!released.has(keyword)) {
      breaks.accept(path, "new %s %s".formatted(keyword, current.path(keyword)));
    } else if (sign * (released.path(keyword).asDouble() - after) > 0) {
      breaks.accept(
          path,
          "narrowed %s from %s to %s"
              .formatted(keyword, released.path(keyword), current.path(keyword)));
    }
  }

  private void values(JsonNode released, JsonNode current) {
    if (!current.has("enum")) {
      return;
    }
    if (!released.has("enum")) {
      breaks.accept(path, "new enum " + current.path("enum"));
      return;
    }
    var gone = Compatibility.words(released.path("enum"));
    gone.removeAll(Compatibility.words(current.path("enum")));
    gone.forEach(value -> breaks.accept(path, "removed value " + value));
  }

  /** A rule that was not there may refuse what is stored. */
  private void rules(JsonNode released, JsonNode current) {
    var known = new TreeSet<String>();
    released.path(RULES).forEach(rule -> known.add(rule.path("rule").asText()));
    for (JsonNode rule : current.path(RULES)) {
      String text = rule.path("rule").asText();
      if (!known.contains(text)) {
        breaks.accept(path, "new rule " + text);
      }
    }
  }

  private void properties(JsonNode released, JsonNode current) {
    for (Map.Entry<String, JsonNode> property : released.path("properties").properties()) {
      JsonNode now = current.path("properties").path(property.getKey());
      String place = path + (path.indexOf(' ') < 0 ? " " : ".") + property.getKey();
      if (now.isMissingNode()) {
        breaks.accept(place, "removed property");
      } else {
        new SchemaChange(place, breaks).compare(property.getValue(), now);
      }
    }
    var required = Compatibility.words(current.path("required"));
    required.removeAll(Compatibility.words(released.path("required")));
    for (String name : required) {
      // Defaults are filled in for stored objects too.
      if (!current.path("properties").path(name).has("default")) {
        breaks.accept(path, "newly required " + name);
      }
    }
  }
}
