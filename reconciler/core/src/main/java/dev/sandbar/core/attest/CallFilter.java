package dev.sandbar.core.attest;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A system call filter as the kernel runs it: a program of classic BPF over {@code struct
 * seccomp_data} (seccomp(2), linux/bpf_common.h). It is not run but explored: of a call whose
 * arguments are not all given, every answer that the program can reach is found.
 *
 * <p>The answers that are found are at least those that the kernel can give. So a call that the
 * filter is found to refuse is refused whatever its arguments.
 */
public record CallFilter(List<Instruction> program) {

  /** As many as the kernel takes (BPF_MAXINSNS). */
  public static final int MOST_INSTRUCTIONS = 4096;

  /** Bytes of one instruction, {@code struct sock_filter}. */
  public static final int INSTRUCTION_SIZE = 8;

  /** Far more than any filter of libseccomp needs for one call. */
  private static final int MOST_STEPS = 100_000;

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

  public CallFilter {
    program = List.copyOf(program);
  }

  /**
   * One instruction.
   *
   * @param code operation
   * @param whenTrue instructions to skip where the condition holds
   * @param whenFalse instructions to skip where it does not
   * @param operand constant, offset or answer
   */
  public record Instruction(int code, int whenTrue, int whenFalse, int operand) {}

  /** A filter holds an instruction that this program does not know, or has no end. */
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
   * What the filters of a process do with a call; the kernel runs all of them and takes the
   * strictest answer.
   *
   * @throws UnknownFilterException if one of them cannot be judged
   */
  public static Answer answer(List<CallFilter> filters, Call call) {
    var errors = new TreeSet<Integer>();
    boolean killed = false;
    boolean refused = false;
    for (CallFilter filter : filters) {
      Set<Integer> answers = filter.answers(call);
      if (answers.stream().allMatch(CallFilter::refuses)) {
        refused = true;
        for (int answer : answers) {
          if ((answer & ACTION_MASK) == ERRNO) {
            errors.add(answer & ~ACTION_MASK);
          } else {
            killed = true;
          }
        }
      }
    }
    return new Answer(refused, killed, errors);
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

  private static boolean refuses(int answer) {
    int action = answer & ACTION_MASK;
    return action == ERRNO || action == KILL_PROCESS || action == KILL_THREAD || action == TRAP;
  }

  /**
   * One place of the exploration.
   *
   * @param accumulator what it holds, if that is known
   * @param from offset of the word that it was loaded from; negative if it was changed since
   * @param words what is known of the call on this way
   */
  private record State(
      int at, boolean known, int accumulator, int from, SortedMap<Integer, Integer> words) {

    State jump(int skip) {
      return new State(at + 1 + skip, known, accumulator, from, words);
    }

    State holding(boolean sure, int value, int offset) {
      return new State(at + 1, sure, value, offset, words);
    }

    /** On this way the word that was loaded has that value. */
    State learned(int value, int skip) {
      var more = new TreeMap<>(words);
      if (from >= 0) {
        more.put(from, value);
      }
      return new State(at + 1 + skip, true, value, from, more);
    }
  }

  private Set<Integer> answers(Call call) {
    var answers = new HashSet<Integer>();
    var seen = new HashSet<State>();
    var open = new ArrayDeque<State>();
    open.add(new State(0, true, 0, -1, call.words()));
    for (int steps = 0; !open.isEmpty(); steps++) {
      State state = open.pop();
      if (!seen.add(state)) {
        continue;
      }
      if (steps == MOST_STEPS || state.at() < 0 || state.at() >= program.size()) {
        throw new UnknownFilterException("no end within " + MOST_STEPS + " steps");
      }
      step(state, program.get(state.at()), open, answers);
    }
    if (answers.isEmpty()) {
      // It goes round in a circle; of no answer nobody may say that it refuses.
      throw new UnknownFilterException("no end");
    }
    return answers;
  }

  private static void step(
      State state, Instruction now, ArrayDeque<State> open, Set<Integer> answers) {
    int k = now.operand();
    int held = state.accumulator();
    switch (now.code()) {
      case LD_W_ABS -> {
        Integer word = state.words().get(k);
        open.push(state.holding(word != null, word == null ? 0 : word, k));
      }
      case LD_IMM -> open.push(state.holding(true, k, -1));
      case ALU_AND_K -> open.push(state.holding(state.known() || k == 0, held & k, -1));
      case JA -> open.push(state.jump(k));
      case RET_K -> answers.add(k);
      case JEQ_K, JGT_K, JGE_K, JSET_K -> {
        if (state.known()) {
          open.push(state.jump(holds(now, held) ? now.whenTrue() : now.whenFalse()));
        } else {
          open.push(
              now.code() == JEQ_K ? state.learned(k, now.whenTrue()) : state.jump(now.whenTrue()));
          open.push(state.jump(now.whenFalse()));
        }
      }
      default ->
          throw new UnknownFilterException(
              "instruction 0x" + Integer.toHexString(now.code()) + " at " + state.at());
    }
  }

  private static boolean holds(Instruction jump, int held) {
    int k = jump.operand();
    return switch (jump.code()) {
      case JEQ_K -> held == k;
      case JGT_K -> Integer.compareUnsigned(held, k) > 0;
      case JGE_K -> Integer.compareUnsigned(held, k) >= 0;
      default -> (held & k) != 0;
    };
  }
}
