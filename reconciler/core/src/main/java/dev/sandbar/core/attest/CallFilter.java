package dev.sandbar.core.attest;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;

/**
 * A system call filter as the kernel runs it: a program of classic BPF over {@code struct
 * seccomp_data} (seccomp(2), linux/bpf_common.h). It is not run but explored: of a call whose
 * arguments are not all given, every answer that the program can reach is found.
 *
 * <p>The answers that are found are at least those that the kernel can give. So a call that the
 * filter is found to refuse is refused whatever its arguments.
 */
public final class CallFilter {

  /** As many as the kernel takes (BPF_MAXINSNS). */
  public static final int MOST_INSTRUCTIONS = 4096;

  /** Bytes of one instruction, {@code struct sock_filter}. */
  public static final int INSTRUCTION_SIZE = 8;

  /** Far more than any filter of libseccomp needs for one call. */
  private static final int MOST_STEPS = 100_000;

  /** Steps for which a division counts: what is known on both ways is kept. */
  private static final int FORK = 1_000;

  private static final int LD_W_ABS = 0x20;
  private static final int LD_IMM = 0x00;
  private static final int ALU_AND_K = 0x54;
  private static final int JA = 0x05;
  private static final int JEQ_K = 0x15;
  private static final int JGT_K = 0x25;
  private static final int JGE_K = 0x35;
  private static final int JSET_K = 0x45;
  private static final int RET_K = 0x06;

  private static final int NUMBER = 0;
  private static final int ARCHITECTURE = 4;
  private static final int ARGUMENTS = 16;

  private static final int ACTION_MASK = 0xffff0000;
  private static final int ERRNO = 0x00050000;
  private static final int KILL_PROCESS = 0x80000000;
  private static final int KILL_THREAD = 0;
  private static final int TRAP = 0x00030000;

  /** Instructions, packed: apps choose how many there are, and an agent keeps those of all. */
  private final long[] program;

  private CallFilter(long[] program) {
    this.program = program;
  }

  /** A filter of these instructions. */
  public static CallFilter of(List<Instruction> program) {
    return new CallFilter(program.stream().mapToLong(Instruction::packed).toArray());
  }

  /** How many instructions it has. */
  public int size() {
    return program.length;
  }

  /** Its instructions in their order. */
  public List<Instruction> program() {
    return LongStream.of(program).mapToObj(Instruction::of).toList();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CallFilter filter && Arrays.equals(program, filter.program);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(program);
  }

  /**
   * One instruction.
   *
   * @param code operation
   * @param whenTrue instructions to skip where the condition holds
   * @param whenFalse instructions to skip where it does not
   * @param operand constant, offset or answer
   */
  public record Instruction(int code, int whenTrue, int whenFalse, int operand) {

    /** One that {@link #packed} has packed. */
    public static Instruction of(long packed) {
      return new Instruction(
          (int) (packed >>> 48),
          (int) (packed >>> 40) & 0xff,
          (int) (packed >>> 32) & 0xff,
          (int) packed);
    }

    /** In 64 bits: code, whenTrue, whenFalse, operand from the left. */
    public long packed() {
      return (long) code << 48
          | (long) whenTrue << 40
          | (long) whenFalse << 32
          | Integer.toUnsignedLong(operand);
    }
  }

