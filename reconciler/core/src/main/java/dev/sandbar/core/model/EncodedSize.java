package dev.sandbar.core.model;

/**
 * How many bytes a document takes in the store of an API server: JSON without blanks, in which Go
 * escapes more than it must.
 */
public final class EncodedSize {
  private EncodedSize() {}

  /** The bytes of the whole document. */
  public static long of(Node node) {
    return upTo(node, Long.MAX_VALUE);
  }

  /** The bytes of the document; counting ends soon after there are more than {@code most}. */
  public static long upTo(Node node, long most) {
    return switch (node) {
      case Node.Scalar(_, var kind, var text) ->
          kind == Node.Kind.TEXT ? quoted(text) : text.length();
      case Node.Sequence(_, var items) -> {
        long bytes = frame(items.size());
        for (Node item : items) {
          if (bytes > most) {
            break;
          }
          bytes += upTo(item, most - bytes);
        }
        yield bytes;
      }
      case Node.Mapping(_, var entries) -> {
        long bytes = frame(entries.size());
        for (Node.Entry entry : entries) {
          if (bytes > most) {
            break;
          }
          bytes += quoted(entry.key()) + 1;
          bytes += upTo(entry.value(), most - bytes);
        }
        yield bytes;
      }
    };
  }

  /** The brackets and the commas between the parts. */
  private static long frame(int parts) {
    return 2 + Math.max(0, parts - 1);
  }

  /** With its quotes; what is escaped counts as it is written then. */
  private static long quoted(String text) {
    long bytes = 2;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      bytes +=
          switch (c) {
            case '"', '\\', '\n', '\r', '\t' -> 2;
            case '<', '>', '&', '\u2028', '\u2029' -> 6;
            // Half of a pair of surrogates is half of four bytes.
            default -> c < 0x20 ? 6 : c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
          };
    }
    return bytes;
  }
}
