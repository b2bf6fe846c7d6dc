package dev.sandbar.core.model;

/**
 * How many bytes a document takes in the store of an API server: JSON without blanks, in which Go
 * escapes more than it must.
 */
public final class EncodedSize {

  private final long most;
  private long bytes;

  private EncodedSize(long most) {
    this.most = most;
  }

  /** The bytes of the whole document. */
  public static long of(Node node) {
    return upTo(node, Long.MAX_VALUE);
  }

  /** The bytes of the document; counting ends soon after there are more than {@code most}. */
  public static long upTo(Node node, long most) {
    var size = new EncodedSize(most);
    size.add(node);
    return size.bytes;
  }

  private void add(Node node) {
    if (bytes > most) {
      return;
    }
    switch (node) {
      case Node.Scalar(_, var kind, var text) ->
          bytes += kind == Node.Kind.TEXT ? quoted(text) : text.length();
      case Node.Sequence(_, var items) -> {
        bytes += 2 + Math.max(0, items.size() - 1);
        items.forEach(this::add);
      }
      case Node.Mapping(_, var entries) -> {
        bytes += 2 + Math.max(0, entries.size() - 1);
        for (Node.Entry entry : entries) {
          bytes += quoted(entry.key()) + 1;
          add(entry.value());
        }
      }
    }
  }

  /** With its quotes; what is escaped counts as it is written then. */
  private static long quoted(String text) {
    long bytes = 2;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t') {
        bytes += 2;
      } else if (c < 0x20 || "<>&\u2028\u2029".indexOf(c) >= 0) {
        bytes += 6;
      } else if (c < 0x80) {
        bytes += 1;
      } else if (c < 0x800) {
        bytes += 2;
      } else {
        // Half of a pair of surrogates is half of four bytes.
        bytes += Character.isSurrogate(c) ? 2 : 3;
      }
    }
    return bytes;
  }
}
