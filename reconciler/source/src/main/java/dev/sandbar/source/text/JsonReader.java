package dev.sandbar.source.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node.Kind;
import dev.sandbar.core.model.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON value (RFC 8259) strictly: the same key twice, comments, and anything after the
 * value are errors.
 */
public final class JsonReader {
  private static final Pattern CHARACTER = Pattern.compile("Unexpected character \\('(.)'");
  private static final Pattern TOKEN = Pattern.compile("Unrecognized token '([^']{1,60})'");

  // Keys of foreign files must not stay in memory: no interning, no symbol table.
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private final String file;
  private final FileDiagnostics findings = new FileDiagnostics();
  private final TreeBuilder tree;

  private JsonReader(String file, TextLimits limits) {
    this.file = file;
    this.tree = new TreeBuilder(file, limits, findings);
  }

  /** Reads with {@link TextLimits#DEFAULT}. */
  public static ReadResult read(String file, byte[] bytes) {
    return read(file, bytes, TextLimits.DEFAULT);
  }

  /**
   * Reads the value of a file. Never throws for bad input.
   *
   * @param file the name that locations carry
   */
  public static ReadResult read(String file, byte[] bytes, TextLimits limits) {
    var reader = new JsonReader(file, limits);
    StrictText.decode(file, bytes, limits, reader.findings)
        .ifPresent(
            text ->
                ParserGuard.run(reader.findings, reader.tree::reached, () -> reader.parse(text)));
    return new ReadResult(reader.tree.document().stream().toList(), reader.findings.all());
  }

  private void parse(String text) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      JsonToken token = parser.nextToken();
      if (token == null) {
        tree.error(Problem.SYNTAX, "the file is empty", "Write a JSON value");
      }
      for (; token != null; token = parser.nextToken()) {
        tree.reach(at(parser.currentTokenLocation()));
        if (tree.hasRoot()) {
          tree.error(Problem.SYNTAX, "something follows the value", "Keep one value per file");
          return;
        }
        if (!accept(parser, token)) {
          return;
        }
      }
    } catch (JsonEOFException e) {
      syntaxError(
          at(e.getLocation()), "the file ends too early", "Close what is open: '}', ']' or '\"'");
    } catch (StreamConstraintsException e) {
      findings.error(Problem.TOO_LARGE, at(e.getLocation()), "a value is too long", "Shorten it");
    } catch (JsonProcessingException e) {
      malformed(at(e.getLocation()), e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException("reading text from memory", e);
    }
  }

  private boolean accept(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> tree.begin(true);
      case START_ARRAY -> tree.begin(false);
      case END_OBJECT, END_ARRAY -> tree.end();
      case FIELD_NAME -> tree.key(parser.currentName());
      case VALUE_STRING -> tree.scalar(Kind.TEXT, parser.getText());
      case VALUE_NUMBER_INT -> tree.scalar(Kind.INTEGER, parser.getText());
      case VALUE_NUMBER_FLOAT -> tree.scalar(Kind.DECIMAL, parser.getText());
      case VALUE_TRUE -> tree.scalar(Kind.BOOLEAN, "true");
      case VALUE_FALSE -> tree.scalar(Kind.BOOLEAN, "false");
      case VALUE_NULL -> tree.scalar(Kind.NULL, "null");
      case NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException("a text parser cannot give " + token);
    };
  }

  private void malformed(Location at, String message) {
    var character = CHARACTER.matcher(message);
    var token = TOKEN.matcher(message);
    if (token.find()) {
      String word = FileDiagnostics.shorten(token.group(1));
      syntaxError(at, "'" + word + "' is not a JSON value", "Put text in double quotes");
    } else if (character.find()) {
      String seen = FileDiagnostics.shorten(character.group(1));
      syntaxError(at, "'" + seen + "' is not expected here", "Check ',', ':' and quotes");
    } else if (message.contains("control character") || message.contains("CTRL-CHAR")) {
      syntaxError(at, "unescaped control character", "Write it as an escape");
    } else if (message.contains("escape")) {
      syntaxError(at, "the escape is unknown", "Write a backslash as two");
    } else if (message.contains("numeric value")) {
      syntaxError(at, "the number is not a JSON number", "Put text in double quotes");
    } else {
      syntaxError(at, "this is not well-formed JSON", "Check ',', ':' and quotes");
    }
  }

  private void syntaxError(Location at, String message, String help) {
    findings.error(Problem.SYNTAX, at, message, help);
  }

  private Location at(@Nullable JsonLocation place) {
    return Optional.ofNullable(place)
        .map(it -> new Location(file, Math.max(it.getLineNr(), 1), Math.max(it.getColumnNr(), 1)))
        .orElseGet(() -> new Location(file, 1, 1));
  }
}
