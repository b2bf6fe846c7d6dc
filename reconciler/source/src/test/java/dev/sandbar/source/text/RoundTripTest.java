package dev.sandbar.source.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoundTripTest {
  private static final int ROUNDS = 20_000;

  @Test
  void yamlWriterAndReaderAgreeOnEveryNode() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      Node node = new RandomNodes(seed).any(4);
      String yaml = YamlWriter.write(node);
      ReadResult read = YamlReader.read("x.yaml", yaml.getBytes(UTF_8));
      assertThat(read.diagnostics()).as("seed %d:%n%s", seed, yaml).isEmpty();
      assertThat(read.documents().stream().map(RandomNodes::bare))
          .as("seed %d:%n%s", seed, yaml)
          .containsExactly(node);
    }
  }

  @Test
  void severalDocumentsSurviveTogether() {
    for (long seed = 0; seed < 500; seed++) {
      var random = new RandomNodes(seed);
      List<Node> nodes = List.of(random.mapping(3), random.mapping(3), random.mapping(3));
      String yaml = YamlWriter.writeAll(nodes);
      ReadResult read = YamlReader.read("x.yaml", yaml.getBytes(UTF_8));
      assertThat(read.documents().stream().map(RandomNodes::bare))
          .as("seed %d:%n%s", seed, yaml)
          .containsExactlyElementsOf(nodes);
    }
  }

  @Test
  void jsonReadAsJsonAndAsYamlSaysTheSame() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      Node node = new RandomNodes(seed).any(4);
      for (String json : List.of(JsonWriter.compact(node), JsonWriter.indented(node))) {
        ReadResult asJson = JsonReader.read("x.json", json.getBytes(UTF_8));
        assertThat(asJson.diagnostics()).as("seed %d:%n%s", seed, json).isEmpty();
        assertThat(JsonWriter.compact(asJson.documents().getFirst()))
            .isEqualTo(JsonWriter.compact(node));
        if (!json.contains("k".repeat(1000))) { // longer than YAML's simple keys
          ReadResult asYaml = YamlReader.read("x.yaml", json.getBytes(UTF_8));
          assertThat(asYaml.documents().stream().map(RandomNodes::bare))
              .as("seed %d:%n%s", seed, json)
              .isEqualTo(asJson.documents().stream().map(RandomNodes::bare).toList());
        }
      }
    }
  }

  @Test
  void yamlIsWrittenAsPeopleWriteIt() {
    String yaml =
        """
        kind: AppSandbox
        metadata:
          name: pump
        spec:
          command:
            - /usr/bin/pump
            - "yes"
          internetTo:
            - host: mqtt.example.com
              ports:
                - 8883
          empty: {}
          none: []
          script: |
            one
              two
        """;
    Node node = YamlReader.read("x.yaml", yaml.getBytes(UTF_8)).documents().getFirst();
    assertThat(YamlWriter.write(node)).isEqualTo(yaml);
  }

  @Test
  void jsonIsSpelledInOneWay() { // Digests are taken of these bytes.
    Node node =
        Node.mapping(
            List.of(
                Node.entry("\u007fk\u00e4", Node.text("\b\f\n\r\t\u001f\"\\/\u202e\ud83d\ude00")),
                Node.entry("empty", Node.list(List.of())),
                Node.entry("none", Node.mapping(List.of())),
                Node.entry("items", Node.list(List.of(Node.number(1), Node.flag(true))))));
    String key = "\"\\u007fk\u00e4\"";
    String text = "\"\\u0008\\u000c\\n\\r\\t\\u001f\\\"\\\\/\\u202e\ud83d\ude00\"";
    assertThat(JsonWriter.compact(node))
        .isEqualTo("{%s:%s,\"empty\":[],\"none\":{},\"items\":[1,true]}".formatted(key, text));
    assertThat(JsonWriter.indented(node))
        .isEqualTo(
            """
            {
              %s: %s,
              "empty": [],
              "none": {},
              "items": [
                1,
                true
              ]
            }
            """
                .formatted(key, text));
  }

  @Test
  void numbersThatJsonCannotSpellKeepTheirValue() {
    assertThat(json(Kind.INTEGER, "0x1F")).isEqualTo("31");
    assertThat(json(Kind.INTEGER, "0o17")).isEqualTo("15");
    assertThat(json(Kind.INTEGER, "+012")).isEqualTo("12");
    assertThat(json(Kind.INTEGER, "-000")).isEqualTo("-0");
    assertThat(json(Kind.DECIMAL, "-.5e3")).isEqualTo("-0.5e3");
    assertThat(json(Kind.DECIMAL, "+01.e2")).isEqualTo("1e2");
    assertThat(json(Kind.DECIMAL, "5.")).isEqualTo("5");
    assertThat(json(Kind.DECIMAL, ".NaN")).isEqualTo("\".NaN\"");
  }

  @Test
  void aNodeThatContradictsItselfIsNotWritten() {
    var node = new Node.Scalar(Location.NOWHERE, Kind.INTEGER, "1\nkind: Other");
    assertThatThrownBy(() -> YamlWriter.write(node)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> JsonWriter.compact(node)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void halfACharacterIsNotWritten() {
    Node text = Node.text("\ud83d");
    Node key = Node.mapping(List.of(Node.entry("\ude00", Node.flag(true))));
    for (Node node : List.of(text, key)) {
      assertThatThrownBy(() -> YamlWriter.write(node)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> JsonWriter.compact(node))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static String json(Kind kind, String text) {
    return JsonWriter.compact(new Node.Scalar(Location.NOWHERE, kind, text));
  }
}
