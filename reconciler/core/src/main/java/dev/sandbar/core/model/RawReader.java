package dev.sandbar.core.model;

import dev.sandbar.core.model.AppSpec.Mode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code raw:}. Which walls can be opened, and how far, is checked by the compiler. */
final class RawReader {

  private static final String PATH = "spec." + OpenedWall.KEY;
  private static final String ONE_ENTRY = "write one entry with all its values";

  private final DocumentDiagnostics findings;
  private final NodeValidator expect;

  RawReader(DocumentDiagnostics findings) {
    this.findings = findings;
    this.expect = new NodeValidator(findings);
  }

  /**
   * @param adopts whether the spec confines a service of the device, which is in open mode here
   */
  List<OpenedWall> read(Node node, Mode mode, boolean adopts) {
    var walls = new ArrayList<OpenedWall>();
    var known = new HashSet<String>();
    for (Node item : expect.items(node, PATH, SpecBounds.MOST_RAW)) {
      if (expect.entries(item, PATH).isEmpty() && !(item instanceof Node.Mapping)) {
        continue;
      }
      Map<String, Node> fields = expect.fields(item, PATH, List.of("directive", "value", "reason"));
      Optional<String> directive =
          expect
              .required(fields, item, PATH, "directive")
              .flatMap(n -> expect.text(n, PATH + ".directive"))
              .filter(name -> expect.isFirst(name, known, item, PATH, ONE_ENTRY));
      Optional<List<String>> values =
          expect.required(fields, item, PATH, "value").flatMap(this::values);
      Optional<String> reason = expect.required(fields, item, PATH, "reason").flatMap(this::reason);
      if (directive.isPresent() && values.isPresent() && reason.isPresent()) {
        walls.add(new OpenedWall(directive.get(), values.get(), reason.get(), item.at()));
      }
    }
    if (mode == Mode.OPEN && node instanceof Node.Sequence(var at, var items) && !items.isEmpty()) {
      findings.error(
          Problem.CONFLICT,
          at,
          adopts
              ? "raw opens walls of an app's own program, and run.unit only takes from a service"
              : "raw opens walls of mode: Closed; in mode: Open nothing is closed but what is"
                  + " withheld by name",
          adopts
              ? "remove raw; 'systemctl edit' changes the service itself"
              : "remove raw, or use mode: Closed");
    }
    return walls;
  }

  private Optional<List<String>> values(Node node) {
    String path = PATH + ".value";
    List<Node> items =
        node instanceof Node.Sequence
            ? expect.items(node, path, SpecBounds.MOST_ITEMS)
            : List.of(node);
    List<String> texts =
        items.stream()
            .map(item -> expect.scalar(item, path).filter(text -> isShort(text, item, path)))
            .flatMap(Optional::stream)
            .toList();
    if (node instanceof Node.Sequence && items.isEmpty()) {
      expect.invalid(node.at(), path, "[]", "gives no value", "give a value or remove the entry");
    }
    return texts.isEmpty() || texts.size() != items.size() ? Optional.empty() : Optional.of(texts);
  }

  private boolean isShort(String text, Node item, String path) {
    boolean isShort = text.length() <= SpecBounds.LONGEST_RAW;
    if (!isShort) {
      expect.invalid(
          item.at(),
          path,
          text,
          "has more than %d characters".formatted(SpecBounds.LONGEST_RAW),
          "write a list of names");
    }
    return isShort;
  }

  private Optional<String> reason(Node node) {
    return expect
        .line(node, PATH + ".reason", OpenedWall::problemInReason, OpenedWall.HELP)
        .map(String::strip);
  }
}
