package dev.sandbar.core.model;

import java.util.Optional;

/** IP addresses as text, without ever asking a name service. */
final class AddressText {

  private AddressText() {}

  static Optional<byte[]> v4(String text) {
    byte[] bytes = new byte[4];
    int at = 0;
    for (int i = 0; i < 4; i++) {
      int dot = text.indexOf('.', at);
      int end = dot < 0 ? text.length() : dot;
      int number = number(text, at, end);
      if (number < 0 || (dot < 0) != (i == 3)) {
        return Optional.empty();
      }
      bytes[i] = (byte) number;
      at = end + 1;
    }
    return Optional.of(bytes);
  }

  /** That of one byte, as everybody reads it: three digits at most, no zero before them; or -1. */
  private static int number(String text, int from, int to) {
    if (to - from < 1 || to - from > 3 || (to - from > 1 && text.charAt(from) == '0')) {
      return -1;
    }
    int number = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      number = number * 10 + c - '0';
    }
    return number > 255 ? -1 : number;
  }

  static Optional<byte[]> v6(String text) {
    int gap = text.indexOf("::");
    if (gap != text.lastIndexOf("::")) {
      return Optional.empty();
    }
    String left = gap < 0 ? text : text.substring(0, gap);
    String right = gap < 0 ? "" : text.substring(gap + 2);
    String[] head = left.isEmpty() ? new String[0] : left.split(":", -1);
    String[] tail = right.isEmpty() ? new String[0] : right.split(":", -1);
    int groups = head.length + tail.length;
    if (gap < 0 ? groups != 8 : groups > 7) {
      return Optional.empty();
    }
    byte[] bytes = new byte[16];
    if (!fill(bytes, 0, head) || !fill(bytes, 8 - tail.length, tail)) {
      return Optional.empty();
    }
    return Optional.of(bytes);
  }

  private static boolean fill(byte[] bytes, int from, String[] groups) {
    for (int i = 0; i < groups.length; i++) {
      String group = groups[i];
      if (group.isEmpty() || group.length() > 4 || !group.chars().allMatch(AddressText::isHex)) {
        return false;
      }
      int value = Integer.parseInt(group, 16);
      bytes[(from + i) * 2] = (byte) (value >> 8);
      bytes[(from + i) * 2 + 1] = (byte) value;
    }
    return true;
  }

  private static boolean isHex(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  static String format(byte[] bytes) {
    if (bytes.length == 4) {
      return (bytes[0] & 255)
          + "."
          + (bytes[1] & 255)
          + "."
          + (bytes[2] & 255)
          + "."
          + (bytes[3] & 255);
    }
    int bestStart = -1;
    int bestLength = 1;
    for (int i = 0; i < 8; i++) {
      int length = 0;
      while (i + length < 8 && group(bytes, i + length) == 0) {
        length++;
      }
      if (length > bestLength) {
        bestStart = i;
        bestLength = length;
      }
    }
    var text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == bestStart) {
        text.append("::");
        i += bestLength - 1;
        continue;
      }
      if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(group(bytes, i)));
    }
    return text.toString();
  }

  private static int group(byte[] bytes, int index) {
    return ((bytes[index * 2] & 255) << 8) | (bytes[index * 2 + 1] & 255);
  }
}