  /** A filter holds an instruction that is not known here, has no end, or costs too much. */
  public static final class UnknownFilterException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnknownFilterException(String message) {
      super(message);
    }
  }

  /**
   * A call whose arguments are known in part.
   *
   * @param words what is known of {@code struct seccomp_data}: offset of a 32-bit word to its value
   */
  public record Call(SortedMap<Integer, Integer> words) {
    public Call {
      words = Collections.unmodifiableSortedMap(new TreeMap<>(words));
    }

    /**
     * Any call of that number.
     *
     * @param architecture AUDIT_ARCH of linux/audit.h
     */
    public static Call of(int architecture, int number) {
      return new Call(new TreeMap<>()).with(ARCHITECTURE, architecture).with(NUMBER, number);
    }

    /** This, with a whole 64-bit argument; 0 is the first. */
    public Call argument(int index, long value) {
      int offset = ARGUMENTS + 8 * index;
      return with(offset, (int) value).with(offset + 4, (int) (value >>> 32));
    }

    private Call with(int offset, int value) {
      var more = new TreeMap<>(words);
      more.put(offset, value);
      return new Call(more);
    }
  }

  /**
   * What becomes of a call.
   *
   * @param refused whether no arguments get it through
   * @param killed whether the caller may be ended or signalled for it
   * @param errors numbers of the errors that it may fail with
   */
  public record Answer(boolean refused, boolean killed, SortedSet<Integer> errors) {
    public Answer {
      errors = Collections.unmodifiableSortedSet(new TreeSet<>(errors));
    }
  }

  /**
   * What this filter alone does with a call.
   *
   * @param steps that may still be taken
   * @throws UnknownFilterException if it cannot be judged
   */
  Answer answer(Call call, Steps steps) {
    var errors = new TreeSet<Integer>();
    boolean killed = false;
    for (int answer : answers(call, steps)) {
      if (!refuses(answer)) {
        return new Answer(false, false, new TreeSet<>());
      }
      if ((answer & ACTION_MASK) == ERRNO) {
        errors.add(answer & ~ACTION_MASK);
      } else {
        killed = true;
      }
    }
    return new Answer(true, killed, errors);
  }

  private static boolean refuses(int answer) {
    int action = answer & ACTION_MASK;
    return action == ERRNO || action == KILL_PROCESS || action == KILL_THREAD || action == TRAP;
  }

  /**
   * A place where the way divides, or the first.
   *
   * @param accumulator what it holds, if that is known
   * @param from offset of the word that it was loaded from; negative if it was changed since
   * @param words what is known of the call on this way
   */
  private record Fork(
      int at, boolean known, int accumulator, int from, SortedMap<Integer, Integer> words) {

    Fork jump(int to) {
      return new Fork(to, known, accumulator, from, words);
    }

    /** On this way the word that was loaded has that value. */
    Fork learned(int value, int to) {
      var more = new TreeMap<>(words);
      if (from >= 0) {
        more.put(from, value);
      }
      return new Fork(to, true, value, from, more);
    }
  }

  private Set<Integer> answers(Call call, Steps steps) {
    var found = new HashSet<Integer>();
    var seen = new HashSet<Fork>();
    var open = new ArrayDeque<Fork>();
    var own = new Steps(MOST_STEPS);
    open.add(new Fork(0, true, 0, -1, call.words()));
    while (!open.isEmpty()) {
      Fork fork = open.pop();
      if (seen.add(fork)) {
        follow(fork, open, found, own, steps);
      }
    }
    if (found.isEmpty()) {
      // It goes round in a circle; of no answer nobody may say that it refuses.
      throw new UnknownFilterException("no end");
    }
    return found;
  }

  /** Goes on until there is an answer or the way divides; of most calls it never does. */
  private void follow(
      Fork begin, ArrayDeque<Fork> open, Set<Integer> found, Steps own, Steps steps) {
    int at = begin.at();
    boolean known = begin.known();
    int held = begin.accumulator();
    int from = begin.from();
    while (true) {
      own.take(1);
      steps.take(1);
      if (at < 0 || at >= program.length) {
        throw new UnknownFilterException("no end");
      }
      long now = program[at];
      int code = (int) (now >>> 48);
      int k = (int) now;
      at++;
      switch (code) {
        case LD_W_ABS -> {
          Integer word = begin.words().get(k);
          known = word != null;
          held = word == null ? 0 : word;
          from = k;
        }
        case LD_IMM -> {
          known = true;
          held = k;
          from = -1;
        }
        case ALU_AND_K -> {
          known |= k == 0;
          held &= k;
          from = -1;
        }
        case JA -> at += k;
        case RET_K -> {
          found.add(k);
          return;
        }
        case JEQ_K, JGT_K, JGE_K, JSET_K -> {
          int whenTrue = at + ((int) (now >>> 40) & 0xff);
          int whenFalse = at + ((int) (now >>> 32) & 0xff);
          if (!known) {
            steps.take(FORK);
            var fork = new Fork(at, false, held, from, begin.words());
            open.push(code == JEQ_K ? fork.learned(k, whenTrue) : fork.jump(whenTrue));
            open.push(fork.jump(whenFalse));
            return;
          }
          at = holds(code, held, k) ? whenTrue : whenFalse;
        }
        default ->
            throw new UnknownFilterException(
                "instruction 0x" + Integer.toHexString(code) + " at " + (at - 1));
      }
    }
  }

  private static boolean holds(int code, int held, int k) {
    return switch (code) {
      case JEQ_K -> held == k;
      case JGT_K -> Integer.compareUnsigned(held, k) > 0;
      case JGE_K -> Integer.compareUnsigned(held, k) >= 0;
      default -> (held & k) != 0;
    };
  }
}
