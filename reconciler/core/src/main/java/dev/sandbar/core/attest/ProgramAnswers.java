package dev.sandbar.core.attest;

import dev.sandbar.core.attest.BpfRun.Held;
import dev.sandbar.core.attest.BpfRun.Question;
import dev.sandbar.core.attest.BpfRun.Region;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What all programs of one kind at a cgroup let through together, for every question that there is:
 * between two numbers that a program compares with, all have the same answer.
 *
 * @param firsts where the answer may change: of devices the major number, of ports the protocol
 * @param seconds the same of the minor number, or of the port
 * @param through what is let through, by the first numbers of the ranges
 */
public record ProgramAnswers(
    SortedSet<Integer> firsts, SortedSet<Integer> seconds, Set<Through> through) {

  /** struct bpf_cgroup_dev_ctx: kinds of device and of access (linux/bpf.h). */
  static final int BLOCK = 1;

  static final int CHARACTER = 2;
  static final int MAKE = 1;
  static final int READ = 2;
  static final int WRITE = 4;

  private static final int MOST_MAJOR = 0xfff;
  private static final int MOST_MINOR = 0xfffff;
  private static final int MOST_PORT = 0xffff;

  /** A tenth of a second; systemd's programs take a hundredth of it. */
  private static final long MOST_STEPS = 20_000_000;

  /** struct bpf_sock_addr_kern, and skc_family of struct sock: the same in every kernel. */
  private static final int SOCKET_AT = 0;

  private static final int ADDRESS_AT = 8;
  private static final int FAMILY_OF_SOCKET = 16;
  private static final int PORT_AT = 2;

  /**
   * One range.
   *
   * @param kind of a device and access to it, as the kernel has it; 0 of ports
   */
  public record Through(int kind, int first, int second) {}

  public ProgramAnswers {
    firsts = Collections.unmodifiableSortedSet(new TreeSet<>(firsts));
    seconds = Collections.unmodifiableSortedSet(new TreeSet<>(seconds));
    through = Set.copyOf(through);
  }

  boolean allows(int kind, int first, int second) {
    return through.contains(new Through(kind, below(firsts, first), below(seconds, second)));
  }

  private static int below(SortedSet<Integer> numbers, int number) {
    return numbers.headSet(number + 1).last();
  }

  /** Those of some numbers that have the same answers as the first number of a range. */
  static SortedSet<Integer> range(
      SortedSet<Integer> starts, int start, SortedSet<Integer> numbers) {
    SortedSet<Integer> later = starts.tailSet(start + 1);
    return later.isEmpty() ? numbers.tailSet(start) : numbers.subSet(start, later.first());
  }

  /** As struct bpf_cgroup_dev_ctx has it. */
  static int kind(int type, int access) {
    return access << 16 | type;
  }

  /** Of a kind: {@link #BLOCK} or {@link #CHARACTER}. */
  static int type(int kind) {
    return kind & 0xffff;
  }

  /** Of a kind: letters together. */
  static int access(int kind) {
    return kind >> 16;
  }

  /** Of programs on devices (BPF_CGROUP_DEVICE); empty if it cannot be said. */
  public static Optional<ProgramAnswers> ofDevices(List<BpfProgram> programs) {
    var kinds = new TreeSet<Integer>();
    for (int access = MAKE; access <= (MAKE | READ | WRITE); access++) {
      kinds.add(kind(BLOCK, access));
      kinds.add(kind(CHARACTER, access));
    }
    return new Exploration(programs, MOST_MAJOR, MOST_MINOR, ProgramAnswers::device).of(kinds);
  }

  /**
   * Of programs on ports (BPF_CGROUP_INET4_BIND, BPF_CGROUP_INET6_BIND); empty if it cannot be
   * said.
   *
   * @param family AF_INET or AF_INET6
   * @param protocolAt where this kernel's struct sock has the protocol
   */
  public static Optional<ProgramAnswers> ofPorts(
      List<BpfProgram> programs, int family, int protocolAt) {
    return new Exploration(
            programs,
            MOST_PORT,
            MOST_PORT,
            (_, protocol, port) -> port(family, protocolAt, protocol, port))
        .of(new TreeSet<>(Set.of(0)));
  }

  private static Question device(int kind, int major, int minor) {
    return (region, offset, size) -> {
      if (region == Region.CONTEXT && offset == 0 && size <= 4) {
        return new Held.Plain(kind & (1L << size * 8) - 1);
      }
      return region != Region.CONTEXT || size != 4
          ? new Held.Unknown()
          : offset == 4
              ? new Held.Asked(0, major, false)
              : offset == 8 ? new Held.Asked(1, minor, false) : new Held.Unknown();
    };
  }

  private static Question port(int family, int protocolAt, int protocol, int port) {
    return (region, offset, size) ->
        switch (region) {
          case CONTEXT ->
              size != 8
                  ? new Held.Unknown()
                  : offset == SOCKET_AT
                      ? new Held.Pointer(Region.SOCKET, 0, 0)
                      : offset == ADDRESS_AT
                          ? new Held.Pointer(Region.ADDRESS, 0, 0)
                          : new Held.Unknown();
          case SOCKET ->
              size != 2
                  ? new Held.Unknown()
                  : offset == FAMILY_OF_SOCKET
                      ? new Held.Plain(family)
                      : offset == protocolAt
                          ? new Held.Asked(0, protocol, false)
                          : new Held.Unknown();
          case ADDRESS ->
              size != 2
                  ? new Held.Unknown()
                  : offset == 0
                      ? new Held.Plain(family)
                      : offset == PORT_AT ? new Held.Asked(1, port, true) : new Held.Unknown();
          case STACK, MAP, ENTRIES -> new Held.Unknown();
        };
  }

  private interface Questions {
    Question of(int kind, int first, int second);
  }

  /**
   * Asks until no comparison is new. A number that is in no range of its own takes the same way
   * through the programs as the first of its range, for all that they compare it with was asked.
   */
  private static final class Exploration {
    private final List<BpfProgram> programs;
    private final int mostFirst;
    private final int mostSecond;
    private final Questions questions;
    private final TreeSet<Integer> firsts = new TreeSet<>(Set.of(0));
    private final TreeSet<Integer> seconds = new TreeSet<>(Set.of(0));
    private final Set<Through> asked = new HashSet<>();
    private final Set<Through> through = new HashSet<>();

    Exploration(List<BpfProgram> programs, int mostFirst, int mostSecond, Questions questions) {
      this.programs = programs;
      this.mostFirst = mostFirst;
      this.mostSecond = mostSecond;
      this.questions = questions;
    }

    Optional<ProgramAnswers> of(SortedSet<Integer> kinds) {
      long steps = 0;
      int before;
      do {
        before = asked.size();
        for (int first : List.copyOf(firsts)) {
          for (int second : List.copyOf(seconds)) {
            for (int kind : kinds) {
              var one = new Through(kind, first, second);
              if (asked.add(one)) {
                long taken = ask(one);
                steps += taken;
                if (taken < 0 || steps > MOST_STEPS) {
                  return Optional.empty();
                }
              }
            }
          }
        }
      } while (asked.size() > before);
      return Optional.of(new ProgramAnswers(firsts, seconds, through));
    }

    /** How many instructions it took; -1 if there is no answer. */
    private long ask(Through one) {
      long steps = 0;
      for (BpfProgram program : programs) {
        var run =
            new BpfRun(
                program, questions.of(one.kind(), one.first(), one.second()), this::compared);
        Optional<Boolean> answer = run.answer();
        steps += run.steps();
        if (answer.isEmpty()) {
          return -1;
        }
        if (!answer.get()) {
          return steps;
        }
      }
      through.add(one);
      return steps;
    }

    private void compared(int number, long with) {
      long most = number == 0 ? mostFirst : mostSecond;
      TreeSet<Integer> numbers = number == 0 ? firsts : seconds;
      if (with >= 0 && with <= most) {
        numbers.add((int) with);
      }
      if (with >= 0 && with < most) {
        numbers.add((int) with + 1);
      }
    }
  }
}
