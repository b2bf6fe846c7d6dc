package dev.sandbar.source.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import dev.sandbar.core.model.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
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
  private final ValueBudget budget;
  private final Findings findings = new Findings();
  private final Deque<OpenNode> open = new ArrayDeque<>();
  private @Nullable Node root;
  private Location reached;

  private JsonReader(String file, TextLimits limits) {
    this.file = file;
    this.budget = new ValueBudget(limits);
    this.reached = new Location(file, 1, 1);
  }

  private Location reached() {
    return reached;
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
            text -> ParserGuard.run(reader.findings, reader::reached, () -> reader.parse(text)));
    Node root = reader.root;
    boolean usable = reader.findings.count() == 0 && root != null;
    return new ReadResult(usable ? List.of(root) : List.of(), reader.findings.all());
  }

  private void parse(String text) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      JsonToken token = parser.nextToken();
      if (token == null) {
        error(Problem.SYNTAX, new Location(file, 1, 1), "the file is empty", "Write a JSON value");
        return;
      }
      for (; token != null; token = parser.nextToken()) {
        Location at = at(parser.currentTokenLocation());
        reached = at;
        if (root != null) {
          error(Problem.SYNTAX, at, "something follows the value", "Keep one value per file");
          return;
        }
        if (!accept(parser, token, at)) {
          return;
        }
      }
    } catch (JsonEOFException e) {
      Location at = at(e.getLocation());
      error(Problem.SYNTAX, at, "the file ends too early", "Close what is open: '}', ']' or '\"'");
    } catch (StreamConstraintsException e) {
      error(Problem.TOO_LARGE, at(e.getLocation()), "a value is too long", "Shorten it");
    } catch (JsonProcessingException e) {
      malformed(at(e.getLocation()), e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException("reading text from memory", e);
    }
  }

  private boolean accept(JsonParser parser, JsonToken token, Location at) throws IOException {
    return switch (token) {
      case START_OBJECT -> begin(at, true);
      case START_ARRAY -> begin(at, false);
      case END_OBJECT, END_ARRAY -> value(open.pop().toNode());
      case FIELD_NAME -> key(at, parser.currentName());
      case VALUE_STRING -> scalar(at, Kind.TEXT, parser.getText());
      case VALUE_NUMBER_INT -> scalar(at, Kind.INTEGER, parser.getText());
      case VALUE_NUMBER_FLOAT -> scalar(at, Kind.DECIMAL, parser.getText());
      case VALUE_TRUE -> scalar(at, Kind.BOOLEAN, "true");
      case VALUE_FALSE -> scalar(at, Kind.BOOLEAN, "false");
      case VALUE_NULL -> scalar(at, Kind.NULL, "null");
      case NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException("a text parser cannot give " + token);
    };
  }

  private boolean begin(Location at, boolean mapping) {
    if (open.size() == budget.limits().maxDepth()) {
      error(
          Problem.TOO_LARGE,
          at,
          "objects and arrays are nested deeper than " + budget.limits().maxDepth() + " levels",
          "Flatten the document");
      return false;
    }
    open.push(new OpenNode(at, mapping));
    return takeValue(at);
  }

  private boolean scalar(Location at, Kind kind, String text) {
    if (StrictText.hasLoneSurrogate(text)) {
      error(Problem.UNSAFE_TEXT, at, "the text holds half a character", "Write it whole");
    }
    return takeValue(at) && value(new Node.Scalar(at, kind, text));
  }

  private boolean key(Location at, String name) {
    OpenNode parent = open.element();
    Optional<Location> first = parent.firstUse(name);
    if (first.isPresent()) {
      error(
          Problem.DUPLICATE_KEY,
          at,
          "the key '%s' stands twice, first in line %d"
              .formatted(YamlTree.shorten(name), first.get().line()),
          "Keep one of the two");
    }
    if (StrictText.hasLoneSurrogate(name)) {
      error(Problem.UNSAFE_TEXT, at, "the key holds half a character", "Write it whole");
    }
    parent.key(at, name);
    return true;
  }

  private boolean value(Node node) {
    OpenNode parent = open.peek();
    if (parent == null) {
      root = node;
    } else {
      parent.value(node);
    }
    return true;
  }

  private boolean takeValue(Location at) {
    if (budget.take()) {
      return true;
    }
    error(
        Problem.TOO_LARGE,
        at,
        "the file has more than " + budget.limits().maxValues() + " values",
        "Split it into several files");
    return false;
  }

  private void malformed(Location at, String message) {
    var character = CHARACTER.matcher(message);
    var token = TOKEN.matcher(message);
    if (token.find()) {
      String word = YamlTree.shorten(token.group(1));
      error(Problem.SYNTAX, at, "'" + word + "' is not a JSON value", "Put text in double quotes");
    } else if (character.find()) {
      String seen = YamlTree.shorten(character.group(1));
      error(Problem.SYNTAX, at, "'" + seen + "' is not expected here", "Check ',', ':' and quotes");
    } else if (message.contains("control character") || message.contains("CTRL-CHAR")) {
      error(Problem.SYNTAX, at, "a control character stands here", "Write it as an escape");
    } else if (message.contains("escape")) {
      error(Problem.SYNTAX, at, "the escape is unknown", "Write a backslash as two");
    } else if (message.contains("numeric value")) {
      error(Problem.SYNTAX, at, "the number is not a JSON number", "Put text in double quotes");
    } else {
      error(Problem.SYNTAX, at, "this is not well-formed JSON", "Check ',', ':' and quotes");
    }
  }

  private Location at(@Nullable JsonLocation place) {
    if (place == null) {
      return new Location(file, 1, 1);
    }
    return new Location(file, Math.max(place.getLineNr(), 1), Math.max(place.getColumnNr(), 1));
  }

  private void error(Problem problem, Location at, String message, String mend) {
    findings.error(problem, at, message, mend);
  }
}
