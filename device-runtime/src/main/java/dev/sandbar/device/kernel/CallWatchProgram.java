package dev.sandbar.device.kernel;

import dev.sandbar.core.denial.RefusedCall;
import dev.sandbar.device.kernel.Assembler.Size;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The program that the kernel runs where a system call ends (raw_syscalls:sys_exit). It looks only
 * at processes below one cgroup, and notes the number of each call that was not refused; of those
 * that name an address or a file, and got it, it notes that too. Or it notes those alone that were
 * refused, with what they named and the error. It changes nothing.
 */
final class CallWatchProgram {

  /** More than any architecture has numbers. */
  static final int MOST_CALLS = 512;

  /**
   * A record: number, detail, the bytes of an address or a path, and of a call that was refused its
   * result, and one more than the capability that it lacked.
   */
  static final int RECORD = 128;

  static final int DETAIL_AT = 4;
  static final int DATA_AT = 8;
  static final int RESULT_AT = 120;
  static final int CAPABILITY_AT = 124;
  private static final int DATA = RESULT_AT - DATA_AT;

  /** Helpers (bpf-helpers(7)). */
  private static final int MAP_LOOKUP = 1;

  private static final int MAP_UPDATE = 2;
  private static final int MAP_DELETE = 3;
  private static final int NANOSECONDS = 5;
  private static final int CURRENT_THREAD = 14;
  private static final int CURRENT_COMM = 16;
  private static final int UNDER_CGROUP = 37;
  private static final int READ_USER = 112;
  private static final int READ_KERNEL = 113;
  private static final int READ_USER_STRING = 114;

  /** Calls that more is noted of, and where the program reads what. */
  private static final SortedMap<String, String> RECORDED =
      new TreeMap<>(
          Map.of(
              "socket", "socket",
              "connect", "address",
              "bind", "address",
              "sendto", "message",
              "sendmsg", "header",
              "openat", "openat",
              "open", "open"));

  /** The same of calls that were refused, of which all that make or change files are noted. */
  private static final SortedMap<String, String> RECORDED_REFUSED = refused();

  private static final List<String> PATHS = List.of("first", "second");

  /** What lies where in the frame. */
  private static final int LENGTH = -8;

  private static final int ADDRESS = -16;
  private static final int SCRATCH = -32;
  private static final int ONE = -40;
  private static final int THREAD = -48;
  private static final int KEY = THREAD - RECORD;

  /** The name of systemd's helper that sets up a service, as the kernel cuts it. */
  private static final long SYSTEMD = little("systemd-");

  private static final long EXECUTOR = little("executo");

  /** Where programs look for what is not there. */
  private static final List<String> SEARCHED = List.of("/usr/", "/lib", "/etc/", "/sys/");

  /**
   * Where the arguments of a call are in the registers that the kernel saves (struct pt_regs).
   *
   * @param offsets of the first six; the result has taken the place of none of them
   * @param number of the call
   * @param state a register whose masked value is this of a program of 32 bits, whose calls have
   *     other numbers
   */
  private record Machine(int[] offsets, int number, int state, int mask, int narrow) {}

  /** The segment of code (__USER32_CS of the kernel). */
  private static final Machine AMD64 =
      new Machine(new int[] {112, 104, 96, 56, 72, 64}, 120, 136, 0xffff, 0x23);

  /** The state of the processor (PSR_MODE32_BIT). */
  private static final Machine ARM64 =
      new Machine(new int[] {272, 8, 16, 24, 32, 40}, 280, 264, 0x10, 0x10);

  /** The beginning of an address of netlink: its family, and two bytes that are 0. */
  private static final int NETLINK = 16;

  /** Results of a call that was refused, and so is not needed (errno(3)). */
  private static final int[] REFUSED = {-1, -13, -38};

  /** The flags of open(2) that say so. */
  private static final int WRITTEN = 3;

  private static final int CREATED = 0x40;

  /** A connection that is being made (EINPROGRESS). */
  private static final int UNDER_WAY = -115;

  private final Assembler code = new Assembler();
  private final Machine machine;
  private final Map<String, Integer> numbers;
  private final Maps maps;
  private final SortedMap<String, String> recorded;

  private CallWatchProgram(Machine machine, Map<String, Integer> numbers, Maps maps) {
    this.machine = machine;
    this.numbers = numbers;
    this.maps = maps;
    this.recorded = maps.refusals() ? RECORDED_REFUSED : RECORDED;
  }

