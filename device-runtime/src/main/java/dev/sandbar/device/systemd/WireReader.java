package dev.sandbar.device.systemd;

import dev.sandbar.core.property.Raw;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the body of a D-Bus message (D-Bus Specification, "Marshaling (Wire Format)").
 *
 * <p>The library can do that too, but makes objects of a dozen classes that would have to be told
 * apart again, and half a megabyte of garbage for the properties of one service.
 */
final class WireReader {

  private static final int DEPTH_LIMIT = 32;

  private final ByteBuffer body;

  /** Reads a body from its beginning. */
  WireReader(byte[] body, ByteOrder order) {
    this.body = ByteBuffer.wrap(body).order(order);
  }

  /**
   * The values of a body.
   *
   * @param signature as the message's header has it
   * @throws IllegalArgumentException if the body does not fit the signature
   */
  static List<Raw> read(String signature, byte[] body, ByteOrder order) {
    var reader = new WireReader(body, order);
    try {
      var values = new ArrayList<Raw>();
      for (int at = 0; at < signature.length(); at = end(signature, at)) {
        values.add(reader.value(signature, at, 0));
      }
      return values;
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("a D-Bus message ends too early", e);
    }
  }

  /** Where the next value is read, its padding not yet passed over. */
  int position() {
    return body.position();
  }

  void position(int position) {
    body.position(position);
  }

  /** A value of type {@code s}. */
  String string() {
    return text(aligned(4).getInt());
  }

  /** A value of type {@code v}. */
  Raw variant() {
    return value("v", 0, 0);
  }

  /**
   * Goes into an array, to its first element.
   *
   * @param alignment of its elements
   * @return the position after the last one
   */
  int arrayEnd(int alignment) {
    int length = aligned(4).getInt();
    aligned(alignment);
    int end = body.position() + length;
    if (length < 0 || end < 0 || end > body.limit()) {
      throw new IllegalArgumentException("an array of a D-Bus message is too long");
    }
    return end;
  }

  /** Passes over one value. */
  void skip(String signature) {
    skip(signature, 0, 0);
  }

  private void skip(String signature, int at, int depth) {
    if (depth > DEPTH_LIMIT) {
      throw new IllegalArgumentException("a D-Bus message nests too deep");
    }
    switch (signature.charAt(at)) {
      case 's', 'o' -> skipText(aligned(4).getInt());
      case 'g' -> skipText(body.get() & 0xff);
      case 'v' -> skip(text(body.get() & 0xff), 0, depth + 1);
      case 'a' -> body.position(arrayEnd(alignment(signature.charAt(at + 1))));
      case '(', '{' -> {
        aligned(8);
        for (int field = at + 1;
            signature.charAt(field) != ')' && signature.charAt(field) != '}'; ) {
          skip(signature, field, depth + 1);
          field = end(signature, field);
        }
      }
      default -> value(signature, at, depth);
    }
  }

  private Raw value(String signature, int at, int depth) {
    if (depth > DEPTH_LIMIT) {
      throw new IllegalArgumentException("a D-Bus message nests too deep");
    }
    char type = signature.charAt(at);
    return switch (type) {
      case 'y' -> new Raw.Int(body.get() & 0xff);
      case 'b' -> new Raw.Bool(aligned(4).getInt() != 0);
      case 'n' -> new Raw.Int(aligned(2).getShort());
      case 'q' -> new Raw.Int(aligned(2).getShort() & 0xffff);
      case 'i' -> new Raw.Int(aligned(4).getInt());
      case 'u', 'h' -> new Raw.Int(Integer.toUnsignedLong(aligned(4).getInt()));
      case 'x', 't' -> new Raw.Int(aligned(8).getLong());
      case 'd' -> new Raw.Real(aligned(8).getDouble());
      case 's', 'o' -> new Raw.Str(text(aligned(4).getInt()));
      case 'g' -> new Raw.Str(text(body.get() & 0xff));
      case 'v' -> value(text(body.get() & 0xff), 0, depth + 1);
      case 'a' -> array(signature, at + 1, depth + 1);
      case '(', '{' -> structure(signature, at + 1, depth + 1);
      default -> throw new IllegalArgumentException("unknown D-Bus type " + type);
    };
  }

  private Raw array(String signature, int element, int depth) {
    int end = arrayEnd(alignment(signature.charAt(element)));
    var items = new ArrayList<Raw>();
    while (body.position() < end) {
      items.add(value(signature, element, depth));
    }
    return new Raw.Array(items);
  }

  private Raw structure(String signature, int first, int depth) {
    if (")}".indexOf(signature.charAt(first)) >= 0) {
      // Of no length: an array would hold any number of them.
      throw new IllegalArgumentException("an empty structure in a D-Bus message");
    }
    aligned(8);
    var fields = new ArrayList<Raw>();
    for (int at = first; signature.charAt(at) != ')' && signature.charAt(at) != '}'; ) {
      fields.add(value(signature, at, depth));
      at = end(signature, at);
    }
    return new Raw.Tuple(fields);
  }

  /** A text and the zero byte after it. */
  private String text(int length) {
    int begin = body.position();
    skipText(length);
    return new String(body.array(), begin, length, StandardCharsets.UTF_8);
  }

  private void skipText(int length) {
    if (length < 0 || length >= body.remaining()) {
      throw new IllegalArgumentException("a text of a D-Bus message is too long");
    }
    body.position(body.position() + length + 1);
  }

  private ByteBuffer aligned(int alignment) {
    int position = (body.position() + alignment - 1) & -alignment;
    if (position > body.limit()) {
      throw new BufferUnderflowException();
    }
    return body.position(position);
  }

  private static int alignment(char type) {
    return switch (type) {
      case 'n', 'q' -> 2;
      case 'b', 'i', 'u', 'h', 's', 'o', 'a' -> 4;
      case 'x', 't', 'd', '(', '{' -> 8;
      default -> 1;
    };
  }

  /** The index after the complete type that begins here. */
  static int end(String signature, int at) {
    char type = signature.charAt(at);
    if (type == 'a') {
      return end(signature, at + 1);
    }
    if (type != '(' && type != '{') {
      return at + 1;
    }
    int next = at + 1;
    while (signature.charAt(next) != ')' && signature.charAt(next) != '}') {
      next = end(signature, next);
    }
    return next + 1;
  }
}
