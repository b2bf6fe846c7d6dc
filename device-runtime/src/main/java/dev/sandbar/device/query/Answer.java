package dev.sandbar.device.query;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.QueryContract;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.TextLimits;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What a device answers, before it is sealed.
 *
 * @param cut whether there was more, which is older
 * @param text lines of a journal; empty for a question about events
 * @param items events, the newest last; none for a question about a journal
 */
public record Answer(boolean cut, String text, List<Node> items) {
  /** Deep enough for an event in a list. */
  private static final TextLimits LIMITS = new TextLimits(QueryContract.MAX_PLAIN, 8, 20_000);

  /** Room for the names of the fields. */
  private static final int FRAME = 64;

  private static final char UNPRINTABLE = '\uFFFD';

  public Answer {
    items = List.copyOf(items);
  }

  /** Lines of a journal, the newest last; control characters are replaced. */
  public static Answer ofText(boolean cut, String text) {
    return new Answer(cut, plain(text), List.of());
  }

  /** Events, the newest last. */
  public static Answer ofItems(List<Node> items) {
    return new Answer(false, "", items);
  }

  /** As it is sealed: what is oldest is left out until the rest fits. */
  public byte[] encoded() {
    Answer fitting = this;
    for (int room = QueryContract.MAX_PLAIN - FRAME; ; room -= room / 8 + 1) {
      byte[] bytes = JsonWriter.compact(NodeBinder.write(fitting)).getBytes(StandardCharsets.UTF_8);
      if (bytes.length <= QueryContract.MAX_PLAIN) {
        return bytes;
      }
      fitting = newest(room);
    }
  }

  /**
   * Reads what was sealed, which a device may have written as it likes.
   *
   * @return empty if it is no answer
   */
  public static Optional<Answer> read(byte[] bytes) {
    var result = JsonReader.read("answer", bytes, LIMITS);
    return result.hasErrors() || result.documents().size() != 1
        ? Optional.empty()
        : Optional.of(NodeBinder.readLenient(Answer.class, result.documents().getFirst()));
  }

  private Answer newest(int room) {
    int left = room;
    int from = text.length();
    while (from > 0 && left >= cost(text.charAt(from - 1))) {
      from--;
      left -= cost(text.charAt(from));
    }
    int first = items.size();
    while (first > 0 && left >= size(items.get(first - 1))) {
      first--;
      left -= size(items.get(first));
    }
    // From the beginning of a line, unless there is only one.
    int line = from == 0 ? 0 : text.indexOf('\n', from) + 1;
    return new Answer(
        cut || from > 0 || first > 0,
        text.substring(line > 0 && line < text.length() ? line : from),
        items.subList(first, items.size()));
  }

  /** At most so many bytes does a character take in the encoded form. */
  private static int cost(char c) {
    if (c == '\n' || c == '\t' || c == '"' || c == '\\') {
      return 2;
    }
    return c < 0x80 ? 1 : Character.getType(c) == Character.FORMAT ? 6 : 3;
  }

  private static int size(Node item) {
    return JsonWriter.compact(item).getBytes(StandardCharsets.UTF_8).length + 1;
  }

  private static String plain(String text) {
    var safe = new StringBuilder(text);
    for (int i = 0; i < safe.length(); i++) {
      char c = safe.charAt(i);
      boolean paired =
          Character.isHighSurrogate(c)
              ? i + 1 < safe.length() && Character.isLowSurrogate(safe.charAt(i + 1))
              : !Character.isLowSurrogate(c) || (i > 0 && isHigh(safe.charAt(i - 1)));
      if (!paired || (Character.isISOControl(c) && c != '\n' && c != '\t')) {
        safe.setCharAt(i, UNPRINTABLE);
      }
    }
    return safe.toString();
  }

  private static boolean isHigh(char c) {
    return Character.isHighSurrogate(c);
  }
}
