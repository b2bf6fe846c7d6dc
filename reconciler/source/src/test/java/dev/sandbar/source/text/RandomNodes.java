package dev.sandbar.source.text;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Node.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;

/** Nodes of every shape, with text that likes to be misread. */
final class RandomNodes {
  private static final List<String> TRICKY =
      List.of(
          "",
          " ",
          "yes",
          "No",
          "null",
          "~",
          "true",
          "012",
          "0x1f",
          "1_000",
          "1:30",
          "2001-01-01",
          ".5",
          "1e3",
          "-",
          "- a",
          "---",
          "--- a",
          "...",
          "a: b",
          "a:",
          ":a",
          "#a",
          "a #b",
          "&a",
          "*a",
          "!a",
          "|",
          ">",
          "%a",
          "@a",
          "`a",
          "{a",
          "[a",
          "a]",
          "'",
          "\"",
          "\\",
          "a\\",
          "<<",
          "=",
          "a\nb",
          "a\nb\n",
          "a\n\nb",
          "a\n\n",
          "\na",
          " a\nb",
          "a \nb",
          "a\n b",
          "a\n---\nb",
          "a\n...\nb",
          "a\r\nb",
          "\ta",
          "a\tb",
          "a\n\tb",
          "\u0000",
          "\u0007",
          "\u0085",
          "\u2028",
          "\ufeff",
          "\ud83d\ude00",
          "\u202eabc",
          "~@reboot",
          "@system-service",
          "10.0.0.0/8",
          "64M",
          "/usr/bin/x",
          "${HOME}",
          "%i",
          "key: |",
          "? a",
          "a, b",
          ", a",
          "?",
          "\u00e4");

  private final Random random;

  RandomNodes(long seed) {
    this.random = new Random(seed);
  }

  Node any(int depth) {
    int choice = random.nextInt(depth == 0 ? 4 : 7);
    return switch (choice) {
      case 0, 1 -> scalar(Kind.TEXT, text());
      case 2 ->
          pick(
              scalar(Kind.INTEGER, "42"),
              scalar(Kind.INTEGER, "-012"),
              scalar(Kind.INTEGER, "0x1F"),
              scalar(Kind.DECIMAL, "1.50"),
              scalar(Kind.DECIMAL, ".inf"));
      case 3 ->
          pick(
              scalar(Kind.BOOLEAN, "true"),
              scalar(Kind.BOOLEAN, "False"),
              scalar(Kind.NULL, "~"),
              scalar(Kind.NULL, "null"));
      case 4 -> new Node.Sequence(Location.NOWHERE, items(depth));
      default -> mapping(depth);
    };
  }

  Node mapping(int depth) {
    var entries = new ArrayList<Node.Entry>();
    var used = new HashSet<String>();
    for (int i = random.nextInt(5); i > 0; i--) {
      String key = random.nextInt(40) == 0 ? "k".repeat(1500) + i : text();
      if (used.add(key)) {
        entries.add(new Node.Entry(Location.NOWHERE, key, any(depth - 1)));
      }
    }
    return new Node.Mapping(Location.NOWHERE, entries);
  }

  private List<Node> items(int depth) {
    var items = new ArrayList<Node>();
    for (int i = random.nextInt(5); i > 0; i--) {
      items.add(any(depth - 1));
    }
    return items;
  }

  private String text() {
    if (random.nextInt(3) > 0) {
      return TRICKY.get(random.nextInt(TRICKY.size()));
    }
    var text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      if (random.nextInt(4) == 0) {
        text.append(TRICKY.get(random.nextInt(TRICKY.size())));
      } else {
        text.appendCodePoint(random.nextInt(20) == 0 ? 0x1F600 : 32 + random.nextInt(95));
      }
    }
    return text.toString();
  }

  @SafeVarargs
  private <T> T pick(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static Node scalar(Kind kind, String text) {
    return new Node.Scalar(Location.NOWHERE, kind, text);
  }

  /** The same node without places. */
  static Node bare(Node node) {
    return switch (node) {
      case Node.Scalar(var _, var kind, var text) -> scalar(kind, text);
      case Node.Sequence(var _, var items) ->
          new Node.Sequence(Location.NOWHERE, items.stream().map(RandomNodes::bare).toList());
      case Node.Mapping(var _, var entries) ->
          new Node.Mapping(
              Location.NOWHERE,
              entries.stream()
                  .map(e -> new Node.Entry(Location.NOWHERE, e.key(), bare(e.value())))
                  .toList());
    };
  }
}
