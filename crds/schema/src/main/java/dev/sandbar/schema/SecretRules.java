package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.SpecBounds;
import java.util.List;
import java.util.Map;

/** The schema and the rules of the admission policy for {@code secrets}. */
final class SecretRules {

  private SecretRules() {}

  /** Of a sealed text only the first and last line are looked at: all of it would take too long. */
  static void shape(ObjectNode secrets) {
    secrets.put("maxItems", SpecBounds.MOST_SECRETS);
    ObjectNode name = SchemaParts.object(secrets.at("/items/properties/name"));
    name.put("maxLength", SpecBounds.LONGEST_NAME);
    SchemaParts.rule(
        name,
        Cel.matches("self", "^(%s)$".formatted(AppSecret.NAMES)),
        "this cannot be the name of a secret: " + AppSecret.NAME_HELP);
    ObjectNode sealed = SchemaParts.object(secrets.at("/items/properties/sealed"));
    sealed.put("maxLength", SpecBounds.MOST_SEALED);
    SchemaParts.rule(
        sealed,
        "self.startsWith('%s') && (self.endsWith('%s') || self.endsWith('%s\\n'))"
            .formatted(AppSecret.BEGIN, AppSecret.END, AppSecret.END),
        "not an armored file of age: " + AppSecret.SEALED_HELP.replace("'", ""));
  }

  static void add(Map<String, String> rules) {
    PolicyRules.unknownInItems(rules, "secrets", "variables.secrets", List.of("name", "sealed"));
    rules.put(
        "secretsTwice",
        "variables.secrets.exists(a, variables.secrets.filter(b, b.name == a.name).size() > 1) ?"
            + " ['secrets: two entries have one name: give each entry a name of its own'] : []");
  }
}
