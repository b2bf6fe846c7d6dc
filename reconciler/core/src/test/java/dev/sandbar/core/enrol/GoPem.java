package dev.sandbar.core.enrol;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Reads PEM as {@code pem.Decode} of Go does: the reader of the API server and of the signer. */
final class GoPem {
  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "\n-----END ";

  private GoPem() {}

  record Block(String type, byte[] content) {}

  /** Every block that is found by starting again after each, first the one that Go signs. */
  static List<Block> blocks(byte[] bytes) {
    var blocks = new ArrayList<Block>();
    String rest = Requests.text(bytes);
    while (true) {
      int begin = rest.startsWith(BEGIN) ? 0 : rest.indexOf("\n" + BEGIN) + 1;
      if (begin == 0 && !rest.startsWith(BEGIN)) {
        return blocks;
      }
      rest = rest.substring(begin + BEGIN.length());
      Optional<Block> block = block(rest);
      block.ifPresent(blocks::add);
    }
  }

  private static Optional<Block> block(String text) {
    String typeLine = line(text);
    if (!typeLine.endsWith("-----")) {
      return Optional.empty();
    }
    String type = typeLine.substring(0, typeLine.length() - 5);
    String rest = after(text);
    while (line(rest).contains(":")) {
      rest = after(rest);
    }
    int end = rest.startsWith(END.substring(1)) ? 0 : rest.indexOf(END);
    if (end < 0) {
      return Optional.empty();
    }
    String trailer = rest.substring(end + (end == 0 ? END.length() - 1 : END.length()));
    if (!trailer.startsWith(type + "-----")
        || !line(trailer.substring(type.length() + 5)).isEmpty()) {
      return Optional.empty();
    }
    try {
      String body = rest.substring(0, end).replaceAll("[ \t\r\n]", "");
      return Optional.of(new Block(type, Base64.getDecoder().decode(body)));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /** The first line without the blanks at its end. */
  private static String line(String text) {
    int end = text.indexOf('\n');
    return (end < 0 ? text : text.substring(0, end)).replaceFirst("[ \t\r]+$", "");
  }

  private static String after(String text) {
    int end = text.indexOf('\n');
    return end < 0 ? "" : text.substring(end + 1);
  }
}
