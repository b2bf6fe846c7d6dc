package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.model.AppSecret;
import dev.sandbar.core.model.ConfigMapKey;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.crds.v1alpha1.AppSandboxSecret;
import java.util.Map;

/** The schema and the rules of the admission policy for {@code secrets}. */
final class SecretRules {

  private SecretRules() {}

  private static final String EITHER = "sealed: TEXT, or from: {secret: {name: NAME, key: KEY}}";

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
    SchemaParts.rule(
        SchemaParts.object(secrets.at("/items")),
        "has(self.sealed) != has(self.from)",
        "give exactly one of sealed and from: " + EITHER);
    ObjectNode from = SchemaParts.object(secrets.at("/items/properties/from"));
    SchemaParts.rule(
        from,
        "has(self.secret)",
        "write from: {secret: {name: NAME, key: KEY}}, or sealed: files beside a manifest can be"
            + " named only in a repository, which a GitSource follows");
    ObjectNode secret = SchemaParts.object(from.at("/properties/secret/properties"));
    named(
        secret,
        "name",
        ConfigMapKey.NAMES,
        "this cannot be the name of a Secret: " + ConfigMapKey.NAME_HELP);
    named(
        secret,
        "key",
        ConfigMapKey.KEYS,
        "this cannot be a key of a Secret: " + ConfigMapKey.KEY_HELP);
  }

  private static void named(ObjectNode secret, String field, String pattern, String message) {
    ObjectNode text = SchemaParts.object(secret.path(field));
    text.put("maxLength", ConfigMapKey.LONGEST);
    SchemaParts.rule(text, Cel.matches("self", "^(%s)$".formatted(pattern)), message);
  }

  static void add(Map<String, String> rules) {
    PolicyRules.unknownInItems(
        rules, "secrets", "variables.secrets", KnownFields.of(AppSandboxSecret.class));
    PolicyRules.unknownInItems(
        rules,
        "secretFrom",
        "variables.secrets.filter(i, has(i.from)).map(i, i.from)",
        KnownFields.of(AppSandboxSecret.Source.class));
    PolicyRules.unknownInItems(
        rules,
        "secret",
        "variables.secrets.filter(i, has(i.from) && has(i.from.secret)).map(i, i.from.secret)",
        KnownFields.of(AppSandboxSecret.SecretKey.class));
  }
}
