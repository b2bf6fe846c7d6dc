package dev.sandbar.core.attest;

import dev.sandbar.core.attest.BpfProgram.Entries;
import dev.sandbar.core.attest.BpfProgram.Instruction;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Programs as systemd has the kernel load them, read back from Linux 6.18. */
final class BpfPrograms {

  /** Where Linux 6.18 on x86-64 has the protocol of a socket. */
  static final int PROTOCOL_AT = 532;

  /** A rule that matches nothing, in place of an empty list. */
  private static final PortRule NOTHING = new PortRule(-1, 0, 0, 0);

  private static final int AT_LEAST = 0x35;

  private BpfPrograms() {}

  /** struct socket_bind_rule of systemd's socket-bind-api.bpf.h. */
  record PortRule(int family, int protocol, int count, int first) {
    boolean matches(int otherFamily, int otherProtocol, int port) {
      return (family == 0 || family == otherFamily)
          && (protocol == 0 || protocol == otherProtocol)
          && (count == 0 || (port >= first && port < first + count));
    }
  }

  /**
   * One entry of a list of devices.
   *
   * @param major -1 for any
   * @param minor -1 for any
   */
  record DeviceRule(int type, int access, int major, int minor) {
    boolean matches(int otherType, int otherAccess, int otherMajor, int otherMinor) {
      return type == otherType
          && (otherAccess & ~access) == 0
          && (major < 0 || major == otherMajor)
          && (minor < 0 || minor == otherMinor);
    }
  }

  /** As it was read; the maps have the numbers 1 and 2. */
  static List<Instruction> read(String name) {
    try (InputStream in = BpfPrograms.class.getResourceAsStream("/bpf/" + name + ".txt")) {
      if (in == null) {
        throw new AssertionError(name);
      }
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return Instruction.parse(HexFormat.of().parseHex(text.replaceAll("\\s", "")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A program on ports with these lists; the kernel writes their lengths into it. */
  static BpfProgram ports(String name, List<PortRule> allow, List<PortRule> deny) {
    var code = new ArrayList<Instruction>();
    int lists = 0;
    for (Instruction one : read(name)) {
      boolean bound = one.code() == AT_LEAST;
      int length = Math.max(1, lists == 0 ? allow.size() : deny.size());
      lists += bound ? 1 : 0;
      code.add(bound ? new Instruction(AT_LEAST, one.target(), 0, one.offset(), length) : one);
    }
    return new BpfProgram(code, new TreeMap<>(Map.of(1, entries(allow), 2, entries(deny))));
  }

  private static Entries entries(List<PortRule> rules) {
    var words = new ArrayList<Integer>();
    for (PortRule rule : rules.isEmpty() ? List.of(NOTHING) : rules) {
      words.addAll(
          List.of(rule.family(), rule.protocol(), rule.count() & 0xffff | rule.first() << 16));
    }
    return new Entries(3, words);
  }

  /** As bpf-devices.c of systemd puts one together. */
  static BpfProgram devices(List<DeviceRule> rules) {
    var code = new ArrayList<Instruction>();
    code.add(new Instruction(0x61, 2, 1, 0, 0));
    code.add(new Instruction(0x54, 2, 0, 0, 0xffff));
    code.add(new Instruction(0x61, 3, 1, 0, 0));
    code.add(new Instruction(0x74, 3, 0, 0, 16));
    code.add(new Instruction(0x61, 4, 1, 4, 0));
    code.add(new Instruction(0x61, 5, 1, 8, 0));
    for (DeviceRule rule : rules) {
      if (rule.access() != 7) {
        code.add(new Instruction(0xbc, 1, 3, 0, 0));
        code.add(new Instruction(0x54, 1, 0, 0, rule.access()));
        code.add(new Instruction(0x5d, 1, 3, 0, 0));
      }
      code.add(new Instruction(0x55, 2, 0, 0, rule.type()));
      if (rule.major() >= 0) {
        code.add(new Instruction(0x55, 4, 0, 0, rule.major()));
      }
      if (rule.minor() >= 0) {
        code.add(new Instruction(0x55, 5, 0, 0, rule.minor()));
      }
      // Allowed: return 1.
      code.add(new Instruction(0xb7, 0, 0, 0, 1));
      code.add(new Instruction(0x95, 0, 0, 0, 0));
    }
    code.add(new Instruction(0xb7, 0, 0, 0, 0));
    code.add(new Instruction(0x95, 0, 0, 0, 0));
    return new BpfProgram(fixed(code), new TreeMap<>());
  }

  /** What does not match goes on behind the end of the entry. */
  private static List<Instruction> fixed(List<Instruction> code) {
    var fixed = new ArrayList<Instruction>();
    for (int at = 0; at < code.size(); at++) {
      Instruction one = code.get(at);
      boolean jump = one.code() == 0x55 || one.code() == 0x5d;
      int end = at;
      while (jump && code.get(end).code() != 0x95) {
        end++;
      }
      fixed.add(
          jump
              ? new Instruction(one.code(), one.target(), one.source(), end - at, one.constant())
              : one);
    }
    return fixed;
  }
}
