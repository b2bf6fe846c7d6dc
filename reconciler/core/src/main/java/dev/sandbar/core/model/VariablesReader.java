package dev.sandbar.core.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/** Reads {@code variables:} of a spec. */
final class VariablesReader {

  private static final String VARIABLES = "spec." + DeviceVariables.FIELD;
  private static final SequencedMap<String, DeclaredVariable.Type> TYPES =
      NodeValidator.words(List.of(DeclaredVariable.Type.values()), DeclaredVariable.Type::text);

  private final DocumentDiagnostics findings;
  private final NodeValidator expect;

  VariablesReader(DocumentDiagnostics findings) {
    this.findings = findings;
    this.expect = new NodeValidator(findings);
  }

  List<DeclaredVariable> read(Node node) {
    var variables = new ArrayList<DeclaredVariable>();
    var names = new HashSet<String>();
    int number = 0;
    for (Node item : expect.items(node, VARIABLES, SpecBounds.MOST_DECLARED)) {
      variable(item, VARIABLES + "[" + number + "]", names).ifPresent(variables::add);
      number++;
    }
    return List.copyOf(variables);
  }

  private Optional<DeclaredVariable> variable(Node node, String path, Set<String> names) {
    Map<String, Node> fields =
        expect.fields(
            node, path, List.of("name", "type", "values", "minimum", "maximum", "default"));
    Optional<String> name =
        expect.required(fields, node, path, "name").flatMap(n -> name(n, path + ".name"));
    Node type = fields.get("type");
    Optional<DeclaredVariable.Type> read =
        type == null
            ? Optional.of(DeclaredVariable.Type.STRING)
            : expect.word(type, path + ".type", TYPES);
    if (name.isEmpty() || read.isEmpty()) {
      return Optional.empty();
    }
    if (!expect.isFirst(
        name.get(), names, node, VARIABLES, "give each variable a name of its own")) {
      return Optional.empty();
    }
    of(fields, "values", read.get(), DeclaredVariable.Type.STRING, path);
    of(fields, "minimum", read.get(), DeclaredVariable.Type.INTEGER, path);
    of(fields, "maximum", read.get(), DeclaredVariable.Type.INTEGER, path);
    int minimum = number(fields, "minimum", -DeclaredVariable.GREATEST, path);
    int maximum = number(fields, "maximum", DeclaredVariable.GREATEST, path);
    if (minimum > maximum) {
      findings.error(
          Problem.CONFLICT,
          node.at(),
          "%s: minimum %d is above maximum %d".formatted(path, minimum, maximum),
          "write a minimum that is not above the maximum");
    }
    var variable =
        new DeclaredVariable(
            name.get(), read.get(), values(fields, path), minimum, maximum, "", node.at());
    return Optional.of(withDefault(variable, fields, path));
  }

  private Optional<String> name(Node node, String path) {
    Optional<String> name = expect.text(node, path);
    if (name.isPresent() && !DeclaredVariable.isName(name.get())) {
      expect.invalid(
          node.at(),
          path,
          name.get(),
          "cannot be the name of a variable",
          DeclaredVariable.NAME_HELP);
      return Optional.empty();
    }
    return name;
  }

  /** A field that says nothing of another type would be a bound that nobody holds. */
  private void of(
      Map<String, Node> fields,
      String key,
      DeclaredVariable.Type type,
      DeclaredVariable.Type wanted,
      String path) {
    Node node = fields.get(key);
    if (node != null && type != wanted) {
      findings.error(
          Problem.CONFLICT,
          node.at(),
          "%s.%s is for variables of type %s, and this one is of type %s"
              .formatted(path, key, wanted.text(), type.text()),
          "remove %s, or write type: %s".formatted(key, wanted.text()));
    }
  }

  private List<String> values(Map<String, Node> fields, String path) {
    Node node = fields.get("values");
    if (node == null) {
      return List.of();
    }
    String place = path + ".values";
    var values = new ArrayList<String>();
    List<Node> items = expect.items(node, place, SpecBounds.MOST_DECLARED_VALUES);
    for (Node item : items) {
      value(item, place).ifPresent(values::add);
    }
    if (items.isEmpty() && node instanceof Node.Sequence(_, var none) && none.isEmpty()) {
      expect.invalid(node.at(), place, "[]", "leaves no value", "list values, or remove the line");
    }
    return values;
  }

  private Optional<String> value(Node node, String path) {
    Optional<String> text = expect.text(node, path);
    if (text.isPresent() && !DeclaredVariable.isValue(text.get())) {
      expect.invalid(
          node.at(),
          path,
          text.get(),
          "cannot be the value of a variable",
          DeclaredVariable.VALUE_HELP);
      return Optional.empty();
    }
    return text;
  }

  private int number(Map<String, Node> fields, String key, int otherwise, String path) {
    return Optional.ofNullable(fields.get(key))
        .flatMap(
            node ->
                expect.number(
                    node, path + "." + key, -DeclaredVariable.GREATEST, DeclaredVariable.GREATEST))
        .orElse(otherwise);
  }

  private DeclaredVariable withDefault(
      DeclaredVariable variable, Map<String, Node> fields, String path) {
    Node node = fields.get("default");
    if (node == null) {
      return variable;
    }
    Optional<String> text = value(node, path + ".default");
    text.flatMap(variable::wanted)
        .ifPresent(
            wanted ->
                expect.invalid(
                    node.at(),
                    path + ".default",
                    text.orElse(""),
                    "is not " + wanted,
                    "write " + wanted + ", in quotes"));
    return new DeclaredVariable(
        variable.name(),
        variable.type(),
        variable.values(),
        variable.minimum(),
        variable.maximum(),
        text.orElse(""),
        variable.at());
  }
}
