package dev.sandbar.core.attest;

import dev.sandbar.core.attest.BpfProgram.Entries;
import dev.sandbar.core.attest.BpfProgram.Instruction;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Runs a program on one question, for as long as it does only what systemd's programs on devices
 * and ports do. What is asked about (a port, a device number) a program may move and compare with
 * something else, and nothing more: so all numbers between two that it was compared with get the
 * same answer, and {@link ProgramAnswers} need not ask about each. Any other instruction ends the
 * run without an answer.
 *
 * <p>Meaning of instructions: instruction-set.rst of the kernel's documentation (RFC 9669).
 */
final class BpfRun {

  /** 128 rules of each of two lists, some thirty instructions for each. */
  private static final int MOST_STEPS = 20_000;

  private static final int REGISTERS = 11;
  private static final int STACK_REGISTER = 10;

  private static final int CONSTANT_64 = 0x18;
  private static final int SWAP_16 = 0xdc;
  private static final int MAP_REFERENCE = 1;
  private static final int FROM_REGISTER = 0x08;

  /** Memory that a program reads. */
  enum Region {
    CONTEXT,
    STACK,
    SOCKET,
    ADDRESS,
    MAP,
    ENTRIES
  }

  /** What a register holds. */
  sealed interface Held {

    /** Any number that does not depend on what is asked about. */
    record Plain(long bits) implements Held {}

    /**
     * A number that is asked about, as it is.
     *
     * @param number which of the two
     * @param swapped whether the two bytes of it are in the order of the network
     */
    record Asked(int number, long bits, boolean swapped) implements Held {}

    /**
     * An address.
     *
     * @param map number of the map; 0 elsewhere
     */
    record Pointer(Region region, int map, long offset) implements Held {}

    /** Nothing that can be gone on with. */
    record Unknown() implements Held {}
  }

  /** What a program is given. */
  interface Question {
    /** What stands at a place. */
    Held at(Region region, long offset, int size);
  }

  /** Called with each comparison. */
  interface Comparisons {
    /** A number that is asked about was compared with this one. */
    void compared(int number, long with);
  }

  private record Slot(long offset, int size) {}

  private final BpfProgram program;
  private final Question question;
  private final Comparisons comparisons;
  private final Held[] registers = new Held[REGISTERS];
  private final Map<Slot, Held> stack = new HashMap<>();
  private int at;
  private int steps;

  BpfRun(BpfProgram program, Question question, Comparisons comparisons) {
    this.program = program;
    this.question = question;
    this.comparisons = comparisons;
    Arrays.fill(registers, new Held.Plain(0));
    registers[1] = new Held.Pointer(Region.CONTEXT, 0, 0);
    registers[STACK_REGISTER] = new Held.Pointer(Region.STACK, 0, 0);
  }

  /** How many instructions were run. */
  int steps() {
    return steps;
  }

