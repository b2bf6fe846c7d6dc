package dev.sandbar.device.systemd;

import dev.sandbar.core.property.Raw;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.freedesktop.dbus.types.UInt16;
import org.freedesktop.dbus.types.UInt32;
import org.freedesktop.dbus.types.UInt64;
import org.freedesktop.dbus.types.Variant;

/**
 * Values of the D-Bus library as {@link Raw} and back, led by the D-Bus signature: the library
 * gives structures and some arrays the same Java type, so the value alone does not tell them apart.
 */
final class RawValues {

  private final String signature;
  private int at;

  private RawValues(String signature) {
    this.signature = signature;
  }

  /** A variant of this signature. */
  static Variant<Object> variant(String signature, Raw raw) {
    return new Variant<>(new RawValues(signature).write(raw), signature);
  }

  private Object write(Raw raw) {
    char type = signature.charAt(at++);
    return switch (type) {
      case 'b' -> raw instanceof Raw.Bool(boolean on) ? on : misfit(type, raw);
      case 'y' -> (byte) bits(type, raw);
      case 'q' -> new UInt16((int) bits(type, raw));
      case 'i' -> (int) bits(type, raw);
      case 'u' -> new UInt32(bits(type, raw));
      case 'x' -> bits(type, raw);
      // The constructor for long refuses the upper half of the range, where infinity is.
      case 't' -> new UInt64(unsigned(bits(type, raw)));
      case 's' -> raw instanceof Raw.Str(String text) ? text : misfit(type, raw);
      case '(' -> structure(raw);
      case 'a' -> list(raw);
      default -> throw unknown(type);
    };
  }

  private Object structure(Raw raw) {
    List<Raw> fields = raw instanceof Raw.Tuple tuple ? tuple.fields() : List.of();
    var values = new ArrayList<Object>();
    for (int i = 0; signature.charAt(at) != ')'; i++) {
      if (i >= fields.size()) {
        throw new IllegalArgumentException("too few fields for " + signature + ": " + raw);
      }
      values.add(write(fields.get(i)));
    }
    at++;
    return values.toArray();
  }

  private Object list(Raw raw) {
    List<Raw> items =
        raw instanceof Raw.Array array ? array.items() : List.of((Raw) misfit('a', raw));
    int element = at;
    var values = new ArrayList<Object>();
    for (Raw item : items) {
      at = element;
      values.add(write(item));
    }
    at = WireReader.end(signature, element);
    if (signature.charAt(element) == 'y') {
      byte[] bytes = new byte[values.size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (Byte) values.get(i);
      }
      return bytes;
    }
    return values;
  }

  private static long bits(char type, Raw raw) {
    return raw instanceof Raw.Int(long bits) ? bits : (Long) misfit(type, raw);
  }

  private static BigInteger unsigned(long bits) {
    return new BigInteger(Long.toUnsignedString(bits));
  }

  private static Object misfit(char type, Raw raw) {
    throw new IllegalArgumentException("not a D-Bus value of type " + type + ": " + raw);
  }

  private static IllegalArgumentException unknown(char type) {
    return new IllegalArgumentException("unknown D-Bus type " + type);
  }
}
