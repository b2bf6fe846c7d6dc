package dev.sandbar.core.denial;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.PathText;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How programs word what the kernel answers. The texts of errors are those of strerror(3) in glibc
 * and musl, and of Go, in any case of letters.
 */
enum Clue {
  FAMILY("a socket of a family that it may not use", Clue::family, "address family not supported"),
  IDENTITY(
      "to become another user or group",
      Clue::identity,
      "operation not permitted",
      "permission denied",
      "eperm"),
  /** Of programs that keep the error to themselves. */
  LISTENER(
      "to bind a port or listen",
      Clue::listener,
      "could not open",
      "cannot open",
      "can't open",
      "unable to open",
      "failed to open",
      "error opening",
      "could not start",
      "error starting",
      "failed to start",
      "could not create",
      "failed to create"),
  MODULE("to load a module of the kernel", Clue::module, "not found in directory /lib/modules"),
  BUS(
      "to call services on the system bus",
      Clue::bus,
      "no such file",
      "permission denied",
      "refused"),
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
  WRITE(
      "to write a file outside of its own directories",
      Clue::write,
      "read-only file system",
      "permission denied",
      "no such file",
      "operation not permitted"),
  /** What only the kernel shows. */
  READ("to read a file", Clue::never),
  OWN_DIRECTORY("a directory of its own, which it was not given", Clue::never),
  VOLUME("a directory that it does not see", Clue::never),
  SOCKET("to connect to a socket of another program", Clue::never),
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

  /** What is known of protocols that have no connections, by their names too. */
  private static final String[] DATAGRAMS = {
    "udp", "datagram", "ntp", "dhcp", "tftp", "quic", "mdns", "multicast"
  };

  /** What programs ask the kernel by AF_NETLINK, in their words. */
  private static final String[] NETLINK = {
    "netlink", "ifaddrs", "interfaces", "rtnl", "netstats", "arp entries", "neighbo"
  };

  private static final Pattern NODE = Pattern.compile("/dev/[A-Za-z0-9/_.:+-]*[A-Za-z0-9]");
  private static final Pattern FILE = Pattern.compile("/[A-Za-z0-9_.+-]+(?:/[A-Za-z0-9_.+-]+)*+");
  private static final Pattern MODULE_NAME =
      Pattern.compile("[Mm]odule ([a-z0-9_]{1,56}) not found in directory");

  /** An address of one's own, as nobody connects to all of them. */
  private static final Pattern OWN_ADDRESS =
      Pattern.compile(
          "(?:\\b0\\.0\\.0\\.0|\\[::]|\\*|\\b(?:udp|tcp)6?):(?://)?([0-9]{1,5})\\b",
          Pattern.CASE_INSENSITIVE);

  private static final List<String> KEPT =
      List.of("/var/lib", "/var/cache", "/var/log", "/run", "/var/run");
  private static final Pattern WORD = Pattern.compile("[a-z][a-z0-9_]{2,30}");
  private static final Pattern SEPARATORS = Pattern.compile("[\\s,;()\\[\\]\"'<>=]+");

  private final String refused;
  private final BiFunction<String, Openings, Advice> reader;
  private final List<String> texts;

