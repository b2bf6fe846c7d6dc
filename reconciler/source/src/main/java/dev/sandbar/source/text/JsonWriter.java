package dev.sandbar.source.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes a node as JSON. The same node always gives the same bytes: keys in the order of the node,
 * numbers as they were written. Numbers that JSON cannot spell ({@code 0x1f}, {@code +1}, {@code
 * 012}) are respelled without a change of their value; {@code .inf} and {@code .nan} become text.
 */
public final class JsonWriter {
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder().characterEscapes(new Escapes()).build();

  private JsonWriter() {}

  /** On one line, without blanks, without a newline at the end. */
  public static String compact(Node node) {
    return print(node, null);
  }

  /** Two spaces per level, with a newline at the end. */
  public static String indented(Node node) {
    var separators =
        PrettyPrinter.DEFAULT_SEPARATORS
            .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
            .withObjectEmptySeparator("")
            .withArrayEmptySeparator("");
    var lines = new DefaultIndenter("  ", "\n");
    var layout = new DefaultPrettyPrinter(separators);
    return print(node, layout.withObjectIndenter(lines).withArrayIndenter(lines)) + '\n';
  }

  private static String print(Node node, @Nullable PrettyPrinter layout) {
    var out = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(out).setPrettyPrinter(layout)) {
      write(node, json);
    } catch (IOException e) {
      throw new UncheckedIOException("writing text to memory", e);
    }
    return out.toString();
  }

  private static void write(Node node, JsonGenerator json) throws IOException {
    switch (node) {
      case Node.Scalar(var _, var kind, var text) -> {
        switch (kind) {
          case TEXT -> json.writeString(whole(text));
          case NULL -> json.writeNull();
          case BOOLEAN -> json.writeBoolean(Boolean.parseBoolean(text));
          case INTEGER, DECIMAL -> json.writeRawValue(number(kind, text));
        }
      }
      case Node.Sequence(var _, var items) -> {
        json.writeStartArray();
        for (Node item : items) {
          write(item, json);
        }
        json.writeEndArray();
      }
      case Node.Mapping(var _, var entries) -> {
        json.writeStartObject();
        for (Node.Entry entry : entries) {
          json.writeFieldName(whole(entry.key()));
          write(entry.value(), json);
        }
        json.writeEndObject();
      }
    }
  }

  private static String number(Kind kind, String text) {
    if (NUMBER.matcher(text).matches()) {
      return text;
    }
    if (ScalarForm.kindOf(text) != kind) {
      throw new IllegalArgumentException("not a number: " + FileDiagnostics.shorten(text));
    }
    if (text.startsWith("0x")) {
      return new BigInteger(text.substring(2), 16).toString();
    }
    if (text.startsWith("0o")) {
      return new BigInteger(text.substring(2), 8).toString();
    }
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.endsWith("inf") || lower.endsWith("nan")) {
      return '"' + text + '"';
    }
    String sign = text.startsWith("-") ? "-" : "";
    String digits = lower.replaceFirst("^[-+]", "");
    String whole = digits.replaceFirst("[.e].*$", "").replaceFirst("^0+(?=[0-9])", "");
    String rest = digits.replaceFirst("^[0-9]*", "").replaceFirst("^\\.(?=e|$)", "");
    return sign + (whole.isEmpty() ? "0" : whole) + rest;
  }

  private static String whole(String text) {
    if (StrictText.hasLoneSurrogate(text)) {
      throw new IllegalArgumentException("unpaired UTF-16 surrogate");
    }
    return text;
  }

  /** Control and formatting characters: line separators, byte order mark, direction overrides. */
  static boolean needsEscape(char c) {
    return Character.isISOControl(c)
        || Character.getType(c) == Character.FORMAT
        || c == '\u2028'
        || c == '\u2029'
        || c == '\ufffe'
        || c == '\uffff';
  }

  /** What JSON, YAML or a terminal could misread is escaped, always in the same spelling. */
  private static final class Escapes extends CharacterEscapes {
    private static final int[] ASCII = standardAsciiEscapesForJSON();

    static {
      for (char c = 0; c < ASCII.length; c++) {
        if (needsEscape(c) && "\n\r\t".indexOf(c) < 0) {
          ASCII[c] = ESCAPE_CUSTOM;
        }
      }
    }

    @Override
    public int[] getEscapeCodesForAscii() {
      return ASCII;
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int c) {
      return needsEscape((char) c) ? new SerializedString("\\u%04x".formatted(c)) : null;
    }
  }
}
