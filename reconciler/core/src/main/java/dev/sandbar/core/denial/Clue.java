package dev.sandbar.core.denial;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.catalog.Hardware;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How programs word what the kernel answers. The texts of errors are those of strerror(3) in glibc
 * and musl, and of Go, in any case of letters.
 */
enum Clue {
  FAMILY("a socket of a family that it may not use", Clue::family, "address family not supported"),
  PORT(
      "to bind a port or listen",
      Clue::port,
      "permission denied",
      "operation not permitted",
      "eacces",
      "eperm"),
  CODE(
      "memory that is written and executed",
      Clue::code,
      "__errno_location ())",
      "failed to mark memory page as executable",
      "allocate executable memory",
      "mmap code",
      "os::commit_memory",
      "mprotect"),
  DEVICE(
      "a device node",
      Clue::device,
      "no such file",
      "permission denied",
      "operation not permitted",
      "no such device"),
  EXECUTE("to execute a file that it wrote", Clue::execute, "permission denied", "eacces"),
  SYSTEM("files of /proc about the whole device", Clue::system, "no such file"),
  WRITE("to write a file outside of its own directories", Clue::write, "read-only file system"),
  ADDRESS(
      "to reach an address",
      Clue::address,
      "timed out",
      "timeout",
      "unreachable",
      "no route to host",
      "operation not permitted",
      "permission denied",
      "eacces"),
  NAME(
      "to resolve a name",
      Clue::name,
      "name resolution",
      "no such host",
      "could not resolve",
      "name or service not known",
      "eai_again"),
  CALL("a system call", Clue::call, "operation not permitted", "eperm", "permission denied");

  private static final Pattern PORT_NUMBER =
      Pattern.compile(
          "(?:\\bport\\s+|(?:[0-9]\\.[0-9]+|[\\]*\\s]|^):)([0-9]{1,5})\\b",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern NODE = Pattern.compile("/dev/[A-Za-z0-9/_.:+-]*[A-Za-z0-9]");
  private static final Pattern FILE = Pattern.compile("/[A-Za-z0-9_.+-]+(?:/[A-Za-z0-9_.+-]+)*+");
  private static final Pattern SYSTEM_FILE =
      Pattern.compile(
          "/proc/(cpuinfo|meminfo|stat|loadavg|uptime|vmstat|diskstats|interrupts|softirqs|version"
              + "|filesystems|partitions|swaps|net/dev|sys/kernel/)");
  private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9_]{2,30}");
  private static final Pattern SEPARATORS = Pattern.compile("[\\s,;()\\[\\]\"'<>=]+");

  private final String refused;
  private final BiFunction<String, Sandbox, List<Wish>> reader;
  private final List<String> texts;

  Clue(String refused, BiFunction<String, Sandbox, List<Wish>> reader, String... texts) {
    this.refused = refused;
    this.reader = reader;
    this.texts = List.of(texts);
  }

  /** What was tried, in a few words. */
  String refused() {
    return refused;
  }

  /** The directive that refuses it, first of all. */
  String directive() {
    return switch (this) {
      case FAMILY, NAME -> "RestrictAddressFamilies";
      case PORT -> "SocketBindDeny";
      case CODE -> "MemoryDenyWriteExecute";
      case DEVICE -> "DevicePolicy";
      case EXECUTE -> "NoExecPaths";
      case SYSTEM -> "ProcSubset";
      case WRITE -> "ProtectSystem";
      case ADDRESS -> "IPAddressDeny";
      case CALL -> "SystemCallFilter";
    };
  }

  /** The permissions that are missing; empty if the line is about nothing that is refused. */
  Optional<List<Wish>> read(String line, Sandbox sandbox) {
    String lower = line.toLowerCase(Locale.ROOT);
    if (texts.stream().noneMatch(lower::contains)) {
      return Optional.empty();
    }
    List<Wish> wishes = reader.apply(line, sandbox);
    return wishes.isEmpty() ? Optional.empty() : Optional.of(wishes);
  }

