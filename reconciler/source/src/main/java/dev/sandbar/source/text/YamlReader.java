package dev.sandbar.source.text;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlVersionException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Reads YAML 1.2 strictly. Refused, each with its place and a mend: anchors, aliases, merge keys,
 * tags, the same key twice, keys that are not plain text, text that is not UTF-8, and whatever is
 * larger or deeper than the limits. An empty document is skipped.
 *
 * <p>Documents are parsed one by one: what is wrong in one does not hide the others.
 */
public final class YamlReader {
  private YamlReader() {}

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
    var findings = new Findings();
    var documents = new ArrayList<Node>();
    var text = StrictText.decode(file, bytes, limits, findings);
    if (text.isPresent()) {
      var budget = new ValueBudget(limits);
      for (YamlChunk chunk : YamlChunk.split(text.get())) {
        documents.addAll(parse(file, chunk, budget, findings));
      }
    }
    return new ReadResult(documents, findings.all());
  }

  private static List<Node> parse(
      String file, YamlChunk chunk, ValueBudget budget, Findings findings) {
    var settings = LoadSettings.builder().setParseComments(false).build();
    var tree = new YamlTree(file, chunk.lineOffset(), budget, findings);
    ParserGuard.run(findings, tree::reached, () -> parse(file, chunk, settings, tree, findings));
    return tree.documents();
  }

  private static void parse(
      String file, YamlChunk chunk, LoadSettings settings, YamlTree tree, Findings findings) {
    try {
      var events = new ParserImpl(settings, new StreamReader(settings, chunk.text()));
      while (events.hasNext()) {
        if (!tree.accept(events.next())) {
          break;
        }
      }
    } catch (MarkedYamlEngineException e) {
      Location at = YamlWords.place(e).map(tree::at).orElseGet(tree::start);
      var words = YamlWords.of(e);
      findings.error(Problem.SYNTAX, at, words.message(), words.mend());
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
          tree.start(),
          "the %YAML line asks for another version than 1.2",
          "Remove the %YAML line");
    } catch (YamlEngineException e) {
      findings.error(
          Problem.SYNTAX, tree.start(), "this is not well-formed YAML", "Check the document");
    }
  }
}
