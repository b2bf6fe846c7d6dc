package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.model.OpenableDirectives;
import dev.sandbar.core.model.OpenableDirectives.Opening;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.crds.v1alpha1.AppSandboxRaw;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The schema and the rules of the admission policy for {@code raw}. */
final class RawRules {

  private static final String NO = "['no', 'false', 'off', '0', 'n', 'f']";

  /** The words of an entry, whatever it is written as. */
  private static final String WORDS =
      "(type(i.value) == list ? i.value.map(v, string(v)) : [string(i.value)]).map(t, t.trim().split(' ')).map(l, l.filter(w, w != ''))";

  private RawRules() {}

  static void shape(ObjectNode raw) {
    raw.put("maxItems", SpecBounds.MOST_RAW);
    part(raw, "directive").put("maxLength", SpecBounds.LONGEST_NAME);
    part(raw, "reason").put("maxLength", SpecBounds.LONGEST_REASON);
    ObjectNode value = part(raw, "value");
    value.remove("type");
    value
        .put("nullable", true)
        .put("x-kubernetes-preserve-unknown-fields", true)
        // Of a value without a type each bound holds for values of its own kind.
        .put("maxLength", SpecBounds.LONGEST_RAW)
        .put("maxItems", SpecBounds.MOST_ITEMS)
        .putObject("items")
        .put("x-kubernetes-preserve-unknown-fields", true)
        .put("maxLength", SpecBounds.LONGEST_RAW);
  }

  private static ObjectNode part(ObjectNode raw, String name) {
    return SchemaParts.object(raw.at("/items/properties/" + name));
  }

  static void add(Map<String, String> rules) {
    PolicyRules.unknownInItems(rules, "raw", "variables.raw", KnownFields.of(AppSandboxRaw.class));
    rules.put(
        "rawInOpenMode",
        "!variables.closed && variables.raw.size() > 0 ? [variables.adopts ? 'raw opens walls of an app"
            + " itself, and run.unit only takes from a service: remove raw' : 'raw opens walls of mode:"
            + " Closed: remove raw, or use mode: Closed'] : []");
    rules.put(
        "rawDirectives",
        "variables.raw.filter(i, !(i.directive in %s)).map(i, \"raw: '\" + i.directive + %s)"
            .formatted(
                Cel.list(OpenableDirectives.names()),
                Cel.text(
                    "' is no wall that raw can open: use a permission, or one of "
                        + String.join(", ", OpenableDirectives.names()))));
    rules.put(
        "rawReasons",
        "variables.raw.filter(i, !%s || %s).map(i, \"raw: the reason of '\" + i.directive + %s)"
            .formatted(
                Cel.matches(
                    "i.reason",
                    "^[ \\t]*[^ \\t].{%d,}[^ \\t][ \\t]*$"
                        .formatted(SpecBounds.SHORTEST_REASON - 2)),
                Cel.matches("i.reason", "[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]"),
                Cel.text("' is none: " + OpenedWall.HELP)));
    rules.put(
        "rawShapes",
        "variables.raw.filter(i, %s).map(i, 'raw: the value of ' + i.directive + ' must be a single value or a list of values')"
            .formatted(
                "i.value == null || type(i.value) == map || (type(i.value) == list &&"
                    + " (i.value.size() == 0 || i.value.exists(v, v == null || type(v) == map ||"
                    + " type(v) == list)))"));
    words(rules);
  }

  private static void words(Map<String, String> rules) {
    rules.put(
        "rawOff",
        "variables.rawValues.filter(i, i.directive in %1$s && !%2$s.all(l, l.size() > 0 && l.all(w, w.lowerAscii() in %3$s))).map(i, 'raw: ' + i.directive + ' can only be turned off: write no')"
            .formatted(
                Cel.list(
                    OpenableDirectives.all().entrySet().stream()
                        .filter(it -> it.getValue() instanceof Opening.Off)
                        .map(Map.Entry::getKey)
                        .toList()),
                WORDS,
                NO));
    String table =
        OpenableDirectives.all().entrySet().stream()
            .filter(it -> it.getValue() instanceof Opening.Names)
            .map(it -> Cel.text(it.getKey()) + ": " + Cel.list(names(it.getValue())))
            .collect(Collectors.joining(", ", "{", "}"));
    rules.put(
        "rawNames",
        "[%s].map(t, variables.rawValues.filter(i, i.directive in t && %s.exists(l, l.exists(w, !(w in t[i.directive])))).map(i, 'raw: ' + i.directive + ' cannot be opened for that: write one of ' + t[i.directive].join(', ')))[0]"
            .formatted(table, WORDS));
  }

  private static List<String> names(Opening opening) {
    return switch (opening) {
      case Opening.Names(var names) -> names;
      case Opening.Off(), Opening.Words _, Opening.Calls() -> List.of();
    };
  }

  /** Entries whose value is of a plain kind; the others are a mistake of their own. */
  static void variables(Map<String, String> variables) {
    variables.put("raw", PolicyFacts.orEmpty("object.spec.raw", "[]"));
    variables.put(
        "rawValues",
        "variables.raw.filter(i, i.value != null && type(i.value) != map && (type(i.value) != list ||"
            + " i.value.all(v, v != null && type(v) != map && type(v) != list)))");
  }
}
