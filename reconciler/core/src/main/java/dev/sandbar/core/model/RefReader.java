package dev.sandbar.core.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads {@code ref:} of a repository as Flux writes it: a map with one of a branch, a tag, a commit
 * or a full name. What it gives is a commit or the full name that the server has, so that a branch
 * and a tag of the same name are never mistaken for each other.
 */
final class RefReader {
  private static final List<String> FIELDS = List.of("branch", "tag", "commit", "name");
  private static final String BRANCHES = "refs/heads/";
  private static final String TAGS = "refs/tags/";
  private static final String NAMES = "refs/";
  private static final int LONGEST = 230;
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  private final DocumentDiagnostics findings;
  private final NodeValidator expect;

  /**
   * Whether the text of releases before is taken: a branch or else a tag, a commit, a full name.
   */
  private final boolean takesText;

  RefReader(DocumentDiagnostics findings, boolean takesText) {
    this.findings = findings;
    this.takesText = takesText;
    this.expect = new NodeValidator(findings);
  }

  Optional<String> read(Node node, String path) {
    if (node instanceof Node.Scalar(var at, _, var text)) {
      if (takesText) {
        return expect.scalar(node, path);
      }
      findings.error(
          Problem.WRONG_TYPE,
          at,
          "%s must be a map, found %s".formatted(path, NodeValidator.shown(text)),
          help(text));
      return Optional.empty();
    }
    return map(node, path);
  }

  private Optional<String> map(Node node, String path) {
    if (node instanceof Node.Mapping(var at, var entries) && entries.size() != 1) {
      findings.error(
          Problem.INVALID_VALUE,
          at,
          "%s has %s".formatted(path, entries.isEmpty() ? "no field" : "several fields"),
          "write one of branch, tag, commit and name, for example ref: {branch: main}");
      return Optional.empty();
    }
    Map<String, Node> fields = expect.fields(node, path, FIELDS);
    if (fields.isEmpty()) {
      return Optional.empty();
    }
    var field = fields.entrySet().iterator().next();
    String key = field.getKey();
    return expect
        .text(field.getValue(), path + "." + key)
        .filter(text -> isValid(field.getValue(), path + "." + key, key, text))
        .map(
            text ->
                key.equals("branch") ? BRANCHES + text : key.equals("tag") ? TAGS + text : text);
  }

  private boolean isValid(Node node, String path, String key, String text) {
    String help =
        switch (key) {
          case "commit" -> COMMIT.matcher(text).matches() ? "" : "write its 40 hexadecimal digits";
          // A typed client writes the previous text as a name.
          case "name" ->
              takesText || text.startsWith(NAMES)
                  ? ""
                  : "write a full name such as refs/heads/main";
          default ->
              text.startsWith(NAMES)
                  ? help(text)
                  : text.isEmpty() || text.startsWith("-") ? "write for example main" : "";
        };
    if (help.isEmpty() && text.length() > LONGEST) {
      help = "write one of at most %d characters".formatted(LONGEST);
    }
    if (!help.isEmpty()) {
      expect.invalid(node.at(), path, text, "is no " + (key.equals("name") ? "ref" : key), help);
    }
    return help.isEmpty();
  }

  private static String help(String text) {
    if (COMMIT.matcher(text).matches()) {
      return "write ref: {commit: %s}".formatted(text);
    }
    if (text.startsWith(BRANCHES)) {
      return "write ref: {branch: %s}".formatted(text.substring(BRANCHES.length()));
    }
    if (text.startsWith(TAGS)) {
      return "write ref: {tag: %s}".formatted(text.substring(TAGS.length()));
    }
    return text.startsWith(NAMES)
        ? "write ref: {name: %s}".formatted(text)
        : "write ref: {branch: %1$s}, or ref: {tag: %1$s} if it is a tag".formatted(text);
  }
}
