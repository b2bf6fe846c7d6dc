package dev.sandbar.source.text;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
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
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlVersionException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Reads YAML 1.2 strictly. Refused, each with its place and how to fix it: anchors, aliases, merge
 * keys, tags, the same key twice, keys that are not plain text, text that is not UTF-8, and
 * whatever is larger or deeper than the limits. An empty document is skipped.
 *
 * <p>Documents are parsed one by one: what is wrong in one does not hide the others.
 */
public final class YamlReader {
  private static final LoadSettings SETTINGS =
      LoadSettings.builder().setParseComments(false).build();

  private final String file;
  private final FileDiagnostics findings = new FileDiagnostics();
  private final TreeBuilder tree;
  private final List<Node> documents = new ArrayList<>();

  private YamlReader(String file, TextLimits limits) {
    this.file = file;
    this.tree = new TreeBuilder(file, limits, findings);
  }

  /** Reads with {@link TextLimits#DEFAULT}. */
  public static ReadResult read(String file, byte[] bytes) {
    return read(file, bytes, TextLimits.DEFAULT);
  }

  /**
   * Reads all documents of a file. Never throws for bad input.
   *
   * @param file the name that locations carry
   */
  public static ReadResult read(String file, byte[] bytes, TextLimits limits) {
    var reader = new YamlReader(file, limits);
    StrictText.decode(file, bytes, limits, reader.findings).map(YamlChunk::split).stream()
        .flatMap(List::stream)
        .forEach(
            chunk ->
                ParserGuard.run(reader.findings, reader.tree::reached, () -> reader.parse(chunk)));
    return new ReadResult(reader.documents, reader.findings.all());
  }

  private void parse(YamlChunk chunk) {
    Location start = new Location(file, chunk.lineOffset() + 1, 1);
    tree.reach(start);
    try {
      var events = new ParserImpl(SETTINGS, new StreamReader(SETTINGS, chunk.text()));
      boolean more = true;
      while (more && events.hasNext()) {
        Event event = events.next();
        tree.reach(event.getStartMark().map(mark -> at(mark, chunk)).orElse(start));
        more = accept(event);
      }
    } catch (MarkedYamlEngineException e) {
      Location at = YamlWords.place(e).map(mark -> at(mark, chunk)).orElse(start);
      var words = YamlWords.of(e);
      findings.error(Problem.SYNTAX, at, words.message(), words.help());
    } catch (ReaderException e) {
      findings.error(
          Problem.SYNTAX,
          StrictText.locate(file, chunk.text(), e.getPosition(), chunk.lineOffset()),
          "the character U+%04X may not stand in YAML".formatted(e.getCodePoint()),
          "Remove it, or write it as an escape in double quotes");
    } catch (YamlVersionException | NumberFormatException e) {
      // The parser takes the figures of the version for small ones.
      findings.error(
          Problem.SYNTAX,
          start,
          "the %YAML line asks for another version than 1.2",
          "Remove the %YAML line");
    } catch (YamlEngineException e) {
      findings.error(Problem.SYNTAX, start, "this is not well-formed YAML", "Check the document");
    }
  }

  private Location at(Mark mark, YamlChunk chunk) {
    return new Location(file, mark.getLine() + 1 + chunk.lineOffset(), mark.getColumn() + 1);
  }

  /** Takes one event; false if the rest of the document must not be read. */
  private boolean accept(Event event) {
    switch (event) {
      case DocumentStartEvent begin -> {
        tree.beginDocument();
        if (!begin.getTags().isEmpty()) {
          tree.error(Problem.YAML_ANCHOR, "%TAG is not read", "Remove the line");
        }
      }
      case DocumentEndEvent _ -> tree.document().ifPresent(documents::add);
      case AliasEvent alias -> {
        refuse(
            "the alias '*"
                + FileDiagnostics.shorten(alias.getAlias().getValue())
                + "' is not read");
        return tree.scalar(Kind.NULL, "");
      }
      case ScalarEvent scalar -> {
        refuseProperties(scalar.getAnchor(), scalar.getTag());
        return scalar(scalar.getValue(), scalar.isPlain());
      }
      case CollectionStartEvent begin -> {
        refuseProperties(begin.getAnchor(), begin.getTag());
        return tree.begin(begin instanceof MappingStartEvent);
      }
      case CollectionEndEvent _ -> {
        return tree.end();
      }
      default -> {} // the begin and end of the stream
    }
    return true;
  }

  private boolean scalar(String text, boolean plain) {
    if (plain && tree.wantsKey()) {
      if (text.isEmpty()) {
        tree.error(Problem.SYNTAX, "the key before ':' is missing", "Write 'key: value'");
      } else if (text.equals("<<")) {
        refuse("the merge key '<<' is not read");
      }
    }
    return tree.scalar(plain ? ScalarForm.kindOf(text) : Kind.TEXT, text);
  }

  private void refuseProperties(Optional<Anchor> anchor, Optional<String> tag) {
    anchor.ifPresent(
        it -> refuse("the anchor '&" + FileDiagnostics.shorten(it.getValue()) + "' is not read"));
    tag.map(it -> FileDiagnostics.shorten(it.replace("tag:yaml.org,2002:", "!!")))
        .ifPresent(
            it ->
                tree.error(
                    Problem.YAML_ANCHOR,
                    "the tag '" + it + "' is not read",
                    "Remove the tag; put text into double quotes"));
  }

  private void refuse(String message) {
    tree.error(Problem.YAML_ANCHOR, message, "Write the value out where it is used");
  }
}
