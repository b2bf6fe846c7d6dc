package dev.sandbar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether objects that were stored under a released definition stay valid, and keep what they hold,
 * under a new one. Only what people and the API server would notice is looked at: names, versions,
 * and the schema; columns and descriptions may change.
 */
final class Compatibility {

  private final List<Break> breaks = new ArrayList<>();
  private final String definition;

  private Compatibility(String definition) {
    this.definition = definition;
  }

  /**
   * A change that stored objects or those who write them would suffer from.
   *
   * @param path of the property, for example {@code v1alpha1 spec.identity.publicKey}
   */
  record Break(String definition, String path, String what) {
    @Override
    public String toString() {
      return definition + ": " + path + ": " + what;
    }
  }

  /** What the new definition breaks; empty if every stored object stays what it is. */
  static List<Break> check(JsonNode released, JsonNode current) {
    var check = new Compatibility(released.at("/metadata/name").asText());
    check.definition(released.path("spec"), current.path("spec"));
    return List.copyOf(check.breaks);
  }

  private void definition(JsonNode released, JsonNode current) {
    for (String field : List.of("group", "scope")) {
      same(released.path(field), current.path(field), field);
    }
    for (String field : List.of("kind", "plural", "singular", "listKind")) {
      same(released.at("/names/" + field), current.at("/names/" + field), "names." + field);
    }
    for (String field : List.of("shortNames", "categories")) {
      for (String word : words(released.at("/names/" + field))) {
        if (!words(current.at("/names/" + field)).contains(word)) {
          add("names." + field, "removed " + word);
        }
      }
    }
    for (JsonNode version : released.path("versions")) {
      String name = version.path("name").asText();
      JsonNode now = named(current.path("versions"), name);
      if (now.isMissingNode()) {
        add(name, "removed version");
        continue;
      }
      if (version.path("served").asBoolean() && !now.path("served").asBoolean()) {
        add(name, "version is no longer served");
      }
      if (version.at("/subresources/status").isObject()
          && !now.at("/subresources/status").isObject()) {
        add(name, "removed status subresource");
      }
      String schema = "/schema/openAPIV3Schema";
      new SchemaChange(name, this::add).compare(version.at(schema), now.at(schema));
    }
  }

  private void same(JsonNode released, JsonNode current, String path) {
    if (!released.equals(current)) {
      add(path, "changed from %s to %s".formatted(released.asText(), current.asText()));
    }
  }

  private void add(String path, String what) {
    breaks.add(new Break(definition, path, what));
  }

  static Set<String> words(JsonNode list) {
    var words = new TreeSet<String>();
    list.forEach(word -> words.add(word.asText()));
    return words;
  }

  private static JsonNode named(JsonNode list, String name) {
    for (JsonNode item : list) {
      if (item.path("name").asText().equals(name)) {
        return item;
      }
    }
    return MissingNode.getInstance();
  }
}
