package dev.sandbar.core.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Takes values of an expected kind out of a document; anything else becomes a finding that names
 * the value by its path in the document.
 */
final class NodeValidator {

  private final DocumentDiagnostics findings;

  NodeValidator(DocumentDiagnostics findings) {
    this.findings = findings;
  }

  /** The fields of a map by name; unknown and null ones are findings and left out. */
  SequencedMap<String, Node> fields(Node node, String path, List<String> known) {
    return fields(node, path, known, Problem.UNKNOWN_FIELD);
  }

  SequencedMap<String, Node> fields(Node node, String path, List<String> known, Problem unknown) {
    var fields = new LinkedHashMap<String, Node>();
    for (Node.Entry entry : entries(node, path)) {
      if (!known.contains(entry.key())) {
        String kind = unknown == Problem.UNKNOWN_PERMISSION ? "permission" : "field";
        findings.error(
            unknown,
            entry.keyAt(),
            "unknown %s %s in %s".formatted(kind, shown(entry.key()), path),
            Nearest.help(entry.key(), known, all(unknown, path)));
      } else if (isNull(entry.value())) {
        wrongType(
            entry.value(),
            child(path, entry.key()),
            "a value",
            "remove the field or give it a value");
      } else {
        fields.put(entry.key(), entry.value());
      }
    }
    return fields;
  }

  private static String all(Problem unknown, String path) {
    if (unknown == Problem.UNKNOWN_PERMISSION) {
      return "sandbar explain";
    }
    return path.startsWith("spec") ? "docs/appsandbox.md" : "docs/agent.md";
  }

  /** The entries of a map with free keys; empty if it is none. */
  List<Node.Entry> entries(Node node, String path) {
    if (node instanceof Node.Mapping mapping) {
      return mapping.entries();
    }
    wrongType(node, path, "a map", "write it as key: value lines");
    return List.of();
  }

  /** The entries of a map with free keys; empty if it is none, or has more than {@code limit}. */
  List<Node.Entry> entries(Node node, String path, int limit, String help) {
    List<Node.Entry> entries = entries(node, path);
    if (entries.size() > limit) {
      tooMany(node.at(), path, entries.size(), limit, help);
      return List.of();
    }
    return entries;
  }

  /** A required field. */
  Optional<Node> required(Map<String, Node> fields, Node parent, String path, String key) {
    Optional<Node> value = Optional.ofNullable(fields.get(key));
    if (value.isEmpty() && !namesKey(parent, key)) {
      findings.error(
          Problem.MISSING_FIELD,
          parent.at(),
          path + " has no " + key,
          "add " + key + " to " + path);
    }
    return value;
  }

  /** The items of a list, at most {@code limit} of them. */
  List<Node> items(Node node, String path, int limit) {
    return items(node, path, limit, "leave some out, or say several in one entry");
  }

  /**
   * The same.
   *
   * @param help what to write in place of too many
   */
  List<Node> items(Node node, String path, int limit, String help) {
    if (!(node instanceof Node.Sequence(Location at, List<Node> items))) {
      wrongType(node, path, "a list", "write it as [a, b] or as lines that begin with -");
      return List.of();
    }
    if (items.size() > limit) {
      tooMany(at, path, items.size(), limit, help);
      return List.of();
    }
    return items;
  }

  /** Text that a unit file can contain. */
  Optional<String> text(Node node, String path) {
    if (!(node instanceof Node.Scalar(Location at, Node.Kind kind, String text))
        || kind != Node.Kind.TEXT) {
      wrongType(
          node, path, "text", node instanceof Node.Scalar ? "put it in quotes" : "write one text");
      return Optional.empty();
    }
    return safe(text, at, path);
  }

  /** Any scalar but null, as written. */
  Optional<String> scalar(Node node, String path) {
    if (node instanceof Node.Scalar(Location at, Node.Kind kind, String text)
        && kind != Node.Kind.NULL) {
      return safe(text, at, path);
    }
    wrongType(node, path, "a single value", "write one value or a list of values");
    return Optional.empty();
  }

  /** {@code true} or {@code false}. */
  Optional<Boolean> flag(Node node, String path) {
    if (node instanceof Node.Scalar(_, Node.Kind kind, String text) && kind == Node.Kind.BOOLEAN) {
      return Optional.of(Boolean.parseBoolean(text));
    }
    wrongType(node, path, "true or false", "write true or false");
    return Optional.empty();
  }

  /** A whole number in a range. */
  Optional<Integer> number(Node node, String path, int least, int most) {
    if (!(node instanceof Node.Scalar(Location at, Node.Kind kind, String text))
        || kind != Node.Kind.INTEGER) {
      wrongType(node, path, "a whole number", "write a number without quotes");
      return Optional.empty();
    }
    String digits = least < 0 && text.startsWith("-") ? text.substring(1) : text;
    boolean plain = digits.length() <= 9 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    if (plain && !digits.isEmpty()) {
      int value = Integer.parseInt(text);
      if (value >= least && value <= most) {
        return Optional.of(value);
      }
    }
    invalid(
        at,
        path,
        text,
        "is not a number from %d to %d".formatted(least, most),
        "write a number from %d to %d".formatted(least, most));
    return Optional.empty();
  }

  /** One of the words. */
  <T> Optional<T> word(Node node, String path, SequencedMap<String, T> words) {
    return text(node, path)
        .flatMap(
            text -> {
              Optional<T> value = Optional.ofNullable(words.get(text));
              if (value.isEmpty()) {
                String all = String.join(" or ", words.keySet());
                invalid(node.at(), path, text, "is not one of " + all, "write " + all);
              }
              return value;
            });
  }