  private static boolean has(String line, String... words) {
    String lower = line.toLowerCase(Locale.ROOT);
    return Arrays.stream(words).anyMatch(lower::contains);
  }

  private static boolean lacksFamily(Sandbox sandbox, String family) {
    return !sandbox.network().families().contains(family);
  }

  /** What opens sockets of the family to an app that has none of them; empty if it has. */
  private static List<Wish> opening(String family, Sandbox sandbox) {
    return lacksFamily(sandbox, family)
        ? PermissionCatalog.all().values().stream()
            .filter(entry -> entry.grants().network().families().contains(family))
            .map(entry -> Wish.of(entry.permission()))
            .toList()
        : List.of();
  }

  private static List<Wish> family(String line, Sandbox sandbox) {
    if (has(line, "netlink", "getifaddrs", "ifaddrs", "interfaces")) {
      return opening("AF_NETLINK", sandbox);
    }
    return has(line, "can0", "vcan", "socketcan", "pf_can", "af_can")
        ? opening("AF_CAN", sandbox)
        : opening("AF_INET", sandbox);
  }

  private static List<Wish> port(String line, Sandbox sandbox) {
    if (!has(line, "bind", "listen")) {
      return List.of();
    }
    Protocol protocol = has(line, "udp", "datagram") ? Protocol.UDP : Protocol.TCP;
    Matcher number = PORT_NUMBER.matcher(line);
    while (number.find()) {
      int port = Integer.parseInt(number.group(1));
      boolean bound =
          sandbox.network().binds().isAll()
              || sandbox.network().binds().items().stream()
                  .anyMatch(it -> it.contains(protocol, port));
      if (port > 0 && port < 65_536 && !bound) {
        return List.of(
            new Wish(
                Permission.PORTS,
                port + "/" + protocol.name(),
                protocol == Protocol.TCP
                    ? "ports: [{port: %d}]".formatted(port)
                    : "ports: [{port: %d, protocol: UDP}]".formatted(port)));
      }
    }
    return sandbox.network().binds().isNone() ? List.of(Wish.like(Permission.PORTS)) : List.of();
  }

  private static List<Wish> code(String line, Sandbox sandbox) {
    boolean meant =
        !has(line, "mprotect") || has(line, "permission denied", "operation not permitted");
    return meant && !sandbox.kernel().writableCode() ? List.of(Wish.of(Permission.JIT)) : List.of();
  }

  private static List<Wish> device(String line, Sandbox sandbox) {
    Matcher node = NODE.matcher(line);
    if (!node.find()) {
      return List.of();
    }
    String path = node.group();
    if (path.endsWith("/stdout")
        || path.endsWith("/stderr")
        || sandbox.files().devices().contains("w " + path)) {
      return List.of();
    }
    Optional<Permission> hardware = Hardware.of(path);
    if (hardware.isPresent()) {
      return hardware
          .filter(
              it ->
                  !sandbox
                      .files()
                      .devices()
                      .includes(PermissionCatalog.entry(it).grants().files().devices()))
          .map(Wish::of)
          .stream()
          .toList();
    }
    boolean serial = path.startsWith("/dev/tty") || path.startsWith("/dev/serial/");
    return List.of(
        serial
            ? new Wish(Permission.SERIAL, path, "serial: [{device: %s}]".formatted(path))
            : new Wish(
                Permission.DEVICES,
                path + ":rw",
                "devices: [{device: %s, access: ReadWrite}]".formatted(path)));
  }

  private static List<Wish> execute(String line, Sandbox sandbox) {
    return !sandbox.files().executableData()
            && has(line, "exec")
            && has(line, "/tmp/", "/var/lib/sandbar-", "/var/cache/sandbar-", "/var/log/sandbar-")
        ? List.of(Wish.of(Permission.RUN_FROM_DATA))
        : List.of();
  }

  private static List<Wish> system(String line, Sandbox sandbox) {
    return !sandbox.proc().system() && SYSTEM_FILE.matcher(line).find()
        ? List.of(Wish.of(Permission.SYSTEM_INFO))
        : List.of();
  }

