package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.denial.Refusal;
import dev.sandbar.core.denial.Refusal.Way;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** As Linux 6.18 sends them. */
class SetMessagesTest {

  private static byte[] attribute(int type, byte[]... parts) {
    int length = 4;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteBuffer bytes = ByteBuffer.allocate((length + 3) & ~3).order(ByteOrder.nativeOrder());
    bytes.putShort((short) length).putShort((short) type);
    for (byte[] part : parts) {
      bytes.put(part);
    }
    return bytes.array();
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  private static byte[] element(String key, String packets) {
    byte[] counter =
        attribute(2, attribute(1, hex("0000000000000bb8")), attribute(2, hex(packets)));
    return attribute(
        1,
        attribute(1, attribute(1, hex(key))),
        attribute(7, attribute(1, "counter\0".getBytes(StandardCharsets.US_ASCII)), counter));
  }

  private static RuleMessages.Message message(byte[]... elements) {
    byte[] content = attribute(3, elements);
    ByteBuffer message = ByteBuffer.allocate(20 + content.length).order(ByteOrder.nativeOrder());
    message.putInt(20 + content.length).putShort((short) SetMessages.NEW_ELEMENTS);
    message.putShort((short) 2).putInt(7).putInt(0).put((byte) 2).put((byte) 0).putShort((short) 0);
    return RuleMessages.next(message.put(content).flip()).orElseThrow();
  }

  @Test
  void elementsAreReadFromTheirMessages() {
    RuleMessages.Message message =
        message(
            element("c63364020600000023820000", "0000000000000003"),
            element("c0a84d02110000000035" + "0000", "0000000000000001"),
            element("c0a84d0201000000003500" + "00", "0000000000000001"),
            element("c0a84d02", "0000000000000001"));
    assertThat(SetMessages.elements(message, Way.TO))
        .containsExactly(
            new Refusal(Way.TO, Protocol.TCP, Cidr.parse("198.51.100.2").orElseThrow(), 9090, 3),
            new Refusal(Way.TO, Protocol.UDP, Cidr.parse("192.168.77.2").orElseThrow(), 53, 1));
  }

  @Test
  void questionsNameTheTableAndTheSet() {
    ByteBuffer question =
        ByteBuffer.wrap(SetMessages.question(5, "sandbar", "refused-to"))
            .order(ByteOrder.nativeOrder());
    assertThat(question.getInt(0)).isEqualTo(question.capacity());
    RuleMessages.Message read = RuleMessages.next(question).orElseThrow();
    assertThat(read.type()).isEqualTo(SetMessages.GET_ELEMENTS);
    assertThat(read.table()).isEqualTo("sandbar");
  }

  @Test
  void anythingElseIsNoElement() {
    var random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      byte[] bytes = new byte[random.nextInt(64)];
      random.nextBytes(bytes);
      List<Refusal> read = SetMessages.elements(message(bytes), Way.FROM);
      assertThat(read).allMatch(it -> it.port() >= 0 && it.port() < 65_536);
    }
  }
}
