package dev.sandbar.source.text;

import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Writes a node as YAML that people like to read, and that {@link YamlReader} reads back to the
 * same values. Text is quoted whenever a reader of YAML 1.1 or 1.2 could take it for something
 * else; text of several lines becomes a literal block where a block can hold it.
 */
public final class YamlWriter {
  /** Begins and goes on with characters that mean nothing to YAML in either style. */
  private static final Pattern PLAIN =
      Pattern.compile("[A-Za-z0-9_/.+-][A-Za-z0-9_/.+@%=,;()$~^<>*&!?|\\\\ :#-]*");

  /** Longer keys need YAML's explicit form; the standard's bound is 1024 characters. */
  private static final int LONGEST_SIMPLE_KEY = 500;

  private final StringBuilder out = new StringBuilder();

  private YamlWriter() {}

  /** One document, without a {@code ---} line, with a newline at the end. */
  public static String write(Node document) {
    var writer = new YamlWriter();
    writer.block(document, 0, false);
    return writer.out.toString();
  }

  /** Several documents, separated by {@code ---} lines. */
  public static String writeAll(List<? extends Node> documents) {
    return String.join("---\n", documents.stream().map(YamlWriter::write).toList());
  }

  /**
   * Writes a value up to and with its newline.
   *
   * @param inline true if the first line goes on behind a {@code "- "}
   */
  private void block(Node node, int indent, boolean inline) {
    switch (node) {
      case Node.Scalar scalar -> out.append(scalar(scalar, indent)).append('\n');
      case Node.Sequence(var _, var items) when items.isEmpty() -> out.append("[]\n");
      case Node.Mapping(var _, var entries) when entries.isEmpty() -> out.append("{}\n");
      case Node.Sequence(var _, var items) -> {
        for (int i = 0; i < items.size(); i++) {
          out.repeat(' ', inline && i == 0 ? 0 : indent).append("- ");
          block(items.get(i), indent + 2, true);
        }
      }
      case Node.Mapping(var _, var entries) -> {
        for (int i = 0; i < entries.size(); i++) {
          out.repeat(' ', inline && i == 0 ? 0 : indent);
          entry(entries.get(i), indent);
        }
      }
    }
  }

  private void entry(Node.Entry entry, int indent) {
    String key = keyText(entry.key());
    if (key.length() > LONGEST_SIMPLE_KEY) {
      out.append("? ").append(key).append('\n').repeat(' ', indent);
    } else {
      out.append(key);
    }
    out.append(':');
    if (isNested(entry.value())) {
      out.append('\n').repeat(' ', indent + 2);
      block(entry.value(), indent + 2, true);
    } else {
      out.append(' ');
      block(entry.value(), indent + 2, true);
    }
  }

  private static boolean isNested(Node node) {
    return switch (node) {
      case Node.Scalar _ -> false;
      case Node.Sequence(var _, var items) -> !items.isEmpty();
      case Node.Mapping(var _, var entries) -> !entries.isEmpty();
    };
  }

  private static String scalar(Node.Scalar scalar, int indent) {
    String text = scalar.text();
    if (scalar.kind() != Kind.TEXT) {
      if (ScalarForm.kindOf(text) != scalar.kind()) {
        throw new IllegalArgumentException(
            "not a scalar of kind " + scalar.kind() + ": " + FileDiagnostics.shorten(text));
      }
      return text.isEmpty() ? "null" : text;
    }
    if (isPlain(text)) {
      return text;
    }
    // At the root a block would stand unindented, where '---' in the text would end the document.
    return indent > 0 && fitsLiteralBlock(text)
        ? literalBlock(text, indent)
        : JsonWriter.compact(Node.text(text));
  }

  private static String keyText(String key) {
    return isPlain(key) ? key : JsonWriter.compact(Node.text(key));
  }

  private static boolean isPlain(String text) {
    return PLAIN.matcher(text).matches()
        && ScalarForm.isTextEverywhere(text)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.endsWith(":")
        && !text.endsWith(" ")
        && !text.startsWith("- ")
        && !text.equals("-")
        && !text.startsWith("---")
        && !text.startsWith("...");
  }

  /** Lines without anything that a block would change: no blanks at a line's begin or end. */
  private static boolean fitsLiteralBlock(String text) {
    if (text.indexOf('\n') < 0 || StrictText.hasLoneSurrogate(text)) {
      return false;
    }
    if (text.charAt(0) == '\n' || text.charAt(0) == ' ' || text.endsWith("\n\n")) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean blankAtEnd = c == ' ' && (i + 1 == text.length() || text.charAt(i + 1) == '\n');
      if (blankAtEnd || (c != '\n' && JsonWriter.needsEscape(c))) {
        return false;
      }
    }
    return true;
  }

  private static String literalBlock(String text, int indent) {
    boolean ended = text.endsWith("\n");
    String body = ended ? text.substring(0, text.length() - 1) : text;
    var block = new StringBuilder(ended ? "|" : "|-");
    for (String line : body.split("\n", -1)) {
      block.append('\n');
      if (!line.isEmpty()) {
        block.repeat(' ', indent).append(line);
      }
    }
    return block.toString();
  }
}
