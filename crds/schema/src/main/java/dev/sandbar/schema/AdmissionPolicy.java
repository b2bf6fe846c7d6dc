package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.crds.v1alpha1.Sandbar;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * The admission policy of AppSandbox (ValidatingAdmissionPolicy, Kubernetes 1.30): what a schema
 * has no words for. A schema drops a field that it does not know; a permission that is dropped
 * stays withheld, but a dropped {@code deny:} would leave the app more than was declared. So the
 * schema keeps unknown fields, and this policy refuses them by name.
 */
final class AdmissionPolicy {

  private static final String NAME = "appsandboxes.sandbar.dev";
  private static final String API = "admissionregistration.k8s.io/v1";

  /** The API server cuts nothing: a longer message is replaced by the general one. */
  private static final int LONGEST = 4000;

  private AdmissionPolicy() {}

  static List<ObjectNode> documents() {
    ObjectNode policy = policy(NAME, "appsandboxes");
    fill(SchemaParts.object(policy.path("spec")));
    return List.of(policy, binding(NAME));
  }

  /** A policy without validations, for whatever changes the spec of a kind. */
  static ObjectNode policy(String name, String resources) {
    ObjectNode policy = document("ValidatingAdmissionPolicy", name);
    ObjectNode spec = policy.putObject("spec");
    spec.put("failurePolicy", "Fail");
    ObjectNode match = spec.putObject("matchConstraints").putArray("resourceRules").addObject();
    match.putArray("apiGroups").add(Sandbar.GROUP);
    match.putArray("apiVersions").add(Sandbar.VERSION);
    match.putArray("operations").add("CREATE").add("UPDATE");
    match.putArray("resources").add(resources);
    spec.putArray("matchConditions")
        .addObject()
        .put("name", "spec-is-new")
        // An object that an older policy let in can still be labelled, finalized and deleted.
        .put("expression", "oldObject == null || object.spec != oldObject.spec");
    return policy;
  }

  private static void fill(ObjectNode spec) {
    ArrayNode variables = spec.putArray("variables");
    SequencedMap<String, String> facts = PolicyFacts.variables();
    facts.forEach((name, expression) -> variable(variables, name, expression));
    SequencedMap<String, String> rules = PolicyRules.all();
    rules.forEach((name, expression) -> variable(variables, name, expression));
    variable(
        variables,
        "problems",
        rules.keySet().stream().map(n -> "variables." + n).collect(Collectors.joining(" + ")));
    variable(
        variables, "text", "variables.problems.join('; ').replace('\\n', ' ').replace('\\r', ' ')");
    spec.putArray("validations")
        .addObject()
        .put("expression", "variables.problems.size() == 0")
        .put("reason", "Invalid")
        .put("message", "the spec has errors; sandbar validate shows each and how to fix it")
        .put(
            "messageExpression",
            "variables.text.size() > %d ? variables.text.substring(0, %d) + ' ...' : variables.text"
                .formatted(LONGEST, LONGEST));
  }

  /** What puts the policy of this name in force. */
  static ObjectNode binding(String name) {
    ObjectNode binding = document("ValidatingAdmissionPolicyBinding", name);
    ObjectNode spec = binding.putObject("spec");
    spec.put("policyName", name);
    spec.putArray("validationActions").add("Deny");
    return binding;
  }

  private static ObjectNode document(String kind, String name) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("apiVersion", API).put("kind", kind);
    document.putObject("metadata").put("name", name);
    return document;
  }

  private static void variable(ArrayNode variables, String name, String expression) {
    variables.addObject().put("name", name).put("expression", expression);
  }
}
