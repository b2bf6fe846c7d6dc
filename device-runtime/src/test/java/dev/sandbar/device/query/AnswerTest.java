package dev.sandbar.device.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.QueryContract;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerTest {
  private static Answer again(Answer answer) {
    byte[] bytes = answer.encoded();
    assertThat(bytes).hasSizeLessThanOrEqualTo(QueryContract.MAX_PLAIN);
    return Answer.read(bytes).orElseThrow();
  }

  private static List<String> texts(Answer answer) {
    return answer.items().stream().map(item -> JsonWriter.compact(item).replace("\"", "")).toList();
  }

  @Test
  void whatFitsArrivesWhole() {
    Answer small = Answer.ofText(false, "one\ntwo \"2\" \\ \t ü €\n");
    assertThat(again(small)).isEqualTo(small);
    Answer events = Answer.ofItems(List.of(Node.text("a"), Node.text("b")));
    assertThat(texts(again(events))).containsExactly("a", "b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "line",
        "\"\\\"\\\"\\",
        "\u20ac\u20ac\u20ac",
        "\ud83d\ude00",
        "\u200b\u202e",
        "\t"
      })
  void theNewestLinesAreKept(String piece) {
    String text =
        IntStream.range(0, 30_000).mapToObj(i -> i + " " + piece + "\n").reduce("", String::concat);
    Answer cut = again(Answer.ofText(false, text));
    assertThat(cut.cut()).isTrue();
    assertThat(text).endsWith(cut.text());
    assertThat(cut.text()).matches("(?s)[0-9]+ .*");
    // Not much more is left out than must be.
    assertThat(Answer.ofText(true, cut.text()).encoded()).hasSizeGreaterThan(40_000);
  }

  @Test
  void oneLineWithoutEndIsCutToo() {
    Answer cut = again(Answer.ofText(false, "x".repeat(200_000) + "\n"));
    assertThat(cut.cut()).isTrue();
    assertThat(cut.text()).hasSizeGreaterThan(60_000).endsWith("x\n");
  }

  @Test
  void controlCharactersAndHalvesAreReplaced() {
    String harmful = "a\u001b[31m\u0000\r\u009b\ud800b\udc00\n\tc\ud83d\ude00";
    assertThat(Answer.ofText(false, harmful).text())
        .isEqualTo("a\uFFFD[31m\uFFFD\uFFFD\uFFFD\uFFFDb\uFFFD\n\tc\ud83d\ude00");
  }

  @Test
  void theNewestEventsAreKept() {
    List<Node> items =
        IntStream.range(0, 200).mapToObj(i -> Node.text(i + " " + "e".repeat(900))).toList();
    Answer cut = again(Answer.ofItems(items));
    assertThat(cut.cut()).isTrue();
    assertThat(cut.items()).hasSizeBetween(60, 100);
    assertThat(texts(cut)).last().asString().startsWith("199 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{", "[]", "{}", "{\"text\": [1], \"cut\": \"x\", \"items\": {}}", "1"})
  void whatADeviceMadeUpIsNoTrouble(String bytes) {
    assertThat(Answer.read(bytes.getBytes(StandardCharsets.UTF_8)))
        .satisfiesAnyOf(
            read -> assertThat(read).isEmpty(),
            read -> assertThat(read).contains(new Answer(false, "", List.of())));
  }
}