  /**
   * Descriptors of what the program reads and writes.
   *
   * @param cgroups holds the cgroup
   * @param calls the array with an element for each number
   * @param records the table of records
   * @param refusals whether those of calls that were refused are noted, and no others
   * @param sockets the types of sockets, by process and descriptor
   * @param capabilities what the threads lack, from {@link #capabilities}
   */
  record Maps(
      int cgroups, int calls, int records, boolean refusals, int sockets, int capabilities) {}

  private static SortedMap<String, String> refused() {
    var all = new TreeMap<>(RECORDED);
    all.put("bind", "bound");
    for (String call :
        "execve creat mkdir mknod rmdir unlink rename chmod chown lchown truncate chdir"
            .split(" ")) {
      all.put(call, "first");
    }
    for (String call :
        ("execveat mkdirat mknodat unlinkat renameat renameat2 fchmodat fchmodat2 fchownat"
                + " symlink link utimensat openat2")
            .split(" ")) {
      all.put(call, "second");
    }
    for (String call : List.of("mmap", "mprotect", "pkey_mprotect")) {
      all.put(call, "protection");
    }
    return all;
  }

  /**
   * The program.
   *
   * @param architecture as Java's {@code os.arch} names it
   * @param numbers of the calls of this machine
   * @return empty on an architecture whose registers nobody knows here
   */
  static Optional<long[]> of(String architecture, Map<String, Integer> numbers, Maps maps) {
    return switch (architecture) {
      case "amd64", "x86_64" -> Optional.of(new CallWatchProgram(AMD64, numbers, maps).write());
      case "aarch64", "arm64" -> Optional.of(new CallWatchProgram(ARM64, numbers, maps).write());
      default -> Optional.empty();
    };
  }

  /**
   * The program for where the kernel has checked a capability (capability:cap_capable): notes which
   * one a thread did not have, until its call ends.
   */
  static long[] capabilities(Maps maps) {
    var code = new Assembler();
    code.load(Size.DOUBLE_WORD, 6, 1, 24).load(Size.DOUBLE_WORD, 7, 1, 32);
    code.jumpIfEqual(7, 0, "out");
    code.map(1, maps.cgroups()).set(2, 0).call(UNDER_CGROUP).jumpIfOther(0, 1, "out");
    code.call(CURRENT_THREAD).storeFrame(Size.DOUBLE_WORD, THREAD, 0);
    code.and(6, 0xff).plus(6, 1).storeFrame(Size.DOUBLE_WORD, ONE, 6);
    code.map(1, maps.capabilities()).frame(2, THREAD).frame(3, ONE).set(4, 0).call(MAP_UPDATE);
    return code.label("out").set(0, 0).exit().program();
  }

  private static long little(String text) {
    long number = 0;
    for (int i = text.length() - 1; i >= 0; i--) {
      number = number << 8 | text.charAt(i);
    }
    return number;
  }

  private long[] write() {
    // The registers of the process, and the result of the call (raw_syscalls:sys_exit).
    code.load(Size.DOUBLE_WORD, 9, 1, 8).load(Size.DOUBLE_WORD, 7, 1, 0);
    code.frame(1, ADDRESS).set(2, 8).move(3, 7).plus(3, machine.number()).call(READ_KERNEL);
    code.loadFrame(Size.WORD, 6, ADDRESS);
    if (maps.refusals()) {
      refusedAlone();
    } else {
      notRefused();
    }
    // Not systemd itself, on its way to the program: it is called (program) at the end of that.
    code.frame(1, SCRATCH).set(2, 16).call(CURRENT_COMM);
    code.loadFrame(Size.BYTE, 1, SCRATCH).jumpIfEqual(1, '(', "out");
    code.loadFrame(Size.DOUBLE_WORD, 1, SCRATCH).setLong(2, SYSTEMD);
    code.jumpIfDifferent(1, 2, "program");
    code.loadFrame(Size.DOUBLE_WORD, 1, SCRATCH + 8).setLong(2, EXECUTOR);
    code.jumpIfSame(1, 2, "out").label("program");
    code.frame(1, ADDRESS).set(2, 8).move(3, 7).plus(3, machine.state()).call(READ_KERNEL);
    code.loadFrame(Size.DOUBLE_WORD, 1, ADDRESS).and(1, machine.mask());
    code.jumpIfEqual(1, machine.narrow(), "out");
    if (!maps.refusals()) {
      code.set(1, 1).store(Size.DOUBLE_WORD, 8, 0, 1);
      code.jumpIfEqual(9, UNDER_WAY, "done").jumpIfBelow(9, 0, "out").label("done");
    }
    for (int at = 0; at < RECORD; at += 8) {
      code.clearFrame(KEY + at);
    }
    code.storeFrame(Size.WORD, KEY, 6);
    if (maps.refusals()) {
      code.storeFrame(Size.WORD, KEY + RESULT_AT, 9);
      code.storeFrame(Size.WORD, KEY + CAPABILITY_AT, 8);
    }
    recorded.forEach(this::on);
    code.jump(maps.refusals() ? "store" : "out");
    socket();
    addresses();
    files();
    if (maps.refusals()) {
      ofRefused();
    }
    code.label("store").set(0, 1);
    if (maps.refusals()) {
      code.call(NANOSECONDS);
    }
    code.storeFrame(Size.DOUBLE_WORD, ONE, 0);
    code.map(1, maps.records()).frame(2, KEY).frame(3, ONE).set(4, 0).call(MAP_UPDATE);
    code.label("out").set(0, 0).exit();
    return code.program();
  }