  private static List<Wish> write(String line, Sandbox sandbox) {
    var wishes = new ArrayList<Wish>();
    Matcher file = FILE.matcher(line);
    boolean named = file.find();
    AppDirectory own =
        Arrays.stream(AppDirectory.values())
            .filter(it -> named && file.group().startsWith(it.parent() + "/"))
            .findFirst()
            .orElse(AppDirectory.STATE);
    if (!sandbox.files().directories().contains(own)) {
      wishes.add(Wish.of(own.permission()));
    }
    wishes.add(
        named
                && own != AppDirectory.LOGS
                && !file.group().startsWith("/proc")
                && !file.group().startsWith("/sys")
            ? new Wish(
                Permission.STORAGE,
                "",
                "storage: [{source: VOLUME, mountPath: %s, access: ReadWrite}]"
                    .formatted(folder(file.group())))
            : Wish.like(Permission.STORAGE));
    return wishes;
  }

  private static String folder(String path) {
    int slash = path.lastIndexOf('/');
    return slash > 0 ? path.substring(0, slash) : path;
  }

  private static List<Wish> address(String line, Sandbox sandbox) {
    for (String word : SEPARATORS.split(line)) {
      AddressSet address = address(word);
      if (address.isEmpty() || sandbox.network().addresses().includes(address)) {
        continue;
      }
      if (AddressSpace.PUBLIC.includes(address)) {
        return List.of(Wish.of(Permission.INTERNET));
      }
      if (AddressSpace.LOCAL.includes(address)) {
        return List.of(Wish.of(Permission.LOCAL_NETWORK));
      }
    }
    return List.of();
  }

  /** Of {@code 192.0.2.1}, {@code 192.0.2.1:80} and {@code tcp/192.0.2.1:80}. */
  private static AddressSet address(String word) {
    String bare = word.substring(word.lastIndexOf('/') + 1).replaceFirst(":+$", "");
    int colon = bare.indexOf(':');
    String host = colon >= 0 && colon == bare.lastIndexOf(':') ? bare.substring(0, colon) : bare;
    boolean plausible = host.indexOf('.') > 0 || host.indexOf(':') >= 0;
    return plausible ? AddressSet.of(Cidr.parse(host).stream().toList()) : AddressSet.of(List.of());
  }

  private static List<Wish> name(String line, Sandbox sandbox) {
    return opening("AF_INET", sandbox);
  }

  /** Programs change owners and mount for other reasons than a sandbox inside of theirs. */
  private static boolean isMeant(Permission permission, String call) {
    return permission != Permission.NESTED_SANDBOX || call.equals("unshare");
  }

  /** What no permission lets an app call, and the agent does in its place. */
  private static Optional<BrokeredVerb> brokered(String call) {
    return switch (call) {
      case "reboot" -> Optional.of(BrokeredVerb.REBOOT);
      case "sethostname" -> Optional.of(BrokeredVerb.HOSTNAME);
      case "settimeofday", "clock_settime" -> Optional.of(BrokeredVerb.CLOCK);
      default -> Optional.empty();
    };
  }

  private static List<Wish> call(String line, Sandbox sandbox) {
    Matcher word = WORD.matcher(line);
    while (word.find()) {
      String call = word.group();
      Optional<BrokeredVerb> verb =
          brokered(call).filter(it -> !sandbox.peers().verbs().contains(it));
      if (verb.isPresent() && !sandbox.unconfined()) {
        return List.of(Wish.of(verb.get().permission()));
      }
      List<Wish> wishes =
          PermissionCatalog.all().values().stream()
              .filter(entry -> !sandbox.kernel().calls().contains(call))
              .filter(entry -> entry.grants().kernel().calls().contains(call))
              .filter(entry -> isMeant(entry.permission(), call))
              .map(entry -> Wish.of(entry.permission()))
              .toList();
      if (!wishes.isEmpty()) {
        return wishes;
      }
    }
    return List.of();
  }
}
