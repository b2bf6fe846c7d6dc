package dev.sandbar.core.exposure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/** The table of checks. */
final class Checks {

  /** One thing may be named by several settings; the tool takes mounts of its own from any. */
  private static final List<String> MOUNT_SETTINGS =
      List.of(
          "PrivateMounts",
          "PrivateDevices",
          "PrivateTmp",
          "ProtectControlGroups",
          "ProtectKernelTunables",
          "ProtectKernelModules",
          "ProtectHome",
          "ProtectSystem",
          "RootImage");

  static final List<Check> ALL = all();

  private Checks() {}

  private static List<Check> all() {
    var checks = new ArrayList<Check>();
    identity(checks);
    walls(checks);
    files(checks);
    capabilities(checks);
    processes(checks);
    namespaces(checks);
    families(checks);
    calls(checks);
    cgroup(checks);
    return List.copyOf(checks);
  }

  private static void identity(List<Check> checks) {
    checks.add(Check.graded("UserOrDynamicUser", 2000, 10, Checks::user));
    checks.add(
        new Check(
            "SupplementaryGroups",
            200,
            1,
            s -> unlessRoot(s, settings -> settings.names("SupplementaryGroups").isEmpty())));
    checks.add(
        new Check("RemoveIPC", 100, 1, s -> unlessRoot(s, settings -> settings.on("RemoveIPC"))));
    checks.add(Check.on("NoNewPrivileges", 1000));
    checks.add(
        Check.when("AmbientCapabilities", 500, s -> !s.names("AmbientCapabilities").isEmpty()));
  }

  private static int user(Settings settings) {
    if (settings.text("User").equals("nobody")) {
      return 9;
    }
    return settings.isRoot() ? 10 : 0;
  }

  private static OptionalInt unlessRoot(Settings settings, Predicate<Settings> isGood) {
    return settings.isRoot() ? OptionalInt.empty() : OptionalInt.of(isGood.test(settings) ? 0 : 1);
  }

  private static void walls(List<Check> checks) {
    for (String directive :
        List.of(
            "PrivateDevices",
            "PrivateTmp",
            "PrivateUsers",
            "ProtectControlGroups",
            "ProtectKernelModules",
            "ProtectKernelTunables",
            "ProtectKernelLogs",
            "ProtectClock",
            "RestrictSUIDSGID")) {
      checks.add(Check.on(directive, 1000));
    }
    checks.add(Check.on("PrivateNetwork", 2500));
    checks.add(Check.on("ProtectHostname", 50));
    checks.add(Check.on("LockPersonality", 100));
    checks.add(Check.on("MemoryDenyWriteExecute", 100));
    checks.add(Check.on("RestrictRealtime", 500));
    checks.add(Check.when("PrivateMounts", 1000, s -> MOUNT_SETTINGS.stream().noneMatch(s::on)));
  }

  private static void files(List<Check> checks) {
    checks.add(
        Check.graded(
            "ProtectHome", 1000, 10, word("ProtectHome", "read-only", 5, "tmpfs", 1, "yes", 0)));
    checks.add(
        Check.graded(
            "ProtectSystem", 1000, 10, word("ProtectSystem", "yes", 5, "full", 3, "strict", 0)));
    checks.add(
        Check.when(
            "RootDirectoryOrRootImage",
            200,
            s ->
                s.text("RootImage").isEmpty()
                    && Set.of("", "/").contains(s.text("RootDirectory"))));
    checks.add(Check.graded("UMask", 100, 10, Checks::umask));
  }

  /** Badness by word; 10 for what is not named. */
  private static ToIntFunction<Settings> word(
      String directive, String one, int its, String two, int twos, String three, int threes) {
    return settings -> {
      String text = settings.text(directive);
      if (text.equals(one)) {
        return its;
      }
      if (text.equals(two)) {
        return twos;
      }
      return text.equals(three) ? threes : 10;
    };
  }

  private static int umask(Settings settings) {
    String text = settings.text("UMask");
    int mask = text.isEmpty() ? 0022 : Integer.parseInt(text, 8);
    if ((mask & 0002) == 0) {
      return 10;
    }
    if ((mask & 0004) == 0) {
      return 5;
    }
    if ((mask & 0020) == 0) {
      return 2;
    }
    return (mask & 0040) == 0 ? 1 : 0;
  }

  private static void capabilities(List<Check> checks) {
    capability(checks, "SYS_ADMIN", 1500, "SYS_ADMIN");
    capability(checks, "SET_UID_GID_PCAP", 1500, "SETUID", "SETGID", "SETPCAP");
    capability(checks, "SYS_PTRACE", 1500, "SYS_PTRACE");
    capability(checks, "SYS_TIME", 1000, "SYS_TIME");
    capability(checks, "NET_ADMIN", 1000, "NET_ADMIN");
    capability(checks, "SYS_RAWIO", 1000, "SYS_RAWIO");
    capability(checks, "SYS_MODULE", 1000, "SYS_MODULE");
    capability(checks, "AUDIT", 500, "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE");
    capability(checks, "SYSLOG", 500, "SYSLOG");
    capability(checks, "SYS_NICE_RESOURCE", 500, "SYS_NICE", "SYS_RESOURCE");
    capability(checks, "MKNOD", 500, "MKNOD");
    capability(checks, "CHOWN_FSETID_SETFCAP", 1000, "CHOWN", "FSETID", "SETFCAP");
    capability(
        checks,
        "DAC_FOWNER_IPC_OWNER",
        1000,
        "DAC_OVERRIDE",
        "DAC_READ_SEARCH",
        "FOWNER",
        "IPC_OWNER");
    capability(checks, "KILL", 500, "KILL");
    // With the bracket that the tool prints.
    capability(
        checks,
        "NET_BIND_SERVICE_BROADCAST_RAW)",
        500,
        "NET_BIND_SERVICE",
        "NET_BROADCAST",
        "NET_RAW");
    capability(checks, "SYS_BOOT", 100, "SYS_BOOT");
    capability(checks, "MAC", 100, "MAC_ADMIN", "MAC_OVERRIDE");
    capability(checks, "LINUX_IMMUTABLE", 75, "LINUX_IMMUTABLE");
    capability(checks, "IPC_LOCK", 50, "IPC_LOCK");
    capability(checks, "SYS_CHROOT", 50, "SYS_CHROOT");
    for (String name :
        List.of("BLOCK_SUSPEND", "WAKE_ALARM", "LEASE", "SYS_TTY_CONFIG", "SYS_PACCT", "BPF")) {
      capability(checks, name, 25, name);
    }
  }

