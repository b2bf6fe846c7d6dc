package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.model.DeclaredVariable;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.crds.v1alpha1.AppSandboxVariable;
import java.util.Map;

/** The schema and the rules of the admission policy for variables and their values. */
final class VariableRules {

  private static final String IS_INTEGER =
      Cel.matches("self.default", "^(%s)$".formatted(DeclaredVariable.INTEGERS));

  private VariableRules() {}

  /** Those that an AppSandbox declares. */
  static void shape(ObjectNode variables) {
    variables.put("maxItems", SpecBounds.MOST_DECLARED);
    ObjectNode variable = SchemaParts.object(variables.path("items"));
    ObjectNode name = property(variable, "name");
    name.put("maxLength", SpecBounds.LONGEST_NAME);
    SchemaParts.rule(
        name,
        Cel.matches("self", "^(%s)$".formatted(DeclaredVariable.NAMES)),
        "this cannot be the name of a variable: " + DeclaredVariable.NAME_HELP.replace("'", ""));
    property(variable, "values")
        .put("minItems", 1)
        .put("maxItems", SpecBounds.MOST_DECLARED_VALUES);
    value(SchemaParts.object(property(variable, "values").path("items")));
    value(property(variable, "default"));
    for (String bound : new String[] {"minimum", "maximum"}) {
      property(variable, bound)
          .put("minimum", -DeclaredVariable.GREATEST)
          .put("maximum", DeclaredVariable.GREATEST);
    }
    SchemaParts.rule(
        variable,
        "!has(self.values) || !has(self.type) || self.type == 'String'",
        "values is for variables of type String: remove values, or write type: String");
    SchemaParts.rule(
        variable,
        "!has(self.minimum) && !has(self.maximum) || has(self.type) && self.type == 'Integer'",
        "minimum and maximum are for variables of type Integer: remove them, or write type: Integer");
    SchemaParts.rule(
        variable,
        "!has(self.minimum) || !has(self.maximum) || self.minimum <= self.maximum",
        "minimum is above maximum: write a minimum that is not above the maximum");
    SchemaParts.rule(
        variable,
        "!has(self.default) || !has(self.values) || self.default in self.values",
        "default is none of the values: write one of them");
    SchemaParts.rule(
        variable,
        ("!has(self.default) || !has(self.type) || self.type != 'Integer' || %s && (!has(self.minimum)"
                + " || int(self.default) >= self.minimum) && (!has(self.maximum) || int(self.default) <="
                + " self.maximum)")
            .formatted(IS_INTEGER),
        "default is not an integer from minimum to maximum: write one, in quotes");
    SchemaParts.rule(
        variable,
        "!has(self.default) || !has(self.type) || self.type != 'Boolean' || self.default in ['true',"
            + " 'false']",
        "default is not true or false: write one of them, in quotes");
  }

  /** The values that a Device gives. */
  static void given(ObjectNode values) {
    values.put("maxProperties", SpecBounds.MOST_DECLARED);
    SchemaParts.rule(
        values,
        "self.all(k, k.size() <= %d && %s)"
            .formatted(
                SpecBounds.LONGEST_NAME,
                Cel.matches("k", "^(%s)$".formatted(DeclaredVariable.NAMES))),
        "a key cannot be the name of a variable: " + DeclaredVariable.NAME_HELP.replace("'", ""));
    value(SchemaParts.object(values.path("additionalProperties")));
  }

  private static void value(ObjectNode text) {
    text.put("maxLength", SpecBounds.LONGEST_VALUE);
    SchemaParts.rule(
        text,
        Cel.matches("self", "^(%s)$".formatted(DeclaredVariable.VALUES))
            + " && !self.endsWith('\\\\')",
        "this cannot be the value of a variable: " + DeclaredVariable.VALUE_HELP);
  }

  static void add(Map<String, String> rules) {
    String variables = "(" + PolicyFacts.orEmpty("object.spec.variables", "[]") + ")";
    PolicyRules.unknownInItems(
        rules, "variables", variables, KnownFields.of(AppSandboxVariable.class));
    references(rules, variables);
  }

  /** Of texts that are not too long; the reader looks at all. */
  private static void references(Map<String, String> rules, String variables) {
    String texts =
        "((%s) + (%s).map(f, f.content) + (has(object.spec.run.environment) ?"
            + " object.spec.run.environment.map(k, object.spec.run.environment[k]) : []))"
            + ".filter(t, t.size() <= %d && t.contains('${'))";
    rules.put(
        "unknownVariables",
        (texts
                + ".map(t, t.findAll('[$]?[$][{](device|variables)[.][^}\\n]*[}]?').filter(v,"
                + " !v.startsWith('$$') && v != '${device.name}' && !%s && !%s.exists(d, v =="
                + " '${variables.' + d.name + '}'))).filter(l, l.size() > 0).map(l, \"'\" + l[0] + %s)")
            .formatted(
                PolicyFacts.orEmpty("object.spec.run.command", "[]"),
                "variables.files.filter(f, has(f.content))",
                SpecBounds.LONGEST_TEXT,
                Cel.matches("v", "^[$][{]device[.]labels[.][^}]+[}]$"),
                variables,
                Cel.text(
                    "' is not a variable: write ${device.name}, ${device.labels.KEY}, or"
                        + " ${variables.NAME} of a variable that the spec declares; $${ for the"
                        + " text itself")));
  }

  private static ObjectNode property(ObjectNode schema, String name) {
    return SchemaParts.object(schema.at("/properties/" + name));
  }
}
