package dev.sandbar.device.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.property.Raw;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.messages.MessageFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the D-Bus library, which writes what is read here. */
final class WireReaderTest {

  private static final String SIGNATURE = "ybnqiuxtdsoas(iayu)a{sv}a(sa(ss))v";

  @ParameterizedTest
  @ValueSource(strings = {"l", "B"})
  void readsWhatTheLibraryWrites(String order) throws DBusException {
    assertThat(read(body(order), order))
        .containsExactly(
            new Raw.Int(200),
            new Raw.Bool(true),
            new Raw.Int(-5),
            new Raw.Int(65535),
            new Raw.Int(-7),
            new Raw.Int(4294967295L),
            new Raw.Int(Long.MIN_VALUE),
            new Raw.Int(-1),
            new Raw.Real(1.5),
            new Raw.Str("grün"),
            new Raw.Str("/a/b"),
            array(new Raw.Str(""), new Raw.Str("x")),
            tuple(new Raw.Int(2), array(new Raw.Int(255), new Raw.Int(0)), new Raw.Int(16)),
            array(tuple(new Raw.Str("k"), new Raw.Int(-1)), tuple(new Raw.Str("l"), array())),
            array(tuple(new Raw.Str("n"), array(tuple(new Raw.Str("a"), new Raw.Str("b"))))),
            array());
  }

  @Test
  void aCutOrDamagedMessageIsAnErrorAndNothingWorse() throws DBusException {
    byte[] body = body("l");
    for (int length = 0; length < body.length; length++) {
      byte[] cut = Arrays.copyOf(body, length);
      assertThatThrownBy(() -> read(cut, "l")).isInstanceOf(IllegalArgumentException.class);
    }
    var random = new Random(1);
    for (int round = 0; round < 20_000; round++) {
      byte[] damaged = body.clone();
      for (int i = 0; i < 3; i++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        assertThat(read(damaged, "l")).isNotEmpty();
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageContaining("D-Bus");
      }
    }
  }

  @Test
  void aVariantInAVariantWithoutEndIsAnError() {
    // Every variant says that a variant follows.
    byte[] body = new byte[300];
    for (int i = 0; i + 2 < body.length; i += 3) {
      body[i] = 1;
      body[i + 1] = 'v';
    }
    assertThatThrownBy(() -> WireReader.read("v", body, ByteOrder.LITTLE_ENDIAN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("deep");
  }

  private static List<Raw> read(byte[] body, String order) {
    return WireReader.read(
        SIGNATURE, body, order.equals("B") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] body(String order) throws DBusException {
    Object[] values = {
      (byte) 200,
      true,
      (short) -5,
      new org.freedesktop.dbus.types.UInt16(65535),
      -7,
      new org.freedesktop.dbus.types.UInt32(4294967295L),
      Long.MIN_VALUE,
      RawValues.variant("t", new Raw.Int(-1)).getValue(),
      1.5,
      "grün",
      new org.freedesktop.dbus.DBusPath("/a/b"),
      new String[] {"", "x"},
      RawValues.variant(
              "(iayu)",
              tuple(new Raw.Int(2), array(new Raw.Int(255), new Raw.Int(0)), new Raw.Int(16)))
          .getValue(),
      ordered(),
      RawValues.variant(
              "a(sa(ss))",
              array(tuple(new Raw.Str("n"), array(tuple(new Raw.Str("a"), new Raw.Str("b"))))))
          .getValue(),
      RawValues.variant("a(iayu)", array()),
    };
    var call =
        new MessageFactory((byte) order.charAt(0))
            .createMethodCall("a.b", "/a", "a.b", "C", (byte) 0, SIGNATURE, values);
    var message = new ByteArrayOutputStream();
    for (byte[] part : call.getWireData()) {
      if (part != null) {
        message.writeBytes(part);
      }
    }
    byte[] bytes = message.toByteArray();
    int length =
        ByteBuffer.wrap(bytes)
            .order(order.equals("B") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN)
            .getInt(4);
    return Arrays.copyOfRange(bytes, bytes.length - length, bytes.length);
  }

  private static java.util.Map<String, Object> ordered() {
    var map = new java.util.LinkedHashMap<String, Object>();
    map.put("k", RawValues.variant("t", new Raw.Int(-1)));
    map.put("l", RawValues.variant("as", array()));
    return map;
  }

  private static Raw array(Raw... items) {
    return new Raw.Array(List.of(items));
  }

  private static Raw tuple(Raw... fields) {
    return new Raw.Tuple(List.of(fields));
  }
}
