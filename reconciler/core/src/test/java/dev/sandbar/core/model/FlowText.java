package dev.sandbar.core.model;

import dev.sandbar.core.model.Node.Entry;
import dev.sandbar.core.model.Node.Kind;
import java.util.ArrayList;

/** Reads the flow form of YAML ({@code {a: [b, "c"]}}), as far as tests need it, with places. */
public final class FlowText {

  private final String text;
  private int next;

  private FlowText(String text) {
    this.text = text;
  }

  /** The document of the text. */
  public static Node parse(String text) {
    var reader = new FlowText(text);
    Node node = reader.value();
    reader.blanks();
    if (reader.next != text.length()) {
      throw new IllegalArgumentException("left over at " + reader.at());
    }
    return node;
  }

  /** An app with this spec. */
  public static Node app(String name, String spec) {
    return parse(
        "{apiVersion: sandbar.dev/v1alpha1, kind: AppSandbox, metadata: {name: %s},\nspec: %s}"
            .formatted(name, spec));
  }

  /** An app with this spec, which must be right. */
  public static AppSpec read(String name, String spec) {
    return switch (SpecReader.read(app(name, spec))) {
      case SpecReader.Read(var app, _) -> app;
      case SpecReader.Refused refused -> throw new AssertionError(refused.diagnostics().toString());
    };
  }

  private Node value() {
    blanks();
    Location at = at();
    return switch (text.charAt(next)) {
      case '{' -> mapping(at);
      case '[' -> sequence(at);
      case '"' -> new Node.Scalar(at, Kind.TEXT, quoted());
      default -> plain(at);
    };
  }

  private Node mapping(Location at) {
    next++;
    var entries = new ArrayList<Entry>();
    while (!skip('}')) {
      Location keyAt = at();
      String key = text.charAt(next) == '"' ? quoted() : until(":");
      if (!skip(':')) {
        throw new IllegalArgumentException("no colon at " + at());
      }
      entries.add(new Entry(keyAt, key, value()));
      skip(',');
    }
    return new Node.Mapping(at, entries);
  }

  private Node sequence(Location at) {
    next++;
    var items = new ArrayList<Node>();
    while (!skip(']')) {
      items.add(value());
      skip(',');
    }
    return new Node.Sequence(at, items);
  }

  private String quoted() {
    var out = new StringBuilder();
    for (next++; text.charAt(next) != '"'; next++) {
      if (text.charAt(next) == '\\') {
        next++;
        char c = text.charAt(next);
        out.append(c == 'n' ? '\n' : c == 'r' ? '\r' : c == '0' ? '\0' : c == 't' ? '\t' : c);
      } else {
        out.append(text.charAt(next));
      }
    }
    next++;
    return out.toString();
  }

  private Node plain(Location at) {
    String word = until(",]}\n").strip();
    Kind kind =
        switch (word) {
          case "true", "false" -> Kind.BOOLEAN;
          case "null", "" -> Kind.NULL;
          default ->
              word.matches("[-+]?[0-9]+")
                  ? Kind.INTEGER
                  : word.matches("[-+]?[0-9]+\\.[0-9]+") ? Kind.DECIMAL : Kind.TEXT;
        };
    return new Node.Scalar(at, kind, word);
  }

  private String until(String ends) {
    int from = next;
    while (next < text.length() && ends.indexOf(text.charAt(next)) < 0) {
      next++;
    }
    return text.substring(from, next);
  }

  private boolean skip(char c) {
    blanks();
    if (text.charAt(next) == c) {
      next++;
      blanks();
      return true;
    }
    return false;
  }

  private void blanks() {
    while (next < text.length() && Character.isWhitespace(text.charAt(next))) {
      next++;
    }
  }

  private Location at() {
    int line = (int) text.substring(0, next).chars().filter(c -> c == '\n').count() + 1;
    return new Location("app.yaml", line, next - text.lastIndexOf('\n', next - 1));
  }
}