  Clue(String refused, BiFunction<String, Openings, Advice> reader, String... texts) {
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
      case PORT, LISTENER -> "SocketBindDeny";
      case CODE -> "MemoryDenyWriteExecute";
      case DEVICE -> "DevicePolicy";
      case EXECUTE -> "NoExecPaths";
      case SYSTEM -> "ProcSubset";
      case READ -> "User";
      case OWN_DIRECTORY -> "StateDirectory";
      case VOLUME -> "BindPaths";
      case SOCKET -> "RestrictAddressFamilies";
      case WRITE -> "ProtectSystem";
      case IDENTITY -> "DynamicUser";
      case MODULE -> "ProtectKernelModules";
      case BUS -> "InaccessiblePaths";
      case ADDRESS -> "IPAddressDeny";
      case CALL -> "SystemCallFilter";
    };
  }

  /** What opens what the line is about; nothing if that is nothing that is refused. */
  Advice read(String line, Openings openings) {
    String lower = line.toLowerCase(Locale.ROOT);
    return texts.stream().anyMatch(lower::contains) ? reader.apply(line, openings) : Advice.NONE;
  }

  private static boolean has(String line, String... words) {
    String lower = line.toLowerCase(Locale.ROOT);
    return Arrays.stream(words).anyMatch(lower::contains);
  }

  private static Advice never(String line, Openings openings) {
    return Advice.NONE;
  }

  private static Advice family(String line, Openings openings) {
    if (has(line, NETLINK)) {
      return openings.family("AF_NETLINK");
    }
    if (has(line, "dial unix", "unix socket", "af_unix")) {
      return openings.family("AF_UNIX");
    }
    return has(line, "can0", "vcan", "socketcan", "pf_can", "af_can")
        ? openings.family("AF_CAN")
        : openings.family("AF_INET");
  }

  private static Advice identity(String line, Openings openings) {
    return has(
                line,
                "setgid",
                "setuid",
                "setgroups",
                "initgroups",
                "setres",
                "setre",
                "set gid",
                "set uid",
                "group id",
                "user id",
                "supplementary",
                "privileges",
                "chown")
            && openings.holdsIdentity()
        ? Advice.help(Openings.IDENTITY)
        : Advice.NONE;
  }

  private static Advice module(String line, Openings openings) {
    Matcher name = MODULE_NAME.matcher(line);
    return name.find() ? openings.module(name.group(1)) : Advice.NONE;
  }

  private static Advice bus(String line, Openings openings) {
    return has(line, "/dbus/system_bus_socket") ? openings.bus() : Advice.NONE;
  }

  private static Advice port(String line, Openings openings) {
    if (!has(line, "bind", "listen")) {
      return Advice.NONE;
    }
    Advice advice = port(line, PORT_NUMBER, openings);
    return advice.isRefusal() ? advice : openings.somePort();
  }

  private static Advice listener(String line, Openings openings) {
    return has(line, "socket", "listen", "endpoint", "server", "bind")
        ? port(line, OWN_ADDRESS, openings)
        : Advice.NONE;
  }

  private static Advice port(String line, Pattern pattern, Openings openings) {
    Protocol protocol = has(line, DATAGRAMS) ? Protocol.UDP : Protocol.TCP;
    Matcher number = pattern.matcher(line);
    while (number.find()) {
      int port = Integer.parseInt(number.group(1));
      Advice advice = port > 0 && port < 65_536 ? openings.port(protocol, port) : Advice.NONE;
      if (advice.isRefusal()) {
        return advice;
      }
    }
    return Advice.NONE;
  }

  private static Advice code(String line, Openings openings) {
    boolean meant =
        !has(line, "mprotect") || has(line, "permission denied", "operation not permitted");
    return meant ? openings.code() : Advice.NONE;
  }

  private static Advice device(String line, Openings openings) {
    Matcher node = NODE.matcher(line);
    return node.find() ? openings.node(node.group(), true) : Advice.NONE;
  }

  private static Advice execute(String line, Openings openings) {
    Matcher file = FILE.matcher(line);
    while (has(line, "exec") && file.find()) {
      Advice advice = openings.execution(file.group());
      if (advice.isRefusal()) {
        return advice;
      }
    }
    return Advice.NONE;
  }

  private static Advice system(String line, Openings openings) {
    Matcher file = FILE.matcher(line);
    return file.find() ? openings.system(file.group()) : Advice.NONE;
  }

  /**
   * What cannot be written where programs keep what they write may also be missing, or belong to
   * somebody else.
   */
  private static Advice write(String line, Openings openings) {
    boolean certain = has(line, "read-only file system");
    Matcher file = FILE.matcher(line);
    while (file.find()) {
      String path = file.group();
      if (certain || KEPT.stream().anyMatch(it -> PathText.within(path, it))) {
        return openings.file(path);
      }
    }
    return certain ? openings.file() : Advice.NONE;
  }

  private static Advice address(String line, Openings openings) {
    for (String word : SEPARATORS.split(line)) {
      Advice advice = openings.address(address(word));
      if (advice.isRefusal()) {
        return advice;
      }
    }
    return Advice.NONE;
  }

  /** Of {@code 192.0.2.1}, {@code 192.0.2.1:80} and {@code tcp/192.0.2.1:80}. */
  private static AddressSet address(String word) {
    String bare = word.substring(word.lastIndexOf('/') + 1).replaceFirst(":+$", "");
    int colon = bare.indexOf(':');
    String host = colon >= 0 && colon == bare.lastIndexOf(':') ? bare.substring(0, colon) : bare;
    boolean plausible = host.indexOf('.') > 0 || host.indexOf(':') >= 0;
    return plausible ? AddressSet.of(Cidr.parse(host).stream().toList()) : AddressSet.of(List.of());
  }

  private static Advice name(String line, Openings openings) {
    return openings.family("AF_INET");
  }

  private static Advice call(String line, Openings openings) {
    Matcher word = WORD.matcher(line);
    while (word.find()) {
      Advice advice = openings.call(word.group());
      if (advice.isRefusal()) {
        return advice;
      }
    }
    return Advice.NONE;
  }
}
