package dev.sandbar.core.attest;

import dev.sandbar.core.attest.CallFilter.Call;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/**
 * The calls that a directive has to refuse, to ask the filter about them: what the kernel does with
 * them is the meaning of the directive (systemd.exec(5), System Call Filtering and Sandboxing).
 */
final class CallProbes {

  /**
   * One of them.
   *
   * @param name of the system call
   * @param shown name, and the arguments that are given
   * @param arguments what is given of its arguments; the others are any
   */
  record Probe(String name, String shown, UnaryOperator<Call> arguments) {

    static Probe any(String name) {
      return new Probe(name, name, UnaryOperator.identity());
    }

    static Probe with(String name, int index, long value, String word) {
      return new Probe(name, name + "(" + word + ")", call -> call.argument(index, value));
    }
  }

  private static final int FAMILIES = 46;
  private static final long SET_USER_ID = 04000;
  private static final long SET_GROUP_ID = 02000;
  private static final long O_CREAT = 0100;
  private static final long PER_LINUX32 = 8;

  /** Scheduling policies (sched(7)) that are real-time. */
  private static final Map<String, Long> REAL_TIME =
      Map.of("SCHED_FIFO", 1L, "SCHED_RR", 2L, "SCHED_DEADLINE", 6L);

  /** Address families that programs use (socket(2)), by number. */
  private static final Map<Integer, String> FAMILY_NAMES = families();

  /** CLONE_NEW* of linux/sched.h by systemd's names. */
  private static final Map<String, Long> NAMESPACES =
      Map.of(
          "cgroup", 0x0200_0000L,
          "ipc", 0x0800_0000L,
          "net", 0x4000_0000L,
          "mnt", 0x0002_0000L,
          "pid", 0x2000_0000L,
          "user", 0x1000_0000L,
          "uts", 0x0400_0000L);

  private CallProbes() {}

  /**
   * Those of one directive; none if it is not one whose calls are known.
   *
   * @param value what it comes to on the device
   */
  static List<Probe> of(String directive, Value value) {
    return switch (directive) {
      case "ProtectClock" ->
          all("clock_settime", "settimeofday", "adjtimex", "clock_adjtime", "clock_adjtime64");
      case "ProtectKernelModules" -> all("init_module", "finit_module", "delete_module");
      case "ProtectKernelLogs" -> all("syslog");
      case "ProtectKernelTunables" -> all("_sysctl");
      case "ProtectHostname" -> all("sethostname", "setdomainname");
      case "PrivateDevices" -> all("ioperm", "iopl");
      case "LockPersonality" -> List.of(Probe.with("personality", 0, PER_LINUX32, "PER_LINUX32"));
      case "RestrictRealtime" -> realtime();
      case "RestrictSUIDSGID", "DynamicUser" -> setUserId();
      case "MemoryDenyWriteExecute" ->
          List.of(
              Probe.with("mmap", 2, 6, "PROT_WRITE|PROT_EXEC"),
              Probe.with("mprotect", 2, 4, "PROT_EXEC"),
              Probe.with("pkey_mprotect", 2, 4, "PROT_EXEC"),
              Probe.with("shmat", 2, 0100000, "SHM_EXEC"));
      case "RestrictNamespaces" -> namespaces(value);
      case "RestrictAddressFamilies" -> families(value);
      default -> List.of();
    };
  }

  private static List<Probe> all(String... names) {
    return List.of(names).stream().map(Probe::any).toList();
  }

  private static List<Probe> realtime() {
    var probes = new ArrayList<Probe>();
    new TreeMap<>(REAL_TIME)
        .forEach((name, policy) -> probes.add(Probe.with("sched_setscheduler", 1, policy, name)));
    return probes;
  }

  private static List<Probe> setUserId() {
    var probes = new ArrayList<Probe>();
    for (long bit : new long[] {SET_USER_ID, SET_GROUP_ID}) {
      String word = bit == SET_USER_ID ? "S_ISUID" : "S_ISGID";
      probes.add(Probe.with("chmod", 1, bit, word));
      probes.add(Probe.with("fchmod", 1, bit, word));
      probes.add(Probe.with("fchmodat", 2, bit, word));
      probes.add(Probe.with("fchmodat2", 2, bit, word));
      probes.add(Probe.with("mkdir", 1, bit, word));
      probes.add(Probe.with("mkdirat", 2, bit, word));
      probes.add(Probe.with("mknod", 1, bit, word));
      probes.add(Probe.with("mknodat", 2, bit, word));
      probes.add(Probe.with("creat", 1, bit, word));
      probes.add(
          new Probe(
              "open",
              "open(O_CREAT, " + word + ")",
              call -> call.argument(1, O_CREAT).argument(2, bit)));
      probes.add(
          new Probe(
              "openat",
              "openat(O_CREAT, " + word + ")",
              call -> call.argument(2, O_CREAT).argument(3, bit)));
    }
    probes.add(Probe.any("openat2"));
    return probes;
  }

  /** Namespaces that no process may make or enter; the value holds those that it may. */
  private static List<Probe> namespaces(Value value) {
    var probes = new ArrayList<Probe>();
    SortedSet<String> allowed =
        value instanceof Value.Names(SortedSet<String> names) ? names : new TreeSet<>();
    new TreeMap<>(NAMESPACES)
        .forEach(
            (name, flag) -> {
              if (!allowed.contains(name)) {
                probes.add(Probe.with("unshare", 0, flag, name));
                probes.add(Probe.with("clone", 0, flag, name));
                probes.add(Probe.with("setns", 1, flag, name));
              }
            });
    if (!probes.isEmpty()) {
      probes.add(Probe.with("setns", 1, 0, "any"));
      // Its flags lie in memory, where no filter can look.
      probes.add(Probe.any("clone3"));
    }
    return probes;
  }

  private static List<Probe> families(Value value) {
    var probes = new ArrayList<Probe>();
    if (value instanceof Value.Filter(boolean allow, SortedSet<String> names)) {
      for (int family = 0; family < FAMILIES; family++) {
        String name = FAMILY_NAMES.getOrDefault(family, "family " + family);
        if (names.contains(name) != allow) {
          probes.add(Probe.with("socket", 0, family, name));
        }
      }
    }
    return probes;
  }

  private static Map<Integer, String> families() {
    var names = new TreeMap<Integer, String>();
    String[] inOrder =
        ("AF_UNSPEC AF_UNIX AF_INET AF_AX25 AF_IPX AF_APPLETALK AF_NETROM AF_BRIDGE AF_ATMPVC"
                + " AF_X25 AF_INET6 AF_ROSE AF_DECnet AF_NETBEUI AF_SECURITY AF_KEY AF_NETLINK"
                + " AF_PACKET AF_ASH AF_ECONET AF_ATMSVC AF_RDS AF_SNA AF_IRDA AF_PPPOX AF_WANPIPE"
                + " AF_LLC AF_IB AF_MPLS AF_CAN AF_TIPC AF_BLUETOOTH AF_IUCV AF_RXRPC AF_ISDN"
                + " AF_PHONET AF_IEEE802154 AF_CAIF AF_ALG AF_NFC AF_VSOCK AF_KCM AF_QIPCRTR AF_SMC"
                + " AF_XDP AF_MCTP")
            .split(" ", -1);
    for (int number = 0; number < inOrder.length; number++) {
      names.put(number, inOrder[number]);
    }
    return names;
  }
}
