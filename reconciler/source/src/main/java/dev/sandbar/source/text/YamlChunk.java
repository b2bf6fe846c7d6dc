package dev.sandbar.source.text;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of a YAML file that can be parsed by itself.
 *
 * <p>A line that begins with {@code ---} or {@code ...} and then a blank or its end separates
 * documents wherever it stands: no scalar of any style may contain one (YAML 1.2, {@code
 * c-forbidden}). So the cut is exact, and what is broken in one document cannot hide the next.
 *
 * @param lineOffset lines of the file before this part
 */
record YamlChunk(String text, int lineOffset) {

  static List<YamlChunk> split(String text) {
    var chunks = new ArrayList<YamlChunk>();
    int chunkStart = 0;
    int chunkLine = 0;
    boolean content = false;
    int line = 0;
    for (int at = 0; at < text.length(); line++) {
      int next = nextLine(text, at);
      boolean begins = isMarker(text, at, '-');
      if (begins && content) {
        chunks.add(new YamlChunk(text.substring(chunkStart, at), chunkLine));
        chunkStart = at;
        chunkLine = line;
      }
      content |= begins || !isPrelude(text, at, next);
      if (isMarker(text, at, '.')) {
        chunks.add(new YamlChunk(text.substring(chunkStart, next), chunkLine));
        chunkStart = next;
        chunkLine = line + 1;
        content = false;
      }
      at = next;
    }
    if (content) {
      chunks.add(new YamlChunk(text.substring(chunkStart), chunkLine));
    }
    return chunks;
  }

  private static int nextLine(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\n') {
        return i + 1;
      }
      if (c == '\r') {
        return i + 1 < text.length() && text.charAt(i + 1) == '\n' ? i + 2 : i + 1;
      }
    }
    return text.length();
  }

  private static boolean isMarker(String text, int at, char mark) {
    for (int i = at; i < at + 3; i++) {
      if (i >= text.length() || text.charAt(i) != mark) {
        return false;
      }
    }
    return at + 3 == text.length() || " \t\r\n".indexOf(text.charAt(at + 3)) >= 0;
  }

  /** Comments, blank lines and directives stand before a document without being one. */
  private static boolean isPrelude(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c == '#' || (c == '%' && i == from)) {
        return true;
      }
      if (" \t\r\n".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }
}
