package dev.sandbar.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/** Breaks text into lines. */
public final class Wrap {
  private Wrap() {}

  /**
   * Breaks at spaces, and inside a word only if the word is longer than a line. Line breaks in the
   * text stay.
   *
   * @param width columns, at least 1
   */
  public static List<String> lines(String text, int width) {
    var lines = new ArrayList<String>();
    for (String paragraph : text.split("\n", -1)) {
      paragraph(paragraph, width, lines);
    }
    return lines;
  }

  /** All lines, each behind an indent that counts against the width. */
  public static String indented(String text, String indent, int width) {
    return String.join(
        "\n", lines(text, width - indent.length()).stream().map(l -> indent + l).toList());
  }

  /** All lines, the first behind the head and the others behind as many spaces, at most 24. */
  public static String hanging(String head, String text, int width) {
    int room = width - head.length();
    List<String> first = lines(text, Math.max(room, 1));
    int indent = Math.min(head.length(), 24);
    if (first.size() == 1 || indent == head.length()) {
      return head + String.join("\n" + " ".repeat(indent), first);
    }
    String rest = text.substring(Math.min(text.length(), first.getFirst().length())).stripLeading();
    return head + first.getFirst() + "\n" + indented(rest, " ".repeat(indent), width);
  }

  private static void paragraph(String text, int width, List<String> lines) {
    var line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      if (!line.isEmpty()) {
        line.append(' ');
      }
      String rest = word;
      while (rest.length() > width) {
        int cut = cut(rest, width);
        lines.add(rest.substring(0, cut));
        rest = rest.substring(cut);
      }
      line.append(rest);
    }
    lines.add(line.toString());
  }

  /** Where a long word is cut: after a separator if one stands in its second half. */
  private static int cut(String word, int width) {
    for (int i = width; i > width / 2; i--) {
      if ("/,:=-_".indexOf(word.charAt(i - 1)) >= 0) {
        return i;
      }
    }
    return Character.isHighSurrogate(word.charAt(width - 1)) && width > 1 ? width - 1 : width;
  }
}
