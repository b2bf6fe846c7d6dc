package dev.sandbar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.QueryContract;
import dev.sandbar.core.bundle.ReportedApp;
import dev.sandbar.core.bundle.ReportedDrift;
import dev.sandbar.core.bundle.ReportedFacts;
import dev.sandbar.core.bundle.StatusLimits;
import dev.sandbar.core.model.AppSecret;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Bounds everything that a device may write: a device can write all of the status of its Device, of
 * its DeviceBundle and of a DeviceQuery to it, and it may lie. A part without a bound is an error
 * here, so that none is forgotten.
 */
final class StatusBounds {
  /** The largest whole number that every reader of JSON holds exactly. */
  private static final long EXACT = (1L << 53) - 1;

  /** A sealed token, or a chain of certificates, in base64. */
  private static final int MAX_TOKEN = 64 << 10;

  private static final int MAX_KEY = 8 << 10;

  private static final Map<String, Long> CONDITION =
      Map.of(
          "type", (long) StatusLimits.MAX_WORD,
          "status", (long) StatusLimits.MAX_WORD,
          "reason", (long) StatusLimits.MAX_WORD,
          "message", (long) StatusLimits.MAX_MESSAGE,
          "lastTransitionTime", (long) StatusLimits.MAX_TIME,
          "observedGeneration", EXACT);

  /** Texts that only one form is taken of. */
  private static final Map<String, String> PATTERNS =
      Map.of("facts.recipient", "^" + AppSecret.RECIPIENTS + "$");

  private final Map<String, Long> bounds;
  private final Set<String> used = new HashSet<>();

  private StatusBounds(Map<String, Long> bounds) {
    this.bounds = bounds;
  }

  static void write(Map<String, ObjectNode> definitions) {
    write(SchemaParts.object(definitions.get("devices.sandbar.dev")), device());
    write(SchemaParts.object(definitions.get("devicebundles.sandbar.dev")), bundle());
    write(SchemaParts.object(definitions.get("devicequeries.sandbar.dev")), query());
  }

  private static void write(JsonNode definition, Map<String, Long> bounds) {
    var writer = new StatusBounds(bounds);
    JsonNode status =
        definition.at("/spec/versions/0/schema/openAPIV3Schema/properties/status/properties");
    status.properties().forEach(part -> writer.bound(part.getKey(), part.getValue()));
    if (!writer.used.equals(bounds.keySet())) {
      throw new IllegalStateException("bounds of parts that do not exist: " + bounds.keySet());
    }
  }

  private static Map<String, Long> device() {
    var bounds = new TreeMap<String, Long>();
    bounds.put("observedGeneration", EXACT);
    bounds.put("facts.systemd", (long) ReportedFacts.MAX_SYSTEMD);
    bounds.put("facts.kernel", (long) ReportedFacts.MAX_WORD);
    bounds.put("facts.architecture", (long) ReportedFacts.MAX_WORD);
    bounds.put("facts.features", (long) ReportedFacts.MAX_FEATURES);
    bounds.put("facts.features[]", (long) ReportedFacts.MAX_WORD);
    bounds.put("facts.volumes", (long) ReportedFacts.MAX_VOLUMES);
    bounds.put("facts.volumes[]", (long) ReportedFacts.MAX_PATH);
    bounds.put("facts.owners", (long) ReportedFacts.MAX_OWNERS);
    bounds.put("facts.owners[]", (long) ReportedFacts.MAX_NODE);
    bounds.put("facts.resolvers", (long) ReportedFacts.MAX_RESOLVERS);
    bounds.put("facts.resolvers[]", (long) ReportedFacts.MAX_WORD);
    bounds.put("facts.recipient", (long) AppSecret.RECIPIENT_LENGTH);
    bounds.put("facts.systemCalls", (long) ReportedFacts.MAX_SYSTEM_CALLS);
    bounds.put("facts.digest", (long) ReportedFacts.MAX_DIGEST);
    bounds.put("facts.agent", (long) ReportedFacts.MAX_WORD);
    bounds.put("conditions", (long) StatusLimits.MAX_CONDITIONS);
    CONDITION.forEach((name, most) -> bounds.put("conditions[]." + name, most));
    for (String count : Set.of("desired", "ready", "drifted", "cannotEnforce")) {
      bounds.put("apps." + count, (long) StatusLimits.MAX_COUNT);
    }
    bounds.put("cannotEnforce", (long) StatusLimits.MAX_REFUSALS);
    bounds.put("cannotEnforce[].app", (long) StatusLimits.MAX_NAME);
    bounds.put("cannotEnforce[].reason", (long) StatusLimits.MAX_WORD);
    bounds.put("cannotEnforce[].message", (long) StatusLimits.MAX_MESSAGE);
    bounds.put("cannotEnforce[].help", (long) StatusLimits.MAX_MESSAGE);
    bounds.put("lastSeen", (long) StatusLimits.MAX_TIME);
    bounds.put("credential.key", (long) MAX_KEY);
    bounds.put("credential.token", (long) MAX_TOKEN);
    bounds.put("credential.expires", (long) StatusLimits.MAX_TIME);
    bounds.put("certificate.request", (long) StatusLimits.MAX_NAME);
    bounds.put("certificate.requestedAt", (long) StatusLimits.MAX_TIME);
    bounds.put("certificate.chain", (long) MAX_TOKEN);
    bounds.put("certificate.denied", (long) StatusLimits.MAX_MESSAGE);
    return bounds;
  }