  /** Whether it lets through what is asked about; empty if that cannot be said. */
  Optional<Boolean> answer() {
    while (at >= 0 && at < program.code().size() && steps++ < MOST_STEPS) {
      Instruction now = program.code().get(at++);
      if (now.target() >= REGISTERS || now.source() >= REGISTERS) {
        return Optional.empty();
      }
      if (now.code() == 0x95) {
        // The lowest bit says yes; the next one, at a program on ports, is about capabilities.
        return registers[0] instanceof Held.Plain(long bits)
            ? Optional.of((bits & 1) == 1)
            : Optional.empty();
      }
      if (!step(now)) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private boolean step(Instruction now) {
    return switch (now.code() & 7) {
      case 0 -> constant(now);
      case 1 -> load(now);
      case 2 -> store(now, new Held.Plain(now.constant()));
      case 3 -> store(now, registers[now.source()]);
      case 4 -> now.code() == SWAP_16 ? swap(now) : calculate(now, true);
      case 5 -> jump(now, false);
      case 6 -> jump(now, true);
      default -> calculate(now, false);
    };
  }

  private boolean set(int register, Held value) {
    registers[register] = value;
    return register != STACK_REGISTER && !(value instanceof Held.Unknown);
  }

  private boolean constant(Instruction now) {
    if (now.code() != CONSTANT_64 || at >= program.code().size()) {
      return false;
    }
    Instruction high = program.code().get(at++);
    return switch (now.source()) {
      case 0 ->
          set(
              now.target(),
              new Held.Plain(
                  Integer.toUnsignedLong(now.constant()) | (long) high.constant() << 32));
      case MAP_REFERENCE -> set(now.target(), new Held.Pointer(Region.MAP, now.constant(), 0));
      default -> false;
    };
  }

  private static int size(Instruction now) {
    return switch (now.code() & 0x18) {
      case 0x00 -> 4;
      case 0x08 -> 2;
      case 0x10 -> 1;
      default -> 8;
    };
  }

  private static boolean isPlainAccess(Instruction now) {
    return (now.code() & 0xe0) == 0x60;
  }

  private boolean load(Instruction now) {
    if (!isPlainAccess(now)
        || !(registers[now.source()] instanceof Held.Pointer(Region region, int map, long base))) {
      return false;
    }
    long offset = base + now.offset();
    int size = size(now);
    return set(
        now.target(),
        switch (region) {
          case STACK -> stack.getOrDefault(new Slot(offset, size), new Held.Unknown());
          case ENTRIES -> entry(map, offset, size);
          case CONTEXT, SOCKET, ADDRESS -> question.at(region, offset, size);
          case MAP -> new Held.Unknown();
        });
  }

  private Held entry(int map, long offset, int size) {
    Entries entries = program.arrays().get(map);
    long value = entries == null || size > 4 ? -1 : entries.load(offset, size);
    return value < 0 ? new Held.Unknown() : new Held.Plain(value);
  }

  /** To the stack alone: a program could change the port that it is asked about. */
  private boolean store(Instruction now, Held value) {
    if (!isPlainAccess(now)
        || !(registers[now.target()] instanceof Held.Pointer(Region region, _, long base))
        || region != Region.STACK) {
      return false;
    }
    long offset = base + now.offset();
    int size = size(now);
    stack.keySet().removeIf(it -> it.offset() < offset + size && offset < it.offset() + it.size());
    Held kept =
        switch (value) {
          case Held.Plain(long bits) -> new Held.Plain(size == 8 ? bits : bits & mask(size));
          case Held.Asked asked -> asked;
          case Held.Pointer pointer -> pointer;
          case Held.Unknown unknown -> unknown;
        };
    boolean whole = size == 8 || (size == 4 && !(value instanceof Held.Pointer));
    if (whole || value instanceof Held.Plain) {
      stack.put(new Slot(offset, size), kept);
    }
    return true;
  }

  private static long mask(int size) {
    return (1L << size * 8) - 1;
  }

  private boolean swap(Instruction now) {
    if (now.constant() != 16) {
      return false;
    }
    return set(
        now.target(),
        switch (registers[now.target()]) {
          case Held.Plain(long bits) -> new Held.Plain(swapped(bits));
          case Held.Asked(int number, long bits, boolean swapped) ->
              new Held.Asked(number, bits, !swapped);
          case Held.Pointer _, Held.Unknown _ -> new Held.Unknown();
        });
  }

  private static long swapped(long bits) {
    return Short.toUnsignedLong(Short.reverseBytes((short) bits));
  }

  private Held operand(Instruction now) {
    return (now.code() & FROM_REGISTER) != 0
        ? registers[now.source()]
        : new Held.Plain(now.constant());
  }

  private boolean calculate(Instruction now, boolean narrow) {
    if (now.offset() != 0) {
      return false;
    }
    Held left = registers[now.target()];
    Held right = operand(now);
    int operation = now.code() & 0xf0;
    if (operation == 0xb0) {
      return set(now.target(), moved(right, narrow));
    }
    if (left instanceof Held.Plain(long a) && right instanceof Held.Plain(long b)) {
      return set(now.target(), number(operation, a, b, narrow));
    }
    return operation == 0 && !narrow && set(now.target(), address(left, right));
  }

  private static Held moved(Held value, boolean narrow) {
    if (!narrow) {
      return value;
    }
    return switch (value) {
      case Held.Plain(long bits) -> new Held.Plain(bits & mask(4));
      // No number that is asked about has more bits.
      case Held.Asked asked -> asked;
      case Held.Pointer _, Held.Unknown _ -> new Held.Unknown();
    };
  }

  private static Held number(int operation, long a, long b, boolean narrow) {
    long left = narrow ? a & mask(4) : a;
    int shift = (int) b & (narrow ? 31 : 63);
    return switch (operation) {
      case 0x00 -> plain(left + b, narrow);
      case 0x10 -> plain(left - b, narrow);
      case 0x20 -> plain(left * b, narrow);
      case 0x40 -> plain(left | b, narrow);
      case 0x50 -> plain(left & b, narrow);
      case 0x60 -> plain(left << shift, narrow);
      case 0x70 -> plain(left >>> shift, narrow);
      default -> new Held.Unknown();
    };
  }

  private static Held plain(long bits, boolean narrow) {
    return new Held.Plain(narrow ? bits & mask(4) : bits);
  }

  /**
   * Where the kernel puts the look into an array in place of the call (array_map_gen_lookup of its
   * arraymap.c), it adds the place of the values to the address of the map. No program may do that
   * itself: the verifier allows no arithmetic on such an address.
   */
  private static Held address(Held left, Held right) {
    if (left instanceof Held.Pointer(Region region, int map, long offset)
        && right instanceof Held.Plain(long more)) {
      return switch (region) {
        case MAP -> new Held.Pointer(Region.ENTRIES, map, 0);
        case STACK, ENTRIES -> new Held.Pointer(region, map, offset + more);
        case CONTEXT, SOCKET, ADDRESS -> new Held.Unknown();
      };
    }
    return left instanceof Held.Plain
            && right instanceof Held.Pointer(Region region, _, _)
            && region == Region.ENTRIES
        ? address(right, left)
        : new Held.Unknown();
  }

  private boolean jump(Instruction now, boolean narrow) {
    int operation = now.code() & 0xf0;
    if (operation == 0) {
      at += now.offset();
      return now.code() == 0x05;
    }
    Optional<Boolean> taken = compare(operation, registers[now.target()], operand(now), narrow);
    if (taken.orElse(false)) {
      at += now.offset();
    }
    return taken.isPresent();
  }

  private Optional<Boolean> compare(int operation, Held left, Held right, boolean narrow) {
    if (left instanceof Held.Plain(long a) && right instanceof Held.Plain(long b)) {
      return compared(operation, narrow ? a & mask(4) : a, narrow ? b & mask(4) : b);
    }
    if (left instanceof Held.Asked(int number, long bits, boolean swapped)
        && right instanceof Held.Plain(long b)) {
      long with = narrow ? b & mask(4) : b;
      boolean equality = operation == 0x10 || operation == 0x50;
      if (!swapped) {
        comparisons.compared(number, with);
        return compared(operation, bits, with);
      }
      if (!equality) {
        return Optional.empty();
      }
      if (with >>> 16 == 0) {
        comparisons.compared(number, swapped(with));
      }
      return compared(operation, swapped(bits), with);
    }
    if (left instanceof Held.Plain && right instanceof Held.Asked) {
      return mirrored(operation) < 0
          ? Optional.empty()
          : compare(mirrored(operation), right, left, narrow);
    }
    boolean found =
        left instanceof Held.Pointer(Region region, _, _)
            && region == Region.ENTRIES
            && right.equals(new Held.Plain(0))
            && !narrow;
    return found && operation == 0x10
        ? Optional.of(false)
        : found && operation == 0x50 ? Optional.of(true) : Optional.empty();
  }

  private static Optional<Boolean> compared(int operation, long a, long b) {
    int order = Long.compareUnsigned(a, b);
    return switch (operation) {
      case 0x10 -> Optional.of(order == 0);
      case 0x20 -> Optional.of(order > 0);
      case 0x30 -> Optional.of(order >= 0);
      case 0x50 -> Optional.of(order != 0);
      case 0xa0 -> Optional.of(order < 0);
      case 0xb0 -> Optional.of(order <= 0);
      default -> Optional.empty();
    };
  }

  /** The comparison with its sides exchanged; -1 if it has none. */
  private static int mirrored(int operation) {
    return switch (operation) {
      case 0x10, 0x50 -> operation;
      case 0x20 -> 0xa0;
      case 0x30 -> 0xb0;
      case 0xa0 -> 0x20;
      case 0xb0 -> 0x30;
      default -> -1;
    };
  }
}
