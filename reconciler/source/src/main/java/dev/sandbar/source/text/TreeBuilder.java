package dev.sandbar.source.text;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import dev.sandbar.core.model.Problem;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Builds the nodes of one file from the tokens of its parser, with a stack of its own: depth costs
 * no call stack. What holds in every format is checked here: depth, the number of values, keys that
 * stand twice, half characters.
 *
 * <p>Each token is first {@linkplain #reach reached}, then taken. What takes a token gives false if
 * the rest of the text must not be read.
 */
final class TreeBuilder {
  private final TextLimits limits;
  private final FileDiagnostics findings;
  private final Deque<OpenNode> open = new ArrayDeque<>();
  private @Nullable Node root;
  private int values;
  private int errorsBefore;
  private Location reached;

  TreeBuilder(String file, TextLimits limits, FileDiagnostics findings) {
    this.limits = limits;
    this.findings = findings;
    this.reached = new Location(file, 1, 1);
  }

  /** Goes on to the token at this place. */
  void reach(Location at) {
    reached = at;
  }

  /** The place of the last token. */
  Location reached() {
    return reached;
  }

  void beginDocument() {
    open.clear();
    root = null;
    errorsBefore = findings.count();
  }

  boolean hasRoot() {
    return root != null;
  }

  boolean wantsKey() {
    OpenNode parent = open.peek();
    return parent != null && parent.wantsKey();
  }

  /** The document; nothing if it is empty, or if there was an error since it began. */
  Optional<Node> document() {
    return Optional.ofNullable(root)
        .filter(_ -> findings.count() == errorsBefore)
        .filter(it -> !(it instanceof Node.Scalar scalar && isEmpty(scalar)));
  }

  private static boolean isEmpty(Node.Scalar scalar) {
    return scalar.kind() == Kind.NULL && scalar.text().isEmpty();
  }

  /** Begins a map, or else a list. */
  boolean begin(boolean mapping) {
    if (open.size() == limits.maxDepth()) {
      error(
          Problem.TOO_LARGE,
          "maps and lists are nested deeper than " + limits.maxDepth() + " levels",
          "Flatten the document");
      return false;
    }
    open.push(new OpenNode(reached, mapping));
    return takeValue();
  }

  /** Ends the map or the list that was begun last. */
  boolean end() {
    put(open.pop().toNode());
    return true;
  }

  /** Takes a single value. Where a key is due it is the key, and counts as a value all the same. */
  boolean scalar(Kind kind, String text) {
    if (!takeValue()) {
      return false;
    }
    if (wantsKey()) {
      return key(text);
    }
    checkWhole("text", text);
    put(new Node.Scalar(reached, kind, text));
    return true;
  }

  boolean key(String name) {
    checkWhole("key", name);
    open.element()
        .key(reached, name)
        .ifPresent(
            first ->
                error(
                    Problem.DUPLICATE_KEY,
                    "duplicate key '%s', first in line %d"
                        .formatted(FileDiagnostics.shorten(name), first.line()),
                    "Keep one of the two"));
    return true;
  }

  /** Puts a finished value where it belongs. */
  private void put(Node node) {
    OpenNode parent = open.peek();
    if (parent == null) {
      root = node;
    } else if (parent.wantsKey()) {
      findings.error(
          Problem.SYNTAX,
          node.at(),
          "a key must be text, not a map or a list",
          "Write 'key: value'");
      Optional<Location> _ = parent.key(node.at(), "");
    } else {
      parent.value(node);
    }
  }

  private boolean takeValue() {
    values++;
    if (values <= limits.maxValues()) {
      return true;
    }
    error(
        Problem.TOO_LARGE,
        "the file has more than " + limits.maxValues() + " values",
        "Split it into several files");
    return false;
  }

  private void checkWhole(String what, String text) {
    if (StrictText.hasLoneSurrogate(text)) {
      error(
          Problem.UNSAFE_TEXT,
          "the " + what + " contains an unpaired UTF-16 surrogate",
          "Write the character itself");
    }
  }

  /** Adds an error of the last token. */
  void error(Problem problem, String message, String help) {
    findings.error(problem, reached, message, help);
  }
}
