package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.cli.document.Fields;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.TextLimits;
import dev.sandbar.source.text.YamlReader;
import java.nio.charset.StandardCharsets;

/** Reads back what the command printed for machines. */
final class Parsed {
  private static final TextLimits LIMITS = new TextLimits(16 << 20, 64, 1_000_000);

  private Parsed() {}

  static Fields json(String text) {
    return Fields.of(jsonNode(text));
  }

  static Fields yaml(String text) {
    var result = YamlReader.read("output", text.getBytes(StandardCharsets.UTF_8), LIMITS);
    assertThat(result.diagnostics()).isEmpty();
    return Fields.of(result.documents().getFirst());
  }

  static Node jsonNode(String text) {
    var result = JsonReader.read("output", text.getBytes(StandardCharsets.UTF_8), LIMITS);
    assertThat(result.diagnostics()).isEmpty();
    return result.documents().getFirst();
  }
}