  /** Goes on with a call that was not refused; register 8 is its element of the array. */
  private void notRefused() {
    code.storeFrame(Size.WORD, LENGTH, 6);
    code.map(1, maps.calls()).frame(2, LENGTH).call(MAP_LOOKUP);
    code.jumpIfEqual(0, 0, "out").move(8, 0);
    // What is known already has cost next to nothing until here, and that is nearly every call.
    code.load(Size.DOUBLE_WORD, 1, 8, 0).jumpIfEqual(1, 0, "look");
    recorded.keySet().forEach(call -> on(call, "look"));
    code.jump("out").label("look");
    for (int errno : REFUSED) {
      code.jumpIfEqual(9, errno, "out");
    }
    code.map(1, maps.cgroups()).set(2, 0).call(UNDER_CGROUP).jumpIfOther(0, 1, "out");
  }

  /** Goes on with a call that was refused; register 8 is the capability that it lacked, and one. */
  private void refusedAlone() {
    code.map(1, maps.cgroups()).set(2, 0).call(UNDER_CGROUP).jumpIfOther(0, 1, "out");
    code.call(CURRENT_THREAD).storeFrame(Size.DOUBLE_WORD, THREAD, 0).set(8, 0);
    code.map(1, maps.capabilities()).frame(2, THREAD).call(MAP_LOOKUP).jumpIfEqual(0, 0, "had");
    code.load(Size.DOUBLE_WORD, 8, 0, 0);
    code.map(1, maps.capabilities()).frame(2, THREAD).call(MAP_DELETE).label("had");
    code.jumpIfOther(6, numbers.getOrDefault("socket", -1), "result");
    code.jumpIfBelow(9, 0, "result");
    // The flags of its type are above.
    argument(1, ADDRESS);
    code.loadFrame(Size.WORD, 1, ADDRESS).and(1, 0xf).storeFrame(Size.DOUBLE_WORD, ONE, 1);
    ofProcess(9);
    code.map(1, maps.sockets()).frame(2, SCRATCH).frame(3, ONE).set(4, 0).call(MAP_UPDATE);
    code.jump("out").label("result");
    for (int errno : RefusedCall.errors()) {
      code.jumpIfEqual(9, -errno, "look");
    }
    code.jump("out").label("look");
  }

  /** The key of a descriptor, in a register, of this process. */
  private void ofProcess(int descriptor) {
    code.storeFrame(Size.WORD, SCRATCH, descriptor);
    code.loadFrame(Size.WORD, 1, THREAD + 4).storeFrame(Size.WORD, SCRATCH + 4, 1);
  }

  private void ofRefused() {
    if (section("bound")) {
      argument(0, ADDRESS);
      code.loadFrame(Size.WORD, 2, ADDRESS);
      ofProcess(2);
      code.map(1, maps.sockets()).frame(2, SCRATCH).call(MAP_LOOKUP).jumpIfEqual(0, 0, "address");
      code.load(Size.DOUBLE_WORD, 1, 0, 0).storeFrame(Size.WORD, KEY + DETAIL_AT, 1);
      code.jump("address");
    }
    if (section("protection")) {
      argument(2, ADDRESS);
      code.loadFrame(Size.WORD, 1, ADDRESS).storeFrame(Size.WORD, KEY + DETAIL_AT, 1);
      code.jump("store");
    }
    for (int i = 0; i < PATHS.size(); i++) {
      if (section(PATHS.get(i))) {
        argument(i, ADDRESS);
        code.loadFrame(Size.DOUBLE_WORD, 3, ADDRESS).jumpIfEqual(3, 0, "store");
        code.frame(1, KEY + DATA_AT).set(2, DATA).call(READ_USER_STRING).jump("store");
      }
    }
  }

  /** Begins a section, unless no call of this machine leads to it: the verifier refuses those. */
  private boolean section(String name) {
    boolean called =
        recorded.entrySet().stream()
            .anyMatch(it -> it.getValue().equals(name) && numbers.containsKey(it.getKey()));
    if (called) {
      code.label(name);
    }
    return called;
  }

