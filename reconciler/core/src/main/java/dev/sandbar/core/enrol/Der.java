package dev.sandbar.core.enrol;

import java.util.Arrays;

/**
 * The little of DER (X.690) that requests and keys are made of. Reading only finds where elements
 * are; what was found is written again and compared, so that no other encoding of the same is
 * accepted.
 */
final class Der {
  static final int SEQUENCE = 0x30;
  static final int OCTET_STRING = 0x04;

  static final int INTEGER = 0x02;
  static final int BIT_STRING = 0x03;

  private final byte[] bytes;
  private int position;

  Der(byte[] bytes) {
    this.bytes = bytes;
  }

  /** An element of at most 65535 bytes. */
  static byte[] element(int tag, byte[]... contents) {
    byte[] content = join(contents);
    int length = content.length;
    byte[] head =
        length < 0x80
            ? new byte[] {(byte) tag, (byte) length}
            : length < 0x100
                ? new byte[] {(byte) tag, (byte) 0x81, (byte) length}
                : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
    return join(head, content);
  }

  private static byte[] join(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    byte[] whole = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      for (byte each : part) {
        whole[at++] = each;
      }
    }
    return whole;
  }

  /** Whether nothing is left. */
  boolean atEnd() {
    return position == bytes.length;
  }

  /** The content of the element that begins here. */
  byte[] content(int tag) {
    int length = head(tag);
    return take(length);
  }

  /** The element that begins here, whole, whatever it is. */
  byte[] whole() {
    int begin = position;
    int length = head(bytes[position] & 0xff);
    byte[] _ = take(length);
    return Arrays.copyOfRange(bytes, begin, position);
  }

  private byte[] take(int length) {
    int begin = position;
    int end = Math.addExact(begin, length);
    if (end > bytes.length) {
      throw new IndexOutOfBoundsException(end);
    }
    position = end;
    return Arrays.copyOfRange(bytes, begin, end);
  }

  private int head(int tag) {
    if ((bytes[position++] & 0xff) != tag) {
      throw new IllegalArgumentException("another element was expected");
    }
    int first = bytes[position++] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int count = first & 0x7f;
    if (count == 0 || count > 3) {
      throw new IllegalArgumentException("the length is not one of DER");
    }
    int length = 0;
    for (int i = 0; i < count; i++) {
      length = (length << 8) | (bytes[position++] & 0xff);
    }
    return length;
  }
}
