package dev.sandbar.device.kernel;

import dev.sandbar.core.attest.PacketRules;
import dev.sandbar.core.compile.SharedRules;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Messages of nftables (netlink(7); linux/netfilter/nfnetlink.h and nf_tables.h). Lengths and types
 * of netlink are in the order of the machine, values of nftables in that of the network.
 */
final class RuleMessages {

  static final int ERROR = 2;
  static final int DONE = 3;

  /** NFNL_SUBSYS_NFTABLES, in the upper byte of a type. */
  private static final int SUBSYSTEM = 10 << 8;

  static final int NEW_TABLE = SUBSYSTEM;
  static final int GET_TABLE = SUBSYSTEM | 1;
  static final int DELETE_TABLE = SUBSYSTEM | 2;
  static final int NEW_CHAIN = SUBSYSTEM | 3;
  static final int GET_CHAIN = SUBSYSTEM | 4;
  static final int NEW_RULE = SUBSYSTEM | 6;
  static final int GET_RULE = SUBSYSTEM | 7;
  static final int NEW_SET = SUBSYSTEM | 9;
  static final int GET_SET = SUBSYSTEM | 10;
  static final int NEW_GENERATION = SUBSYSTEM | 15;
  static final int GET_GENERATION = SUBSYSTEM | 16;

  /** NLM_F_DUMP_INTR: something changed while it was listed. */
  static final int INTERRUPTED = 0x10;

  private static final int REQUEST = 1;
  private static final int DUMP = 0x300;
  private static final int HEADER = 16;

  /** struct nfgenmsg. */
  private static final int FAMILY = 4;

  private static final int ATTRIBUTE = 4;

  /** The upper bits say how it is to be read. */
  private static final int ATTRIBUTE_TYPE = 0x3fff;

  /** NFPROTO_UNSPEC: of a question, of every family. */
  static final int EVERY = 0;

  /** NFPROTO_IPV4. */
  static final int IPV4 = 2;

  /** NFPROTO_NETDEV. */
  private static final int NETDEV = 5;

  /** The name of its table is the first attribute of everything that is in one. */
  private static final int TABLE_NAME = 1;

  private static final int TABLE_FLAGS = 2;
  private static final int TABLE_USER_DATA = 6;
  private static final int DORMANT = 1;
  private static final int CHAIN_HANDLE = 2;
  private static final int CHAIN_NAME = 3;
  private static final int CHAIN_POLICY = 5;
  private static final int ACCEPT = 1;
  private static final int RULE_CHAIN = 2;
  private static final int RULE_HANDLE = 3;
  private static final int RULE_USER_DATA = 7;
  private static final int SET_HANDLE = 16;

  private RuleMessages() {}

  /** A question; of a list of everything of a family, or of one value. */
  static byte[] question(int type, int sequence, boolean list, int family) {
    ByteBuffer message = ByteBuffer.allocate(HEADER + FAMILY).order(ByteOrder.nativeOrder());
    message
        .putInt(HEADER + FAMILY)
        .putShort((short) type)
        .putShort((short) (list ? REQUEST | DUMP : REQUEST));
    message.putInt(sequence).putInt(0);
    return message.put((byte) family).array();
  }

  /**
   * One message.
   *
   * @param family of what it is about
   * @param content its attributes; of {@link #ERROR} and {@link #DONE} something else
   */
  record Message(int type, int flags, int sequence, int family, Map<Integer, ByteBuffer> content) {

    /**
     * The name of the table, of one of family {@code netdev} after the family; empty if it is about
     * none of these.
     */
    String table() {
      return switch (family) {
        case IPV4 -> text(TABLE_NAME);
        case NETDEV -> "netdev " + text(TABLE_NAME);
        default -> "";
      };
    }

    private String text(int attribute) {
      ByteBuffer value = value(attribute);
      byte[] bytes = new byte[Math.max(0, value.remaining() - 1)];
      value.get(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }

    private long handle(int attribute) {
      ByteBuffer value = value(attribute);
      return value.remaining() == Long.BYTES ? value.getLong() : 0;
    }

    private int number(int attribute, int otherwise) {
      ByteBuffer value = value(attribute);
      return value.remaining() == Integer.BYTES ? value.getInt() : otherwise;
    }

    private ByteBuffer value(int attribute) {
      return content.getOrDefault(attribute, ByteBuffer.allocate(0)).duplicate();
    }

    /** What {@link #GET_GENERATION} answers; empty of another message. */
    Optional<Integer> generation() {
      return type == NEW_GENERATION && content.containsKey(1)
          ? Optional.of(number(1, 0))
          : Optional.empty();
    }

    /** A comment: a type, a length and a text that ends with NUL. */
    private String comment(int attribute) {
      ByteBuffer data = value(attribute);
      while (data.remaining() >= 2) {
        int kind = data.get();
        int length = Byte.toUnsignedInt(data.get());
        if (length > data.remaining()) {
          return "";
        }
        byte[] value = new byte[length];
        data.get(value);
        if (kind == 0) {
          return new String(value, 0, Math.max(0, length - 1), StandardCharsets.UTF_8);
        }
      }
      return "";
    }
  }

