package dev.sandbar.device.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.RawProperties;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.messages.MessageFactory;
import org.freedesktop.dbus.types.Variant;
import org.junit.jupiter.api.Test;

final class PropertyMemoryTest {

  private static final Set<String> WANTED = Set.of("Number", "Text", "List", "Pairs");

  private final PropertyMemory memory = new PropertyMemory(WANTED);

  @Test
  void readsTheWantedPropertiesAndNoOthers() throws DBusException {
    assertThat(read("a", all(7, "x", 1)))
        .isEqualTo(
            Map.of(
                "Number", new Raw.Int(7),
                "Text", new Raw.Str("x"),
                "List", strings("one", "x"),
                "Pairs",
                    new Raw.Array(
                        List.of(new Raw.Tuple(List.of(new Raw.Str("k"), strings("x")))))));
  }

  @Test
  void theSameAnswerIsTheSameObjectWhateverUnwantedPropertiesDo() throws DBusException {
    RawProperties first = read("a", all(7, "x", 1));
    assertThat(read("a", all(7, "x", 2))).isSameAs(first);
    assertThat(read("b", all(7, "x", 3))).isEqualTo(first);
    assertThat(read("b", all(7, "x", 3)).get("Pairs")).isSameAs(first.get("Pairs"));
  }

  @Test
  void everyChangeIsSeenAlsoOneThatMovesWhatFollows() throws DBusException {
    RawProperties first = read("a", all(7, "x", 1));
    assertThat(read("a", all(8, "x", 1))).containsEntry("Number", new Raw.Int(8));
    assertThat(read("a", all(8, "a longer text", 1)))
        .containsEntry("Text", new Raw.Str("a longer text"))
        .containsEntry("List", strings("one", "a longer text"));
    assertThat(read("a", all(7, "x", 1))).isEqualTo(first);
    Map<String, Variant<?>> fewer = all(7, "x", 1);
    fewer.remove("Text");
    assertThat(read("a", fewer)).doesNotContainKey("Text").containsKey("Pairs");
  }

  @Test
  void whateverCameBeforeAnAnswerIsReadAsIfItWereTheFirst() throws DBusException {
    var random = new Random(3);
    for (int round = 0; round < 3_000; round++) {
      Map<String, Variant<?>> answer = all(random.nextInt(3), "x".repeat(random.nextInt(9)), round);
      answer.keySet().removeIf(_ -> random.nextInt(6) == 0);
      assertThat(read("a", answer))
          .isEqualTo(new PropertyMemory(WANTED).read("b", "a{sv}", body(answer), order()));
    }
  }

  @Test
  void aCutOrDamagedAnswerIsAnErrorAndNothingWorse() throws DBusException {
    byte[] body = body(all(7, "x", 1));
    RawProperties whole = memory.read("a", "a{sv}", body, order());
    for (int length = 0; length < body.length; length++) {
      byte[] cut = Arrays.copyOf(body, length);
      assertThatThrownBy(() -> memory.read("a", "a{sv}", cut, order()))
          .isInstanceOf(IllegalArgumentException.class);
    }
    var random = new Random(1);
    for (int round = 0; round < 20_000; round++) {
      byte[] damaged = body.clone();
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      try {
        assertThat(memory.read("a", "a{sv}", damaged, order())).isNotNull();
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageContaining("D-Bus");
      }
    }
    assertThat(memory.read("a", "a{sv}", body, order())).isEqualTo(whole);
    assertThatThrownBy(() -> memory.read("a", "as", body, order()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private RawProperties read(String of, Map<String, Variant<?>> answer) throws DBusException {
    return memory.read(of, "a{sv}", body(answer), order());
  }

  private static Map<String, Variant<?>> all(long number, String text, long unwanted) {
    var map = new LinkedHashMap<String, Variant<?>>();
    map.put("Flag", RawValues.variant("b", new Raw.Bool(true)));
    map.put("Used", RawValues.variant("t", new Raw.Int(unwanted)));
    map.put("Number", RawValues.variant("t", new Raw.Int(number)));
    map.put("Uses", RawValues.variant("as", strings("u".repeat((int) (unwanted % 5)))));
    map.put("Text", RawValues.variant("s", new Raw.Str(text)));
    map.put("List", RawValues.variant("as", strings("one", text)));
    Raw pair = new Raw.Tuple(List.of(new Raw.Str("k"), strings(text)));
    map.put("Pairs", RawValues.variant("a(sas)", new Raw.Array(List.of(pair))));
    return map;
  }

  private static Raw strings(String... texts) {
    return new Raw.Array(Arrays.stream(texts).map(text -> (Raw) new Raw.Str(text)).toList());
  }

  private static ByteOrder order() {
    return ByteOrder.LITTLE_ENDIAN;
  }

  private static byte[] body(Map<String, Variant<?>> answer) throws DBusException {
    var call =
        new MessageFactory((byte) 'l')
            .createMethodCall("a.b", "/a", "a.b", "C", (byte) 0, "a{sv}", answer);
    var message = new ByteArrayOutputStream();
    for (byte[] part : call.getWireData()) {
      if (part != null) {
        message.writeBytes(part);
      }
    }
    byte[] bytes = message.toByteArray();
    int length = ByteBuffer.wrap(bytes).order(order()).getInt(4);
    return Arrays.copyOfRange(bytes, bytes.length - length, bytes.length);
  }
}
