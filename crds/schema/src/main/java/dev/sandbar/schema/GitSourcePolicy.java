package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * The admission policy of GitSource: {@code ref} and {@code drift} are maps since they were text,
 * and the text that an object has already stands until it is changed.
 */
final class GitSourcePolicy {
  private static final String NAME = "gitsources.sandbar.dev";
  private static final String REF_FIELDS = "['branch', 'tag', 'commit', 'name']";

  private GitSourcePolicy() {}

  static List<ObjectNode> documents() {
    ObjectNode policy = AdmissionPolicy.policy(NAME, "gitsources");
    ArrayNode validations = SchemaParts.object(policy.path("spec")).putArray("validations");
    shape(
        validations,
        "ref",
        "spec.ref must be a map: write ref: {branch: main}, ref: {tag: v1.4.0} or ref: {commit: ...},"
            + " or ref: {name: refs/...} with the full name");
    shape(
        validations,
        "drift",
        "spec.drift must be a map: write drift: {mode: Detect} or drift: {mode: Correct}");
    validations
        .addObject()
        .put(
            "expression",
            "!has(object.spec.ref) || type(dyn(object.spec.ref)) != map ||"
                + " (object.spec.ref.size() == 1 && object.spec.ref.all(k, k in %s))"
                    .formatted(REF_FIELDS))
        .put("reason", "Invalid")
        .put(
            "message",
            "spec.ref has not one field that is known: write one of branch, tag, commit and name,"
                + " for example ref: {branch: main}");
    validations
        .addObject()
        .put(
            "expression",
            "!has(object.spec.drift) || type(dyn(object.spec.drift)) != map ||"
                + " object.spec.drift.all(k, k == 'mode')")
        .put("reason", "Invalid")
        .put("message", "spec.drift has an unknown field: known here: mode");
    return List.of(policy, AdmissionPolicy.binding(NAME));
  }

  private static void shape(ArrayNode validations, String field, String message) {
    validations
        .addObject()
        .put(
            "expression",
            ("!has(object.spec.%1$s) || type(dyn(object.spec.%1$s)) == map || (oldObject != null &&"
                    + " has(oldObject.spec.%1$s) && oldObject.spec.%1$s == object.spec.%1$s)")
                .formatted(field))
        .put("reason", "Invalid")
        .put("message", message);
  }
}