  /** Takes the next message; empty at the end, and where the rest is none. */
  static Optional<Message> next(ByteBuffer buffer) {
    buffer.order(ByteOrder.nativeOrder());
    int start = buffer.position();
    if (buffer.remaining() < HEADER) {
      return Optional.empty();
    }
    int length = buffer.getInt();
    int type = Short.toUnsignedInt(buffer.getShort());
    int flags = Short.toUnsignedInt(buffer.getShort());
    int sequence = buffer.getInt();
    buffer.getInt();
    if (length < HEADER || length > buffer.limit() - start) {
      return Optional.empty();
    }
    int family = -1;
    Map<Integer, ByteBuffer> content = Map.of();
    if (type >= SUBSYSTEM && length >= HEADER + FAMILY) {
      family = buffer.get(start + HEADER);
      content = attributes(buffer.slice(start + HEADER + FAMILY, length - HEADER - FAMILY));
    }
    buffer.position(Math.min(buffer.limit(), start + aligned(length)));
    return Optional.of(new Message(type, flags, sequence, family, content));
  }

  /** The attributes in some bytes, by type; of several of one type the last. */
  static Map<Integer, ByteBuffer> attributes(ByteBuffer bytes) {
    var all = new HashMap<Integer, ByteBuffer>();
    attributes(bytes, all::put);
    return all;
  }

  /** The attributes in some bytes, whatever their types. */
  static List<ByteBuffer> each(ByteBuffer bytes) {
    var all = new ArrayList<ByteBuffer>();
    attributes(bytes, (_, value) -> all.add(value));
    return all;
  }

  private static void attributes(ByteBuffer whole, BiConsumer<Integer, ByteBuffer> each) {
    ByteBuffer bytes = whole.duplicate().order(ByteOrder.nativeOrder());
    while (bytes.remaining() >= ATTRIBUTE) {
      int start = bytes.position();
      int length = Short.toUnsignedInt(bytes.getShort());
      int type = bytes.getShort() & ATTRIBUTE_TYPE;
      if (length < ATTRIBUTE || length > bytes.limit() - start) {
        break;
      }
      each.accept(type, bytes.slice(start + ATTRIBUTE, length - ATTRIBUTE));
      bytes.position(Math.min(bytes.limit(), start + aligned(length)));
    }
  }

  private static int aligned(int length) {
    return (length + 3) & ~3;
  }

  /** The tables of apps, put together from lists of tables, chains, rules and sets. */
  static final class Tables {
    private final SortedMap<String, Draft> tables = new TreeMap<>();

    private static final class Draft {
      private String origin = "";
      private boolean dormant;
      private final SortedMap<String, PacketRules.Chain> chains = new TreeMap<>();
      private int objects;
      private long lastHandle;

      private void has(long handle) {
        objects++;
        lastHandle = Math.max(lastHandle, handle);
      }

      private void count(String chain, int own, int others, boolean accepts) {
        chains.merge(
            chain,
            new PacketRules.Chain(own, others, accepts),
            (one, other) ->
                new PacketRules.Chain(
                    one.rules() + other.rules(),
                    one.others() + other.others(),
                    one.accepts() && other.accepts()));
      }
    }

    void add(Message message) {
      String table = message.table();
      if (!SharedRules.isTable(table)) {
        return;
      }
      Draft draft = tables.computeIfAbsent(table, _ -> new Draft());
      switch (message.type()) {
        case NEW_TABLE -> {
          draft.origin = message.comment(TABLE_USER_DATA);
          draft.dormant = (message.number(TABLE_FLAGS, 0) & DORMANT) != 0;
        }
        case NEW_CHAIN -> {
          draft.has(message.handle(CHAIN_HANDLE));
          draft.count(
              message.text(CHAIN_NAME), 0, 0, message.number(CHAIN_POLICY, ACCEPT) == ACCEPT);
        }
        case NEW_RULE -> {
          draft.has(message.handle(RULE_HANDLE));
          int own = message.comment(RULE_USER_DATA).equals(SharedRules.COMMENT) ? 1 : 0;
          draft.count(message.text(RULE_CHAIN), own, 1 - own, true);
        }
        case NEW_SET -> draft.has(message.handle(SET_HANDLE));
        default -> {}
      }
    }

    PacketRules rules() {
      var all = new TreeMap<String, PacketRules.Table>();
      tables.forEach(
          (name, draft) ->
              all.put(
                  name,
                  new PacketRules.Table(
                      draft.origin, draft.dormant, draft.chains, draft.objects, draft.lastHandle)));
      return new PacketRules(true, all);
    }
  }
}
