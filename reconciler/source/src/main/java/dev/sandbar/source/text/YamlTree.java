package dev.sandbar.source.text;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import dev.sandbar.core.model.Problem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentEndEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;

/** Builds nodes from parser events, with a stack of its own: depth costs no call stack. */
final class YamlTree {
  private final String file;
  private final int lineOffset;
  private final ValueBudget budget;
  private final Findings findings;
  private final List<Node> documents = new ArrayList<>();
  private final Deque<OpenNode> open = new ArrayDeque<>();
  private @Nullable Node root;
  private int errorsBefore;
  private Location reached;

  YamlTree(String file, int lineOffset, ValueBudget budget, Findings findings) {
    this.file = file;
    this.lineOffset = lineOffset;
    this.budget = budget;
    this.findings = findings;
    this.errorsBefore = findings.count();
    this.reached = start();
  }

  /** The documents that ended without an error. */
  List<Node> documents() {
    return documents;
  }

  Location start() {
    return new Location(file, lineOffset + 1, 1);
  }

  /** The place of the last event. */
  Location reached() {
    return reached;
  }

  Location at(Mark mark) {
    return new Location(file, mark.getLine() + 1 + lineOffset, mark.getColumn() + 1);
  }

  /** Takes one event; false if the rest of the text must not be read. */
  boolean accept(Event event) {
    Location at = event.getStartMark().map(this::at).orElseGet(this::start);
    reached = at;
    return switch (event) {
      case DocumentStartEvent begin -> beginDocument(begin, at);
      case DocumentEndEvent _ -> endDocument();
      case AliasEvent alias -> {
        refuse(at, "the alias '*" + shorten(alias.getAlias().getValue()) + "' is not read");
        yield value(new Node.Scalar(at, Kind.NULL, ""), false);
      }
      case ScalarEvent scalar -> scalar(scalar, at);
      case CollectionStartEvent begin -> beginCollection(begin, at);
      case CollectionEndEvent _ -> value(open.pop().toNode(), false);
      default -> true; // the begin and end of the stream
    };
  }

  private boolean beginDocument(DocumentStartEvent begin, Location at) {
    errorsBefore = findings.count();
    root = null;
    if (!begin.getTags().isEmpty()) {
      findings.error(Problem.YAML_ANCHOR, at, "%TAG is not read", "Remove the line");
    }
    return true;
  }

  private boolean endDocument() {
    if (findings.count() == errorsBefore) {
      if (root != null && !isEmpty(root)) {
        documents.add(root);
      }
    }
    return true;
  }

  private static boolean isEmpty(Node node) {
    return node instanceof Node.Scalar(var _, var kind, var text)
        && kind == Kind.NULL
        && text.isEmpty();
  }

  private boolean scalar(ScalarEvent scalar, Location at) {
    refuseProperties(scalar.getAnchor(), scalar.getTag(), at);
    String text = scalar.getValue();
    if (StrictText.hasLoneSurrogate(text)) {
      findings.error(
          Problem.UNSAFE_TEXT, at, "the text holds half a character", "Write the character itself");
    }
    Kind kind = scalar.isPlain() ? ScalarForm.kindOf(text) : Kind.TEXT;
    return value(new Node.Scalar(at, kind, text), scalar.isPlain());
  }

  private boolean beginCollection(CollectionStartEvent begin, Location at) {
    refuseProperties(begin.getAnchor(), begin.getTag(), at);
    if (open.size() == budget.limits().maxDepth()) {
      findings.error(
          Problem.TOO_LARGE,
          at,
          "maps and lists are nested deeper than " + budget.limits().maxDepth() + " levels",
          "Flatten the document");
      return false;
    }
    if (!takeValue(at)) {
      return false;
    }
    open.push(new OpenNode(at, begin instanceof MappingStartEvent));
    return true;
  }

  private boolean takeValue(Location at) {
    if (budget.take()) {
      return true;
    }
    findings.error(
        Problem.TOO_LARGE,
        at,
        "the file has more than " + budget.limits().maxValues() + " values",
        "Split it into several files");
    return false;
  }

  /** Puts a finished value where it belongs: the root, a list, a key or the value of a key. */
  private boolean value(Node node, boolean plain) {
    if (node instanceof Node.Scalar && !takeValue(node.at())) {
      return false;
    }
    OpenNode parent = open.peek();
    if (parent == null) {
      root = node;
    } else if (parent.wantsKey()) {
      parent.key(node.at(), keyOf(node, plain, parent));
    } else {
      parent.value(node);
    }
    return true;
  }

  private String keyOf(Node node, boolean plain, OpenNode parent) {
    if (!(node instanceof Node.Scalar(Location at, Kind kind, String key))) {
      findings.error(
          Problem.SYNTAX,
          node.at(),
          "a key must be text, not a map or a list",
          "Write 'key: value'");
      return "";
    }
    if (plain && kind == Kind.NULL && key.isEmpty()) {
      findings.error(Problem.SYNTAX, at, "the key before ':' is missing", "Write 'key: value'");
    } else if (plain && key.equals("<<")) {
      refuse(at, "the merge key '<<' is not read");
    }
    Optional<Location> first = parent.firstUse(key);
    if (first.isPresent()) {
      findings.error(
          Problem.DUPLICATE_KEY,
          at,
          "the key '%s' stands twice, first in line %d".formatted(shorten(key), first.get().line()),
          "Keep one of the two");
    }
    return key;
  }

  private void refuseProperties(Optional<Anchor> anchor, Optional<String> tag, Location at) {
    anchor.ifPresent(it -> refuse(at, "the anchor '&" + shorten(it.getValue()) + "' is not read"));
    tag.ifPresent(
        it ->
            findings.error(
                Problem.YAML_ANCHOR,
                at,
                "the tag '" + shorten(it.replace("tag:yaml.org,2002:", "!!")) + "' is not read",
                "Remove the tag; put text into double quotes"));
  }

  private void refuse(Location at, String message) {
    findings.error(Problem.YAML_ANCHOR, at, message, "Write the value out where it is used");
  }

  /** A key as it may stand in a message: one short line. */
  static String shorten(String text) {
    String line =
        text.codePoints()
            .limit(60)
            .map(c -> Character.isISOControl(c) ? '?' : c)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    return line.length() < text.length() ? line + "..." : line;
  }
}