  /** Constants by their CamelCase names, as Kubernetes writes them. */
  static <T> SequencedMap<String, T> words(List<T> constants, Function<T, String> name) {
    var words =
        constants.stream().collect(Collectors.toMap(name, c -> c, (a, _) -> a, LinkedHashMap::new));
    return Collections.unmodifiableSequencedMap(words);
  }

  /** An absolute path in normal form. */
  Optional<String> path(Node node, String path) {
    return text(node, path)
        .filter(text -> isVisible(text, node.at(), path))
        .filter(
            text -> {
              Optional<String> problem = PathText.problemIn(text);
              problem.ifPresent(
                  p ->
                      findings.error(
                          Problem.UNSAFE_PATH,
                          node.at(),
                          "%s: %s %s".formatted(path, shown(text), p),
                          "write an absolute path without '.', '..' and double slashes"));
              return problem.isEmpty();
            });
  }

  /** Such a path that can be the whole rest of a line of a unit file. */
  Optional<String> wholeLine(Node node, String path) {
    return path(node, path)
        .filter(
            text -> {
              Optional<String> problem = SafeText.problemInLine(text);
              problem.ifPresent(
                  p ->
                      findings.error(
                          Problem.UNSAFE_PATH,
                          node.at(),
                          "%s: %s %s, which a unit file cannot hold"
                              .formatted(path, shown(text), p),
                          "remove it, or rename the file or folder"));
              return problem.isEmpty();
            });
  }

  private boolean isVisible(String text, Location at, String path) {
    boolean visible = text.codePoints().allMatch(SafeText::isVisible);
    if (!visible) {
      findings.error(
          Problem.UNSAFE_PATH,
          at,
          "%s: %s holds a character that does not show".formatted(path, shown(text)),
          "remove it, or rename the file or folder");
    }
    return visible;
  }

  void invalid(Location at, String path, String value, String why, String help) {
    findings.error(Problem.INVALID_VALUE, at, "%s: %s %s".formatted(path, shown(value), why), help);
  }

  private void tooMany(Location at, String path, int size, int limit, String help) {
    findings.error(
        Problem.TOO_LARGE,
        at,
        "%s has %d entries, at most %d are read".formatted(path, size, limit),
        help);
  }

  private Optional<String> safe(String text, Location at, String path) {
    if (text.length() > SpecBounds.LONGEST_TEXT) {
      findings.error(
          Problem.TOO_LARGE,
          at,
          "%s has %d characters, at most %d are read"
              .formatted(path, text.length(), SpecBounds.LONGEST_TEXT),
          "put long text in a file");
      return Optional.empty();
    }
    Optional<String> problem = SafeText.problemIn(text);
    problem.ifPresent(
        p ->
            findings.error(
                Problem.UNSAFE_TEXT,
                at,
                "%s: the value %s, which a unit file cannot hold".formatted(path, p),
                "remove it; put such text in a file that the app reads"));
    return problem.isEmpty() ? Optional.of(text) : Optional.empty();
  }

  private void wrongType(Node node, String path, String wanted, String help) {
    findings.error(
        Problem.WRONG_TYPE,
        node.at(),
        "%s must be %s, found %s".formatted(path, wanted, describe(node)),
        help);
  }

  private static boolean namesKey(Node parent, String key) {
    return parent instanceof Node.Mapping mapping
        && mapping.entries().stream().anyMatch(e -> e.key().equals(key));
  }

  private static boolean isNull(Node node) {
    return node instanceof Node.Scalar scalar && scalar.kind() == Node.Kind.NULL;
  }

  private static String describe(Node node) {
    return switch (node) {
      case Node.Mapping _ -> "a map";
      case Node.Sequence _ -> "a list";
      case Node.Scalar scalar ->
          switch (scalar.kind()) {
            case TEXT -> "the text " + shown(scalar.text());
            case INTEGER, DECIMAL -> "the number " + shown(scalar.text());
            case BOOLEAN -> scalar.text();
            case NULL -> "null";
          };
    };
  }

  /** The path of an entry; a key that is no plain word is shown as any other value. */
  static String child(String path, String key) {
    return path + "." + (isPlain(key) ? key : shown(key));
  }

  private static boolean isPlain(String key) {
    return !key.isEmpty()
        && key.length() <= SpecBounds.LONGEST_LABEL
        && key.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '\'');
  }

  /** A value of the input inside a message. */
  static String shown(String text) {
    return SafeText.shown(text);
  }

  /**
   * Text that a person wrote for other people.
   *
   * @param problem why it is not usable, as the end of a sentence; empty if it is
   */
  Optional<String> line(
      Node node, String path, Function<String, Optional<String>> problem, String help) {
    if (node instanceof Node.Scalar(var at, var kind, var text) && kind == Node.Kind.TEXT) {
      Optional<String> found = problem.apply(text);
      found.ifPresent(why -> invalid(at, path, text, why, help));
      return found.isPresent() ? Optional.empty() : Optional.of(text);
    }
    return text(node, path);
  }

  /** Whether no entry of the list before this one has the name; another one is an error. */
  boolean isFirst(String name, Set<String> known, Node item, String path, String help) {
    boolean first = known.add(name);
    if (!first) {
      findings.error(
          Problem.CONFLICT, item.at(), "%s: %s is listed twice".formatted(path, shown(name)), help);
    }
    return first;
  }
}
