package dev.sandbar.device.kernel;

import dev.sandbar.core.denial.Refusal;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Elements of a set of nftables whose key is an IPv4 address, a protocol and a port, each with a
 * counter (linux/netfilter/nf_tables.h). Values are in the order of the network.
 */
final class SetMessages {

  private static final int SUBSYSTEM = 10 << 8;
  static final int NEW_ELEMENTS = SUBSYSTEM | 12;
  static final int GET_ELEMENTS = SUBSYSTEM | 13;

  private static final int ATTRIBUTE = 4;

  /** NFTA_SET_ELEM_LIST_TABLE, _SET and _ELEMENTS. */
  private static final int TABLE = 1;

  private static final int SET = 2;
  private static final int ELEMENTS = 3;

  /** NFTA_SET_ELEM_KEY and NFTA_SET_ELEM_EXPR. */
  private static final int KEY = 1;

  private static final int EXPRESSION = 7;

  /** NFTA_DATA_VALUE. */
  private static final int VALUE = 1;

  /** NFTA_EXPR_DATA, and in it NFTA_COUNTER_PACKETS. */
  private static final int DATA = 2;

  private static final int PACKETS = 2;

  /** Each part of a key takes a multiple of four bytes. */
  private static final int KEY_BYTES = 12;

  private static final int TCP = 6;
  private static final int UDP = 17;

  private SetMessages() {}

  /** Asks for all elements of a set of family {@code ip}. */
  static byte[] question(int sequence, String table, String set) {
    byte[] content = RuleMessages.question(GET_ELEMENTS, sequence, true, RuleMessages.IPV4);
    byte[] inTable = attribute(TABLE, table);
    byte[] ofSet = attribute(SET, set);
    int length = content.length + inTable.length + ofSet.length;
    ByteBuffer message = ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    message.put(content).put(inTable).put(ofSet);
    return message.putInt(0, length).array();
  }

  /** A text that ends with NUL, filled up to a multiple of four bytes. */
  private static byte[] attribute(int type, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    int length = ATTRIBUTE + bytes.length + 1;
    ByteBuffer attribute = ByteBuffer.allocate((length + 3) & ~3).order(ByteOrder.nativeOrder());
    attribute.putShort((short) length).putShort((short) type).put(bytes);
    return attribute.array();
  }

  /**
   * The elements in a message.
   *
   * @param way of all in the set
   */
  static List<Refusal> elements(RuleMessages.Message message, Refusal.Way way) {
    var found = new ArrayList<Refusal>();
    for (ByteBuffer element :
        RuleMessages.each(message.content().getOrDefault(ELEMENTS, ByteBuffer.allocate(0)))) {
      element(element, way).ifPresent(found::add);
    }
    return found;
  }

  private static Optional<Refusal> element(ByteBuffer bytes, Refusal.Way way) {
    ByteBuffer key = nested(nested(bytes, KEY), VALUE);
    if (key.remaining() != KEY_BYTES) {
      return Optional.empty();
    }
    key.order(ByteOrder.BIG_ENDIAN);
    byte[] address = new byte[4];
    key.get(address);
    int number = Byte.toUnsignedInt(key.get(key.position()));
    int port = Short.toUnsignedInt(key.getShort(key.position() + 4));
    ByteBuffer packets = nested(nested(nested(bytes, EXPRESSION), DATA), PACKETS);
    long count =
        packets.remaining() == Long.BYTES ? packets.order(ByteOrder.BIG_ENDIAN).getLong() : 1;
    return switch (number) {
      case TCP -> Optional.of(new Refusal(way, Protocol.TCP, Cidr.of(address, 32), port, count));
      case UDP -> Optional.of(new Refusal(way, Protocol.UDP, Cidr.of(address, 32), port, count));
      default -> Optional.empty();
    };
  }

  private static ByteBuffer nested(ByteBuffer bytes, int type) {
    return RuleMessages.attributes(bytes).getOrDefault(type, ByteBuffer.allocate(0)).duplicate();
  }
}
