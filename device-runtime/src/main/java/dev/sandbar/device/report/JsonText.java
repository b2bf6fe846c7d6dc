package dev.sandbar.device.report;

import dev.sandbar.core.model.Node;

/** Writes a tree as JSON on one line. */
final class JsonText {

  private JsonText() {}

  static String of(Node node) {
    StringBuilder out = new StringBuilder(512);
    write(node, out);
    return out.toString();
  }

  private static void write(Node node, StringBuilder out) {
    switch (node) {
      case Node.Scalar scalar -> {
        if (scalar.kind() == Node.Kind.TEXT) {
          quote(scalar.text(), out);
        } else {
          out.append(scalar.text());
        }
      }
      case Node.Sequence list -> {
        out.append('[');
        String separator = "";
        for (Node item : list.items()) {
          out.append(separator);
          write(item, out);
          separator = ",";
        }
        out.append(']');
      }
      case Node.Mapping map -> {
        out.append('{');
        String separator = "";
        for (Node.Entry entry : map.entries()) {
          out.append(separator);
          quote(entry.key(), out);
          out.append(':');
          write(entry.value(), out);
          separator = ",";
        }
        out.append('}');
      }
    }
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20 || c == 0x2028 || c == 0x2029 || Character.isSurrogate(c) && !paired(text, i)) {
        out.append(String.format("\\u%04x", Character.isSurrogate(c) ? 0xfffd : (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  private static boolean paired(String text, int at) {
    char c = text.charAt(at);
    return Character.isHighSurrogate(c)
        ? at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1))
        : at > 0 && Character.isHighSurrogate(text.charAt(at - 1));
  }
}
