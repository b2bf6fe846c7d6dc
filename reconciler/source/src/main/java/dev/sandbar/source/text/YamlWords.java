package dev.sandbar.source.text;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/**
 * Plain words for what the YAML parser complains of. Its own wording speaks of tokens and block
 * ends, which does not help a person who forgot a blank.
 */
record YamlWords(String message, String help) {
  private static final Pattern UNSTARTABLE =
      Pattern.compile("found character '(.*?)(\\(.*)?' that");

  static YamlWords of(MarkedYamlEngineException failure) {
    // Both are null in some of the parser's exceptions, whatever its annotations say.
    return of(
        Objects.requireNonNullElse(failure.getContext(), ""),
        Objects.requireNonNullElse(failure.getProblem(), ""));
  }

  /**
   * Where a person should look: at what was opened, if the parser missed its end; else at what it
   * stumbled over.
   */
  static Optional<Mark> place(MarkedYamlEngineException failure) {
    String problem = Objects.requireNonNullElse(failure.getProblem(), "");
    boolean endMissed =
        problem.contains("end of stream")
            || problem.contains("document separator")
            || problem.contains("<stream end>");
    return endMissed
        ? failure.getContextMark().or(failure::getProblemMark)
        : failure.getProblemMark().or(failure::getContextMark);
  }

  private static YamlWords of(String context, String problem) {
    return scanning(context, problem)
        .or(() -> structure(context, problem))
        .orElseGet(
            () -> new YamlWords("this is not well-formed YAML", "Check quotes and indentation"));
  }

  private static Optional<YamlWords> scanning(String context, String problem) {
    var unstartable = UNSTARTABLE.matcher(problem);
    if (unstartable.find()) {
      String character = unstartable.group(1);
      return character.startsWith("\\t")
          ? words("a tab stands where YAML wants spaces", "Indent with spaces")
          : words(
              "a value cannot begin with '" + character + "'", "Put the value into double quotes");
    }
    if (problem.contains("unexpected end of stream") || problem.contains("document separator")) {
      return words("the quotes are not closed", "Add the closing quote");
    }
    if (context.contains("double-quoted")) {
      return words(
          "the escape is unknown",
          "Write a backslash in double quotes as two, or use single quotes");
    }
    if (context.contains("block scalar")) {
      return words(
          "the line with '|' or '>' has something after it", "Put the text on the following lines");
    }
    if (context.contains("directive")) {
      return words("the line that begins with '%' is not understood", "Remove the line");
    }
    if (context.contains("alias") || context.contains("anchor")) {
      return words("'*' and '&' have a meaning in YAML", "Put the value into double quotes");
    }
    if (context.contains("scanning a tag")) {
      return words("'!' has a meaning in YAML", "Put the value into double quotes");
    }
    return Optional.empty();
  }

  private static Optional<YamlWords> structure(String context, String problem) {
    if (problem.contains("could not find expected ':'")) {
      return words("a ':' is missing after the key", "Write 'key: value'");
    }
    if (problem.contains("mapping values are not allowed")) {
      return words(
          "a ':' stands where none can be",
          "Check the indentation, or quote the value with the ':'");
    }
    if (problem.contains("sequence entries are not allowed")) {
      return words("a list item stands where none can be", "Put '- ' on a line of its own");
    }
    if (problem.contains("mapping keys are not allowed")) {
      return words("a '?' stands where none can be", "Put the value into double quotes");
    }
    if (context.contains("flow sequence")) {
      return words("the list is not closed or a ',' is missing", "Check the '[', ',' and ']'");
    }
    if (context.contains("flow mapping")) {
      return words("the map is not closed or a ',' is missing", "Check the '{', ',' and '}'");
    }
    if (context.contains("block mapping")) {
      return words(
          "the line does not fit into the map around it",
          "Indent all keys of a map by the same number of spaces");
    }
    if (context.contains("block collection")) {
      return words(
          "the line does not fit into the list around it",
          "Indent all items of a list by the same number of spaces");
    }
    if (problem.contains("<document start>")) {
      return words(
          "something follows the end of the document", "Separate documents by a line '---'");
    }
    return Optional.empty();
  }

  private static Optional<YamlWords> words(String message, String help) {
    return Optional.of(new YamlWords(message, help));
  }
}
