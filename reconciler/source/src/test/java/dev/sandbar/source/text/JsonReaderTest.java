package dev.sandbar.source.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import dev.sandbar.core.model.Problem;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonReaderTest {
  @Test
  void everyValueKnowsItsPlace() {
    ReadResult read = read("{\n  \"a\": [1, true]\n}\n");
    assertThat(read.documents())
        .containsExactly(
            new Node.Mapping(
                at(1, 1),
                List.of(
                    new Node.Entry(
                        at(2, 3),
                        "a",
                        new Node.Sequence(
                            at(2, 8),
                            List.of(
                                new Node.Scalar(at(2, 9), Kind.INTEGER, "1"),
                                new Node.Scalar(at(2, 12), Kind.BOOLEAN, "true")))))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"a": 1, "a": 2}   | DUPLICATE_KEY | duplicate key
          {"a": 1            | SYNTAX        | ends too early
          {"a" 1}            | SYNTAX        | '1' is not expected
          {a: 1}             | SYNTAX        | 'a' is not expected
          {"a": yes}         | SYNTAX        | 'yes' is not a JSON value
          {"a": NaN}         | SYNTAX        | JSON
          {"a": 012}         | SYNTAX        | number
          {"a": "\\q"}       | SYNTAX        | escape
          {"a": "\\ud800"}   | UNSAFE_TEXT   | unpaired UTF-16 surrogate
          [1] [2]            | SYNTAX        | follows the value
          [1,]               | SYNTAX        | ']' is not expected
          /* c */ 1          | SYNTAX        | '/' is not expected
          """)
  void whatIsNotStrictJsonIsRefused(String json, Problem problem, String words) {
    Diagnostic told = only(read(json));
    assertThat(told.problem()).isEqualTo(problem);
    assertThat(told.message()).contains(words);
    assertThat(told.help()).isNotEmpty();
    assertThat(told.at().line()).isEqualTo(1);
  }

  @Test
  void emptyAndHugeAndDeepInputIsRefused() {
    assertThat(only(read("")).message()).contains("empty");
    assertThat(only(read(" ".repeat(300_000))).problem()).isEqualTo(Problem.TOO_LARGE);
    assertThat(only(read("[".repeat(200_000))).message()).contains("64 levels");
    assertThat(only(read("[" + "1,".repeat(100_000) + "1]")).problem())
        .isEqualTo(Problem.TOO_LARGE);
    assertThat(only(read("9".repeat(100_000))).problem()).isEqualTo(Problem.TOO_LARGE);
  }

  @Test
  void noInputMakesTheReaderThrow() {
    String alphabet = "{}[]\",:truefalsn0123.-+e\\u \n\u0000\u00e4";
    for (long seed = 0; seed < 50_000; seed++) {
      var random = new Random(seed);
      var text = new StringBuilder(random.nextBoolean() ? "{\"a\":" : "");
      for (int i = random.nextInt(20); i >= 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      assertThat(read(text.toString()).diagnostics())
          .as("seed %d: %s", seed, text)
          .allMatch(it -> it.at().line() > 0 && !it.message().contains("jackson"))
          .allMatch(it -> !it.message().contains("\n"));
    }
  }

  private static ReadResult read(String json) {
    return JsonReader.read("x.json", json.getBytes(UTF_8));
  }

  private static Diagnostic only(ReadResult read) {
    assertThat(read.documents()).isEmpty();
    assertThat(read.diagnostics()).hasSize(1);
    return read.diagnostics().getFirst();
  }

  private static Location at(int line, int column) {
    return new Location("x.json", line, column);
  }
}
