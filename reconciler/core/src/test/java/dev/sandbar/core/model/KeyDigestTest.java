package dev.sandbar.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Keys of what strangers choose. */
class KeyDigestTest {
  /** Few, and all that an encoding could stumble over. */
  private static final String[] PARTS = {
    "",
    "a",
    "b",
    ",",
    ", ",
    "=",
    "{",
    "}",
    "\n",
    ":",
    "1:",
    "t1:a",
    "\0",
    "\ud800",
    "?",
    "\ud83d\ude00"
  };

  /** What is keyed, as one value that can be compared. */
  private record Keyed(
      long number, String text, List<String> texts, TreeMap<String, String> pairs) {
    Sha256 key() {
      return new KeyDigest().number(number).text(text).texts(texts).pairs(pairs).digest();
    }
  }

  private static String word(Random random) {
    var word = new StringBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      word.append(PARTS[random.nextInt(PARTS.length)]);
    }
    return word.toString();
  }

  private static Keyed keyed(Random random) {
    var texts = new ArrayList<String>();
    for (int i = random.nextInt(3); i > 0; i--) {
      texts.add(word(random));
    }
    var pairs = new TreeMap<String, String>();
    for (int i = random.nextInt(3); i > 0; i--) {
      pairs.put(word(random), word(random));
    }
    return new Keyed(random.nextInt(3), word(random), texts, pairs);
  }

  @Test
  void equalKeysMeanEqualValues() {
    var random = new Random(20261126);
    var known = new HashMap<Sha256, Keyed>();
    for (int i = 0; i < 30_000; i++) {
      Keyed value = keyed(random);
      Keyed before = known.putIfAbsent(value.key(), value);
      assertThat(before == null || before.equals(value)).as("%s and %s", before, value).isTrue();
    }
    assertThat(known).hasSizeGreaterThan(10_000);
  }

  private static Node node(Random random, int depth) {
    int kind = depth == 0 ? 0 : random.nextInt(3);
    var items = new ArrayList<Node>();
    var entries = new TreeMap<String, Node>();
    for (int i = random.nextInt(3); i > 0 && kind > 0; i--) {
      items.add(node(random, depth - 1));
      entries.put(word(random), node(random, depth - 1));
    }
    return switch (kind) {
      case 1 -> Node.list(items);
      case 2 ->
          Node.mapping(
              entries.entrySet().stream().map(e -> Node.entry(e.getKey(), e.getValue())).toList());
      default ->
          new Node.Scalar(
              Location.NOWHERE,
              Node.Kind.values()[random.nextInt(Node.Kind.values().length)],
              word(random));
    };
  }

  @Test
  void equalKeysMeanEqualDocuments() {
    var random = new Random(20261127);
    Map<Sha256, Node> known = new HashMap<>();
    for (int i = 0; i < 30_000; i++) {
      Node value = node(random, 3);
      Node before = known.putIfAbsent(new KeyDigest().node(value).digest(), value);
      assertThat(before == null || before.equals(value)).as("%s and %s", before, value).isTrue();
    }
    assertThat(known).hasSizeGreaterThan(5_000);
  }

  @Test
  void textsThatDifferHaveDifferentDigests() {
    assertThat(Sha256.of("\ud800")).isNotEqualTo(Sha256.of("?"));
    assertThat(Sha256.of("\ud800")).isNotEqualTo(Sha256.of("\udc00"));
    assertThat(Sha256.of("a\ud83d\ude00\u00e9"))
        .isEqualTo(
            Sha256.of("a\ud83d\ude00\u00e9".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }
}
