package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveOverride.Filter;
import dev.sandbar.core.property.DirectiveOverride.Ladder;
import dev.sandbar.core.property.DirectiveOverride.OpenOnly;
import dev.sandbar.core.property.DirectiveOverride.Refused;
import dev.sandbar.core.property.DirectiveOverride.Setting;
import dev.sandbar.core.property.DirectiveOverride.Switch;
import dev.sandbar.core.property.DirectiveTable;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The schema of {@code directives}: every directive that the compiler lets through, by name. */
final class DirectiveSchema {

  private DirectiveSchema() {}

  /** The names of all directives that the compiler lets through, sorted. */
  static List<String> names() {
    return List.copyOf(descriptions().keySet());
  }

  static void write(ObjectNode directives) {
    directives.put("type", "object");
    directives.put("maxProperties", SpecBounds.MOST_ITEMS);
    ObjectNode properties = directives.putObject("properties");
    descriptions()
        .forEach(
            (name, description) ->
                properties
                    .putObject(name)
                    .put("description", description)
                    .put("nullable", true)
                    .put("x-kubernetes-preserve-unknown-fields", true)
                    // Of a value without a type each bound holds for values of its own kind.
                    .put("maxLength", SpecBounds.LONGEST_TEXT)
                    .put("maxItems", SpecBounds.MOST_ITEMS)
                    .putObject("items")
                    .put("x-kubernetes-preserve-unknown-fields", true)
                    .put("maxLength", SpecBounds.LONGEST_TEXT));
  }

  private static SortedMap<String, String> descriptions() {
    var descriptions = new TreeMap<String, String>();
    for (DirectiveInfo directive : DirectiveTable.all().values()) {
      switch (directive.override()) {
        case Setting _, OpenOnly _, Switch _, Ladder _, Filter _ ->
            descriptions.put(
                directive.name(), directive.meaning() + " " + directive.override().shown());
        case Refused _ -> {}
      }
    }
    return descriptions;
  }
}
