package dev.sandbar.source.text;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import dev.sandbar.core.model.Problem;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class YamlReaderTest {
  @Test
  void aCharacterOfTwoHalvesIsReadAtEveryPlace() {
    for (int offset = 1000; offset < 3200; offset++) {
      ReadResult read = read("a: " + "x".repeat(offset) + "\ud83d\udc1f\nb: 1\n");
      assertThat(read.diagnostics()).as("offset %d", offset).isEmpty();
      assertThat(read.documents()).as("offset %d", offset).hasSize(1);
    }
  }

  @Test
  void whateverAParserFailsWithIsAnErrorOfTheFile() {
    for (Throwable fault : List.of(new IndexOutOfBoundsException("x"), new StackOverflowError())) {
      var findings = new FileDiagnostics();
      ParserGuard.run(
          findings,
          () -> at(3, 4),
          () -> {
            if (fault instanceof Error error) {
              throw error;
            }
            throw (RuntimeException) fault;
          });
      assertThat(findings.all())
          .singleElement()
          .satisfies(it -> assertThat(it.at()).isEqualTo(at(3, 4)))
          .satisfies(it -> assertThat(it.problem()).isEqualTo(Problem.DEFECT))
          .satisfies(it -> assertThat(it.message()).contains(fault.getClass().getSimpleName()));
    }
  }

  @Test
  void everyValueKnowsItsPlace() {
    ReadResult read = read("# head\nname: pump\nports:\n  - 80\n  - {from: 1}\n");
    assertThat(read.diagnostics()).isEmpty();
    Node expected =
        new Node.Mapping(
            at(2, 1),
            List.of(
                new Node.Entry(at(2, 1), "name", new Node.Scalar(at(2, 7), Kind.TEXT, "pump")),
                new Node.Entry(
                    at(3, 1),
                    "ports",
                    new Node.Sequence(
                        at(4, 3),
                        List.of(
                            new Node.Scalar(at(4, 5), Kind.INTEGER, "80"),
                            new Node.Mapping(
                                at(5, 5),
                                List.of(
                                    new Node.Entry(
                                        at(5, 6),
                                        "from",
                                        new Node.Scalar(at(5, 12), Kind.INTEGER, "1")))))))));
    assertThat(read.documents()).containsExactly(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "yes, TEXT",
    "no, TEXT",
    "on, TEXT",
    "y, TEXT",
    "1_000, TEXT",
    "1:30, TEXT",
    "2001-01-01, TEXT",
    "64M, TEXT",
    "true, BOOLEAN",
    "False, BOOLEAN",
    "012, INTEGER",
    "0o17, INTEGER",
    "0x1F, INTEGER",
    "-5, INTEGER",
    "0b1, TEXT",
    "1.5, DECIMAL",
    "1e3, DECIMAL",
    ".inf, DECIMAL",
    "null, NULL",
    "~, NULL",
    "\"true\", TEXT",
    "'1', TEXT"
  })
  void plainWordsMeanWhatTheCoreSchemaSays(String yaml, Kind kind) {
    // CsvSource takes single quotes off, so 'x' arrives without them.
    String written = yaml.equals("1") ? "'1'" : yaml;
    Node node = read(written).documents().getFirst();
    assertThat(node).isEqualTo(new Node.Scalar(at(1, 1), kind, yaml.replace("\"", "")));
  }

  @Test
  void whatYaml11TakesForTheEndOfALineIsACharacter() {
    ReadResult read = read("a: 1 # c\u2028b: 2\nc: x\u0085y\nd: \"\u2029\"\ne: \"a\\/b\"\n");
    assertThat(read.diagnostics()).isEmpty();
    assertThat(read.documents())
        .containsExactly(
            new Node.Mapping(
                at(1, 1),
                List.of(
                    new Node.Entry(at(1, 1), "a", new Node.Scalar(at(1, 4), Kind.INTEGER, "1")),
                    new Node.Entry(at(2, 1), "c", new Node.Scalar(at(2, 4), Kind.TEXT, "x\u0085y")),
                    new Node.Entry(at(3, 1), "d", new Node.Scalar(at(3, 4), Kind.TEXT, "\u2029")),
                    new Node.Entry(at(4, 1), "e", new Node.Scalar(at(4, 4), Kind.TEXT, "a/b")))));
  }

  @Test
  void anchorsAndTagsOfTheFirstKeyAreRefusedToo() {
    assertThat(only(read("!t a: 1\nb: 2\n")).message()).isEqualTo("the tag '!t' is not read");
    assertThat(only(read("&x a: 1\nb: 2\n")).message()).isEqualTo("the anchor '&x' is not read");
  }

  @Test
  void anchorsAliasesMergeKeysAndTagsAreRefusedWhereTheyStand() {
    ReadResult read =
        read("a: &x 1\nb: *x\nc:\n  <<: {d: 1}\ne: !!str 5\nf: !secret s\ng: &l [1]\nh: '<<'\n");
    assertThat(read.documents()).isEmpty();
    assertThat(read.diagnostics()).allMatch(it -> it.problem() == Problem.YAML_ANCHOR);
    assertThat(read.diagnostics())
        .extracting(it -> it.at().line() + ":" + it.at().column() + " " + it.message())
        .containsExactly(
            "1:4 the anchor '&x' is not read",
            "2:4 the alias '*x' is not read",
            "4:3 the merge key '<<' is not read",
            "5:4 the tag '!!str' is not read",
            "6:4 the tag '!secret' is not read",
            "7:4 the anchor '&l' is not read");
  }

  @Test
  void aKeyThatStandsTwiceIsRefusedAndBothPlacesAreNamed() {
    ReadResult read = read("a: 1\nb: 2\n\"a\": 3\n");
    assertThat(read.documents()).isEmpty();
    assertThat(only(read))
        .hasToString("x.yaml:3:1: error: duplicate key 'a', first in line 1 (Keep one of the two)");
    assertThat(only(read).problem()).isEqualTo(Problem.DUPLICATE_KEY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"? [a]\n: b\n", "{{a: b}: c}", ": b\n", "[a]: b\n"})
  void aKeyThatIsNotTextIsRefused(String yaml) {
    ReadResult read = read(yaml);
    assertThat(read.documents()).isEmpty();
    assertThat(read.diagnostics()).isNotEmpty();
  }

  @Test
  void aBrokenDocumentHidesNeitherTheOneBeforeNorTheOneAfter() {
    ReadResult read =
        read(
            "a: 1\n---\nb: \"open\nc: [\n---\nd: 4\nd: 5\n---\r\ne: &x 5\n--- # last\nf: 6\n...\n");
    assertThat(read.documents()).extracting(YamlReaderTest::firstKey).containsExactly("a", "f");
    assertThat(read.documents().getLast().at()).isEqualTo(at(11, 1));
    assertThat(read.diagnostics()).extracting(it -> it.at().line()).containsExactly(3, 7, 9);
  }

  @Test
  void emptyDocumentsAndCommentsAreNoDocuments() {
    ReadResult read = read("# only words\n---\n# nothing\n---\n\n---\na: 1\n---\n");
    assertThat(read.diagnostics()).isEmpty();
    assertThat(read.documents()).extracting(YamlReaderTest::firstKey).containsExactly("a");
    assertThat(read("").documents()).isEmpty();
  }

  @Test
  void directivesBelongToTheDocumentBelowThem() {
    assertThat(read("%YAML 1.2\n---\na: 1\n...\n%YAML 1.2\n---\nb: 2\n").documents())
        .extracting(YamlReaderTest::firstKey)
        .containsExactly("a", "b");
    assertThat(only(read("%TAG ! tag:example.com,2000:\n---\na: 1\n")).problem())
        .isEqualTo(Problem.YAML_ANCHOR);
    assertThat(only(read("%YAML 2.0\n---\na: 1\n")).problem()).isEqualTo(Problem.SYNTAX);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          a:\\n\\tb: 1          | 2 | 1 | tab
          a: "x                 | 1 | 4 | quotes are not closed
          a: b: c               | 1 | 5 | ':' stands
          a: [1, 2              | 1 | 4 | list is not closed
          a: {b: 1              | 1 | 4 | map is not closed
          a:\\n   b: 1\\n  c: 2 | 3 | 3 | does not fit
          a\\nb: 1              | 2 | 2 | ':'
          a: "\\\\q"            | 1 | 6 | escape
          a: @x                 | 1 | 4 | '@'
          a: %x                 | 1 | 4 | '%'
          """)
  void brokenSyntaxIsToldInPlainWordsWithItsPlace(String yaml, int line, int column, String words) {
    String text = yaml.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\");
    Diagnostic told = only(read(text));
    assertThat(told.problem()).isEqualTo(Problem.SYNTAX);
    assertThat(told.message()).contains(words);
    assertThat(told.help()).isNotEmpty();
    assertThat(told.at()).isEqualTo(at(line, column));
  }

  @Test
  void bytesThatAreNotUtf8AreNamedWithTheirPlace() {
    byte[] latin1 = {'a', ':', ' ', '1', '\n', 'b', ':', ' ', (byte) 0xE4, '\n'};
    Diagnostic told = only(YamlReader.read("x.yaml", latin1));
    assertThat(told.at()).isEqualTo(at(2, 4));
    assertThat(told.message()).contains("0xe4").contains("UTF-8");
    byte[] cut = {'a', ':', ' ', (byte) 0xE2, (byte) 0x82};
    assertThat(only(YamlReader.read("x.yaml", cut)).at()).isEqualTo(at(1, 4));
    byte[] wide = ("\ufeffa: 1").getBytes(UTF_16LE);
    assertThat(only(YamlReader.read("x.yaml", wide)).message()).contains("UTF-16");
  }

  @Test
  void aByteOrderMarkIsTakenOff() {
    ReadResult read = read("\ufeffa: 1\n");
    assertThat(read.diagnostics()).isEmpty();
    assertThat(read.documents()).extracting(YamlReaderTest::firstKey).containsExactly("a");
  }

  @Test
  void controlCharactersAreNamedWithTheirPlace() {
    Diagnostic told = only(read("a: 1\nb: x\u0000y\n"));
    assertThat(told.message()).contains("U+0000");
    assertThat(told.at()).isEqualTo(at(2, 5));
  }

  @Test
  void halfACharacterIsRefused() {
    assertThat(only(read("a: \"\\ud800\"\n")).problem()).isEqualTo(Problem.UNSAFE_TEXT);
  }

  @Test
  void aFileOfOneMebibyteIsRefusedUnparsed() {
    Diagnostic told = only(read("a".repeat(1024 * 1024)));
    assertThat(told.problem()).isEqualTo(Problem.TOO_LARGE);
    assertThat(told)
        .hasToString(
            "x.yaml:1:1: error: the file has 1048576 bytes, at most 262144 are read"
                + " (Split it into several files)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "- ", "{a: ", "? ", "[{"})
  void deepNestingIsRefusedWithoutExhaustingTheStack(String opener) {
    ReadResult read = read(opener.repeat(250_000 / opener.length()));
    assertThat(only(read).problem()).isEqualTo(Problem.TOO_LARGE);
    assertThat(only(read).message()).contains("64 levels");
  }

  @Test
  void sixtyFourLevelsAreRead() {
    assertThat(read("[".repeat(64) + "]".repeat(64)).diagnostics()).isEmpty();
    assertThat(read("[".repeat(65) + "]".repeat(65)).documents()).isEmpty();
  }

  @Test
  void tooManyValuesAreRefused() {
    assertThat(only(read("[" + "1,".repeat(100_000) + "]")).problem()).isEqualTo(Problem.TOO_LARGE);
    String documents = "a: [" + "1,".repeat(10_000) + "]\n---\n";
    assertThat(read(documents.repeat(7)).documents()).hasSizeLessThan(6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a", "a ", "a\n", "\n", "#", "'", "\"a\\n", "? ", "- - ", "a: |\n ", "&a "})
  void theLargestFileOfOneKindIsReadQuickly(String piece) {
    String text = piece.repeat(TextLimits.DEFAULT.maxBytes() / piece.length());
    assertThatCode(
            () ->
                org.junit.jupiter.api.Assertions.assertTimeout(
                    Duration.ofSeconds(5), () -> read(text)))
        .doesNotThrowAnyException();
  }

  @Test
  void aHostileFileCannotFillMemoryWithDiagnostics() {
    ReadResult read = read("a: *x\n---\n".repeat(20_000));
    assertThat(read.diagnostics()).hasSize(51);
    assertThat(read.diagnostics().getLast().message()).contains("not shown");
  }

  @Test
  void noInputMakesTheReaderThrow() {
    String alphabet = "ab:- \n\t[]{},#&*!|>'\"%@`?.~<\\\r\u0000\u0085\u2028\ufeff0";
    for (long seed = 0; seed < 30_000; seed++) {
      var random = new Random(seed);
      var text = new StringBuilder();
      for (int i = random.nextInt(30); i >= 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      ReadResult read = read(text.toString());
      assertThat(read.diagnostics())
          .as("seed %d: %s", seed, text)
          .allMatch(it -> it.at().line() > 0 && it.at().column() > 0)
          .allMatch(it -> !it.message().contains("\n") && !it.message().contains("snakeyaml"));
    }
  }

  private static ReadResult read(String yaml) {
    return YamlReader.read("x.yaml", yaml.getBytes(UTF_8));
  }

  private static Diagnostic only(ReadResult read) {
    assertThat(read.documents()).isEmpty();
    assertThat(read.diagnostics()).hasSize(1);
    return read.diagnostics().getFirst();
  }

  private static String firstKey(Node node) {
    return ((Node.Mapping) node).entries().getFirst().key();
  }

  private static Location at(int line, int column) {
    return new Location("x.yaml", line, column);
  }
}