  private static Map<String, Long> bundle() {
    var bounds = new TreeMap<String, Long>();
    bounds.put("observedGeneration", EXACT);
    bounds.put("digest", (long) ReportedFacts.MAX_DIGEST);
    bounds.put("reportedAt", (long) StatusLimits.MAX_TIME);
    bounds.put("systemCalls", (long) ReportedFacts.MAX_SYSTEM_CALLS);
    bounds.put("apps", (long) Bundle.MAX_APPS);
    bounds.put("apps[].generation", EXACT);
    bounds.put("apps[].revision", (long) BundleEntry.MAX_REVISION);
    bounds.put("apps[].rendered", (long) ReportedFacts.MAX_DIGEST);
    bounds.put("apps[].enforcement", (long) StatusLimits.MAX_WORD);
    bounds.put("apps[].granted", (long) ReportedApp.MAX_GRANTED);
    bounds.put("apps[].granted[]", (long) ReportedApp.MAX_GRANT);
    bounds.put("apps[].notEnforced", (long) ReportedApp.MAX_NOT_ENFORCED);
    bounds.put("apps[].notEnforced[]", (long) ReportedApp.MAX_DIRECTIVE);
    for (String result : Set.of("enforced", "degraded", "unsupported", "unknown")) {
      bounds.put("apps[].directives." + result, EXACT);
    }
    bounds.put("apps[].exposure", (long) ReportedApp.MAX_EXPOSURE);
    bounds.put("apps[].ignored", (long) StatusLimits.MAX_COUNT);
    bounds.put("apps[].drifts", (long) ReportedApp.MAX_DRIFTS);
    for (String value : Set.of("layer", "subject", "declared", "observed", "since")) {
      bounds.put("apps[].drifts[]." + value, (long) ReportedDrift.MAX_VALUE);
    }
    for (String conditions : Set.of("conditions", "apps[].conditions")) {
      bounds.put(conditions, (long) ReportedApp.MAX_CONDITIONS);
      CONDITION.forEach((name, most) -> bounds.put(conditions + "[]." + name, most));
      bounds.put(conditions + "[].message", (long) ReportedApp.MAX_MESSAGE);
    }
    return bounds;
  }

  private static Map<String, Long> query() {
    return Map.of(
        "answer", (long) QueryContract.MAX_SEALED,
        "refused.reason", (long) StatusLimits.MAX_WORD,
        "refused.message", (long) StatusLimits.MAX_MESSAGE);
  }

  private void bound(String path, JsonNode node) {
    ObjectNode schema = SchemaParts.object(node);
    switch (schema.path("type").asText()) {
      case "string" -> {
        schema.put("maxLength", most(path));
        String pattern = PATTERNS.get(path);
        if (pattern != null) {
          schema.put("pattern", pattern);
        }
      }
      case "integer" -> {
        schema.put("minimum", 0);
        schema.put("maximum", most(path));
      }
      case "array" -> {
        schema.put("maxItems", most(path));
        bound(path + "[]", schema.path("items"));
      }
      case "object" -> object(path, schema);
      case "boolean" -> {}
      default -> throw new IllegalStateException("no bound for status." + path + ": " + schema);
    }
  }

  private void object(String path, ObjectNode schema) {
    if (schema.path("additionalProperties") instanceof ObjectNode values) {
      schema.put("maxProperties", most(path));
      schema
          .putArray("x-kubernetes-validations")
          .addObject()
          .put("rule", "self.all(key, key.size() <= " + StatusLimits.MAX_NAME + ")")
          .put("message", "a name is longer than " + StatusLimits.MAX_NAME + " characters");
      bound(path + "[]", values);
    }
    schema
        .path("properties")
        .properties()
        .forEach(part -> bound(path + "." + part.getKey(), part.getValue()));
  }

  private long most(String path) {
    Long most = bounds.get(path);
    if (most == null) {
      throw new IllegalStateException("no bound for status." + path);
    }
    used.add(path);
    return most;
  }
}
