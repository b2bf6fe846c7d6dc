package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.AppSpec.DriftSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** Reads {@code drift:}. Which properties may be ignored is checked by the compiler. */
final class DriftReader {

  private static final String PATH = "spec.drift";
  private static final String IGNORE = PATH + ".ignore";
  private static final SequencedMap<String, DriftMode> MODES =
      NodeValidator.words(List.of(DriftMode.values()), DriftMode::text);

  private final DocumentDiagnostics findings;
  private final NodeValidator expect;

  DriftReader(DocumentDiagnostics findings) {
    this.findings = findings;
    this.expect = new NodeValidator(findings);
  }

  DriftSpec read(Node node) {
    if (node instanceof Node.Scalar(var at, _, var text)) {
      findings.error(
          Problem.WRONG_TYPE,
          at,
          "%s must be a map, found %s".formatted(PATH, NodeValidator.shown(text)),
          MODES.containsKey(text)
              ? "write drift: {mode: %s}".formatted(text)
              : "write drift: {mode: Detect} or drift: {mode: Correct}");
      return DriftSpec.of(DriftMode.DETECT);
    }
    var fields = expect.fields(node, PATH, List.of("mode", "ignore"));
    DriftMode mode =
        Optional.ofNullable(fields.get("mode"))
            .flatMap(n -> expect.word(n, PATH + ".mode", MODES))
            .orElse(DriftMode.DETECT);
    return new DriftSpec(
        mode, Optional.ofNullable(fields.get("ignore")).map(this::rules).orElse(List.of()));
  }

  private List<IgnoreRule> rules(Node node) {
    var rules = new ArrayList<IgnoreRule>();
    var known = new HashSet<String>();
    for (Node item : expect.items(node, IGNORE, SpecBounds.MOST_IGNORED)) {
      if (expect.entries(item, IGNORE).isEmpty() && !(item instanceof Node.Mapping)) {
        continue;
      }
      Map<String, Node> fields = expect.fields(item, IGNORE, List.of("property", "reason"));
      Optional<String> property =
          expect
              .required(fields, item, IGNORE, "property")
              .flatMap(n -> expect.text(n, IGNORE + ".property"))
              .filter(
                  name -> expect.isFirst(name, known, item, IGNORE, "remove one of the entries"));
      Optional<String> reason =
          expect.required(fields, item, IGNORE, "reason").flatMap(this::reason);
      if (property.isPresent() && reason.isPresent()) {
        rules.add(new IgnoreRule(property.get(), reason.get(), item.at()));
      }
    }
    return rules;
  }

  private Optional<String> reason(Node node) {
    return expect.line(node, IGNORE + ".reason", IgnoreRule::problemInReason, IgnoreRule.HELP);
  }
}
