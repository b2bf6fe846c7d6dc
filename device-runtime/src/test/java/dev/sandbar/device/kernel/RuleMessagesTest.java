package dev.sandbar.device.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.PacketRules;
import dev.sandbar.core.attest.PacketRules.Chain;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Attributes as Linux 6.18 sent them, in the order of a machine of little endian. */
class RuleMessagesTest {

  private static final String TABLE = "0e00010073616e646261722d78000000";

  private static byte[] message(int type, int family, String attributes) {
    byte[] content = HexFormat.of().parseHex(attributes);
    ByteBuffer message = ByteBuffer.allocate(20 + content.length).order(ByteOrder.nativeOrder());
    message.putInt(20 + content.length).putShort((short) type).putShort((short) 2);
    message.putInt(7).putInt(0).put((byte) family).put((byte) 0).putShort((short) 0);
    return message.put(content).array();
  }

  private static PacketRules read(byte[]... messages) {
    var tables = new RuleMessages.Tables();
    for (byte[] each : messages) {
      ByteBuffer buffer = ByteBuffer.wrap(each);
      Optional<RuleMessages.Message> next = RuleMessages.next(buffer);
      while (next.isPresent()) {
        tables.add(next.get());
        next = RuleMessages.next(buffer);
      }
    }
    return tables.rules();
  }

  private static final byte[] A_TABLE =
      message(RuleMessages.NEW_TABLE, 2, TABLE + "0800020000000001" + "0a000600000478796a000000");
  private static final byte[] A_CHAIN =
      message(
          RuleMessages.NEW_CHAIN,
          2,
          TABLE + "0c0002000000000000000001" + "0a000300706f727473000000" + "0800050000000000");
  private static final byte[] A_RULE =
      message(
          RuleMessages.NEW_RULE,
          2,
          TABLE
              + "0a000200706f727473000000"
              + "0c0003000000000000000009"
              + "0e000700000873616e64626172000000");

  @Test
  void tablesAreReadFromTheirMessages() {
    byte[] other =
        message(
            RuleMessages.NEW_RULE,
            2,
            TABLE + "0a000200706f727473000000" + "0c000300000000000000000b");
    byte[] set = message(RuleMessages.NEW_SET, 2, TABLE + "0c0010000000000000000002");
    assertThat(read(A_TABLE, A_CHAIN, A_RULE, other, set).tables())
        .isEqualTo(
            Map.of(
                "sandbar-x",
                new PacketRules.Table(
                    "xyj", true, new TreeMap<>(Map.of("ports", new Chain(1, 1, false))), 4, 11)));
  }

  @Test
  void tablesOfOthersAreLeftOut() {
    assertThat(
            read(
                    message(RuleMessages.NEW_TABLE, 2, "080001006e617400"),
                    message(RuleMessages.NEW_TABLE, 10, TABLE))
                .tables())
        .isEmpty();
  }

  @Test
  void theNumberOfChangesIsRead() {
    assertThat(
            RuleMessages.next(
                    ByteBuffer.wrap(message(RuleMessages.NEW_GENERATION, 0, "0800010000000003")))
                .flatMap(RuleMessages.Message::generation))
        .contains(3);
  }

  /** Whatever the kernel of tomorrow sends ends, and breaks nothing. */
  @Test
  void anyBytesEnd() {
    var random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = (i % 3 == 0 ? A_TABLE : i % 3 == 1 ? A_CHAIN : A_RULE).clone();
      for (int changes = random.nextInt(4); changes >= 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      assertThat(read(bytes).tables()).hasSizeLessThanOrEqualTo(1);
    }
  }
}
