package dev.sandbar.source.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Problem;
import java.util.List;

/** What holds for every text, however hostile. */
public final class TextProperties {
  private TextProperties() {}

  /** Fails if what was read breaks a promise of the readers. */
  public static void check(ReadResult read) {
    for (Diagnostic found : read.diagnostics()) {
      require(found.problem() != Problem.DEFECT, found.toString());
      require(found.message().codePoints().noneMatch(Character::isISOControl), found.toString());
      require(found.message().length() < 1000, "an endless message");
    }
    require(
        read.diagnostics().isEmpty() == !read.hasErrors(), "a reader knows errors only, or none");
    for (Node document : read.documents()) {
      String json = JsonWriter.compact(document);
      ReadResult again = JsonReader.read("again", json.getBytes(UTF_8));
      require(
          again.documents().size() == 1
              && JsonWriter.compact(again.documents().getFirst()).equals(json),
          "read, written and read again it is another document: " + json);
      ReadResult yaml = YamlReader.read("again", YamlWriter.write(document).getBytes(UTF_8));
      require(
          yaml.documents().size() <= 1 && !yaml.hasErrors(),
          "what the writer writes the reader refuses: " + yaml.diagnostics());
      List<String> back = yaml.documents().stream().map(JsonWriter::compact).toList();
      require(back.isEmpty() || back.equals(List.of(json)), back + " is not " + json);
    }
  }

  /** Fails with the message unless it holds. */
  public static void require(boolean holds, String message) {
    if (!holds) {
      throw new AssertionError(message);
    }
  }
}
