package dev.sandbar.core.model;

import dev.sandbar.core.model.Selector.Operator;
import dev.sandbar.core.model.Selector.Requirement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/** Reads {@code devices:}, a Kubernetes label selector. */
public final class SelectorReader {

  private static final SequencedMap<String, Operator> OPERATORS =
      NodeValidator.words(List.of(Operator.values()), SelectorReader::word);

  private final NodeValidator expect;

  SelectorReader(DocumentDiagnostics findings) {
    this.expect = new NodeValidator(findings);
  }

  /** The selector of a spec that is not read as a whole; empty if it is wrong itself. */
  public static Optional<Selector> alone(Node devices) {
    var findings = new DocumentDiagnostics();
    Selector selector = new SelectorReader(findings).read(devices);
    return findings.hasErrors() ? Optional.empty() : Optional.of(selector);
  }

  Selector read(Node node) {
    var fields = expect.fields(node, "spec.devices", List.of("matchLabels", "matchExpressions"));
    var labels = new TreeMap<String, String>();
    Node labelNode = fields.get("matchLabels");
    if (labelNode != null) {
      String path = "spec.devices.matchLabels";
      for (Node.Entry entry :
          expect.entries(labelNode, path, SpecBounds.MOST_ITEMS, "select by fewer labels")) {
        if (isLabel(entry.key(), entry.keyAt(), path)) {
          expect
              .text(entry.value(), NodeValidator.child(path, entry.key()))
              .ifPresent(text -> labels.put(entry.key(), text));
        }
      }
    }
    var requirements = new ArrayList<Requirement>();
    Node expressions = fields.get("matchExpressions");
    if (expressions != null) {
      String path = "spec.devices.matchExpressions";
      for (Node item : expect.items(expressions, path, SpecBounds.MOST_ITEMS)) {
        requirement(item, path).ifPresent(requirements::add);
      }
    }
    return new Selector(labels, requirements);
  }

  private Optional<Requirement> requirement(Node node, String path) {
    var fields = expect.fields(node, path, List.of("key", "operator", "values"));
    Optional<String> key =
        expect
            .required(fields, node, path, "key")
            .flatMap(
                n ->
                    expect
                        .text(n, path + ".key")
                        .filter(text -> isLabel(text, n.at(), path + ".key")));
    Optional<Operator> operator =
        expect
            .required(fields, node, path, "operator")
            .flatMap(n -> expect.word(n, path + ".operator", OPERATORS));
    List<String> values = values(fields, path + ".values");
    if (key.isEmpty() || operator.isEmpty()) {
      return Optional.empty();
    }
    boolean wantsValues = operator.get() == Operator.IN || operator.get() == Operator.NOT_IN;
    if (wantsValues == values.isEmpty()) {
      expect.invalid(
          node.at(),
          path,
          word(operator.get()),
          wantsValues ? "needs values" : "takes no values",
          wantsValues ? "add values: [a, b]" : "remove values");
    }
    return Optional.of(new Requirement(key.get(), operator.get(), values));
  }

  private boolean isLabel(String key, Location at, String path) {
    boolean fits = key.length() <= SpecBounds.LONGEST_LABEL;
    if (!fits) {
      expect.invalid(
          at,
          path,
          key,
          "is longer than the key of any label",
          "use at most %d characters".formatted(SpecBounds.LONGEST_LABEL));
    }
    return fits;
  }

  private List<String> values(Map<String, Node> fields, String path) {
    Node node = fields.get("values");
    return node == null
        ? List.of()
        : expect.items(node, path, SpecBounds.MOST_ITEMS).stream()
            .map(item -> expect.text(item, path))
            .flatMap(Optional::stream)
            .toList();
  }

  private static String word(Operator operator) {
    return switch (operator) {
      case IN -> "In";
      case NOT_IN -> "NotIn";
      case EXISTS -> "Exists";
      case DOES_NOT_EXIST -> "DoesNotExist";
    };
  }
}
