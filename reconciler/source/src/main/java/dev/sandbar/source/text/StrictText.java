package dev.sandbar.source.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.util.Optional;

/** Bytes to text: bounded, UTF-8 or nothing, a leading byte order mark taken off. */
final class StrictText {
  private StrictText() {}

  /** The text, or empty with the reason added to the findings. */
  static Optional<String> decode(
      String file, byte[] bytes, TextLimits limits, FileDiagnostics findings) {
    if (bytes.length > limits.maxBytes()) {
      findings.error(
          Problem.TOO_LARGE,
          new Location(file, 1, 1),
          "the file has %d bytes, at most %d are read".formatted(bytes.length, limits.maxBytes()),
          "Split it into several files");
      return Optional.empty();
    }
    if (startsWith(bytes, 0xFE, 0xFF) || startsWith(bytes, 0xFF, 0xFE)) {
      findings.error(
          Problem.SYNTAX,
          new Location(file, 1, 1),
          "the file is UTF-16 or UTF-32",
          "Save it as UTF-8");
      return Optional.empty();
    }
    int start = startsWith(bytes, 0xEF, 0xBB, 0xBF) ? 3 : 0;
    var input = ByteBuffer.wrap(bytes, start, bytes.length - start);
    var output = CharBuffer.allocate(bytes.length);
    var outcome =
        UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)
            .decode(input, output, true);
    output.flip();
    if (outcome.isError()) {
      findings.error(
          Problem.SYNTAX,
          endOf(file, output),
          "the byte 0x%02x here is not UTF-8".formatted(input.get(input.position()) & 0xFF),
          "Save the file as UTF-8");
      return Optional.empty();
    }
    return Optional.of(output.toString());
  }

  /**
   * True if a surrogate stands alone. An escape such as {@code "\ud800"} makes such text; it has no
   * UTF-8 form, so it could be neither written to a file nor compared.
   */
  static boolean hasLoneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        return true;
      }
    }
    return false;
  }

  /** The place of the character at an index that counts code points, as parsers report it. */
  static Location locate(String file, String text, int codePointIndex, int lineOffset) {
    int count = Math.min(codePointIndex, text.codePointCount(0, text.length()));
    int end = text.offsetByCodePoints(0, count);
    Location found = endOf(file, CharBuffer.wrap(text, 0, end));
    return new Location(file, found.line() + lineOffset, found.column());
  }

  private static Location endOf(String file, CharSequence before) {
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < before.length(); i++) {
      char c = before.charAt(i);
      boolean lone = c == '\r' && (i + 1 == before.length() || before.charAt(i + 1) != '\n');
      if (c == '\n' || lone) {
        line++;
        lineStart = i + 1;
      }
    }
    int column = Character.codePointCount(before, lineStart, before.length()) + 1;
    return new Location(file, line, column);
  }

  private static boolean startsWith(byte[] bytes, int... prefix) {
    if (bytes.length < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if ((bytes[i] & 0xFF) != prefix[i]) {
        return false;
      }
    }
    return true;
  }
}