  private static void capability(List<Check> checks, String name, int weight, String... names) {
    checks.add(
        Check.when(
            "CapabilityBoundingSet_CAP_" + name,
            weight,
            settings -> {
              Collection<String> held = settings.names("CapabilityBoundingSet");
              return Arrays.stream(names).anyMatch(it -> held.contains("CAP_" + it));
            }));
  }

  private static void processes(List<Check> checks) {
    checks.add(Check.when("KeyringMode", 1000, s -> !s.text("KeyringMode").equals("private")));
    checks.add(
        Check.graded(
            "ProtectProc",
            1000,
            3,
            s ->
                switch (s.text("ProtectProc")) {
                  case "invisible", "ptraceable" -> 0;
                  case "noaccess" -> 1;
                  default -> 3;
                }));
    checks.add(Check.when("ProcSubset", 10, s -> !s.text("ProcSubset").equals("pid")));
    checks.add(Check.when("NotifyAccess", 1000, s -> s.text("NotifyAccess").equals("all")));
    checks.add(Check.when("Delegate", 100, s -> s.on("Delegate")));
  }

  private static void namespaces(List<Check> checks) {
    namespace(checks, "user", 1500);
    for (String kind : List.of("mnt", "ipc", "pid", "cgroup", "net")) {
      namespace(checks, kind, 500);
    }
    namespace(checks, "uts", 100);
  }

  private static void namespace(List<Check> checks, String kind, int weight) {
    checks.add(
        Check.when(
            "RestrictNamespaces_" + kind,
            weight,
            s -> s.names("RestrictNamespaces").contains(kind)));
  }

  private static void families(List<Check> checks) {
    family(checks, "AF_INET_INET6", 1500, Set.of("AF_INET", "AF_INET6"));
    family(checks, "AF_UNIX", 25, Set.of("AF_UNIX"));
    family(checks, "AF_NETLINK", 200, Set.of("AF_NETLINK"));
    family(checks, "AF_PACKET", 1000, Set.of("AF_PACKET"));
    checks.add(
        Check.when(
            "RestrictAddressFamilies_OTHER",
            1250,
            s -> {
              var others = new TreeSet<>(s.names("RestrictAddressFamilies"));
              others.removeAll(Set.of("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET"));
              return s.isAllowList("RestrictAddressFamilies") != others.isEmpty();
            }));
  }

  /** One of the families that is named decides for all of the check. */
  private static void family(List<Check> checks, String name, int weight, Set<String> families) {
    checks.add(
        Check.when(
            "RestrictAddressFamilies_" + name,
            weight,
            s -> {
              boolean named =
                  s.names("RestrictAddressFamilies").stream().anyMatch(families::contains);
              return named == s.isAllowList("RestrictAddressFamilies");
            }));
  }

  private static void calls(List<Check> checks) {
    checks.add(
        Check.graded(
            "SystemCallArchitectures",
            1000,
            10,
            s -> {
              Collection<String> names = s.names("SystemCallArchitectures");
              if (names.isEmpty()) {
                return 10;
              }
              return names.size() == 1 && names.contains("native") ? 0 : 8;
            }));
    call(checks, "swap", 1000);
    call(checks, "obsolete", 250);
    call(checks, "clock", 1000);
    call(checks, "cpu-emulation", 250);
    call(checks, "debug", 1000);
    call(checks, "mount", 1000);
    call(checks, "module", 1000);
    call(checks, "raw-io", 1000);
    call(checks, "reboot", 1000);
    call(checks, "privileged", 700);
    call(checks, "resources", 700);
  }

  private static void call(List<Check> checks, String group, int weight) {
    checks.add(
        Check.graded(
            "SystemCallFilter_" + group.replace('-', '_'),
            weight,
            10,
            settings -> {
              if (settings.members("@" + group).stream()
                  .noneMatch(it -> settings.allows("SystemCallFilter", it))) {
                return 0;
              }
              return settings.isAllowList("SystemCallFilter") ? 9 : 10;
            }));
  }

  private static void cgroup(List<Check> checks) {
    checks.add(Check.graded("IPAddressDeny", 1000, 10, Checks::addresses));
    checks.add(
        Check.graded(
            "DeviceAllow",
            1000,
            10,
            s -> {
              if (!Set.of("closed", "strict").contains(s.text("DevicePolicy"))) {
                return 10;
              }
              return s.names("DeviceAllow").isEmpty() ? 0 : 5;
            }));
  }

  private static int addresses(Settings settings) {
    if (!settings.names("IPAddressDeny").containsAll(Set.of("0.0.0.0/0", "::/0"))) {
      return 10;
    }
    Collection<String> allowed = settings.names("IPAddressAllow");
    if (allowed.isEmpty()) {
      return 0;
    }
    return Set.of("127.0.0.0/8", "::1/128").containsAll(allowed) ? 2 : 5;
  }
}