  private void on(String call, String label) {
    Integer number = numbers.get(call);
    if (number != null) {
      code.jumpIfEqual(6, number, label);
    }
  }

  /** Reads an argument of the call, from 0, into the frame. */
  private void argument(int number, int into) {
    code.frame(1, into).set(2, 8).move(3, 7).plus(3, machine.offsets()[number]).call(READ_KERNEL);
  }

  private void socket() {
    code.label("socket");
    argument(0, ADDRESS);
    code.loadFrame(Size.WORD, 1, ADDRESS).storeFrame(Size.WORD, KEY + DETAIL_AT, 1).jump("store");
  }

  private void addresses() {
    // struct msghdr: the address, then its length.
    code.label("header");
    argument(1, ADDRESS);
    code.loadFrame(Size.DOUBLE_WORD, 3, ADDRESS).jumpIfEqual(3, 0, "out");
    code.frame(1, SCRATCH).set(2, 16).call(READ_USER).jumpIfOther(0, 0, "out");
    code.loadFrame(Size.DOUBLE_WORD, 1, SCRATCH).storeFrame(Size.DOUBLE_WORD, ADDRESS, 1);
    code.loadFrame(Size.WORD, 1, SCRATCH + 8).storeFrame(Size.DOUBLE_WORD, LENGTH, 1);
    code.jump("read");
    code.label("message");
    argument(4, ADDRESS);
    argument(5, LENGTH);
    code.jump("read");
    code.label("address");
    argument(1, ADDRESS);
    argument(2, LENGTH);
    code.label("read");
    code.loadFrame(Size.DOUBLE_WORD, 3, ADDRESS).jumpIfEqual(3, 0, "out");
    code.loadFrame(Size.WORD, 2, LENGTH).jumpIfEqual(2, 0, "out");
    code.jumpIfAbove(2, DATA, "long").jump("bounded");
    code.label("long").set(2, DATA);
    code.label("bounded");
    code.frame(1, KEY + DATA_AT).call(READ_USER).jumpIfOther(0, 0, "out");
    netlink();
    code.jump("store");
  }

  /** Of a message to netlink(7) the type, which is in its second word (struct nlmsghdr). */
  private void netlink() {
    code.loadFrame(Size.WORD, 1, KEY + DATA_AT).jumpIfOther(1, NETLINK, "store");
    code.jumpIfOther(6, numbers.getOrDefault("sendto", -1), "store");
    argument(1, ADDRESS);
    code.loadFrame(Size.DOUBLE_WORD, 3, ADDRESS).frame(1, SCRATCH).set(2, 8);
    code.call(READ_USER).jumpIfOther(0, 0, "store");
    code.loadFrame(Size.WORD, 1, SCRATCH + 4).and(1, 0xffff);
    code.storeFrame(Size.WORD, KEY + DETAIL_AT, 1);
  }

  private void files() {
    // The verifier refuses instructions that nothing leads to, and arm64 has no such call.
    if (numbers.containsKey("open")) {
      code.label("open");
      argument(0, ADDRESS);
      argument(1, LENGTH);
      code.jump("path");
    }
    code.label("openat");
    argument(1, ADDRESS);
    argument(2, LENGTH);
    code.label("path");
    code.loadFrame(Size.WORD, 8, LENGTH).and(8, maps.refusals() ? WRITTEN | CREATED : WRITTEN);
    code.storeFrame(Size.WORD, KEY + DETAIL_AT, 8);
    code.loadFrame(Size.DOUBLE_WORD, 3, ADDRESS).jumpIfEqual(3, 0, "out");
    code.frame(1, KEY + DATA_AT).set(2, DATA).call(READ_USER_STRING).jumpIfBelow(0, 0, "out");
    code.jumpIfOther(8, 0, "store");
    if (maps.refusals()) {
      // Any number of files is looked for where programs and their settings are.
      code.jumpIfOther(9, -RefusedCall.NO_SUCH_FILE, "store");
      code.loadFrame(Size.BYTE, 1, KEY + DATA_AT).jumpIfOther(1, '/', "out");
      SEARCHED.forEach(folder -> begins(folder, "out"));
      code.jump("store");
    } else {
      begins("/proc/", "store");
      begins("/dev/", "store");
      begins("/etc/", "store");
      code.jump("out");
    }
  }

  private void begins(String text, String label) {
    code.loadFrame(Size.DOUBLE_WORD, 1, KEY + DATA_AT);
    code.setLong(2, (1L << 8 * text.length()) - 1).andRegister(1, 2);
    code.setLong(2, little(text)).jumpIfSame(1, 2, label);
  }
}
