package dev.sandbar.core.property;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Words that D-Bus shows as numbers, and ranges of addresses that have a name. */
public final class Vocabulary {

  /** By number, from 1 (signal(7), x86 and arm). */
  private static final List<String> SIGNALS =
      List.of(
          "SIGHUP",
          "SIGINT",
          "SIGQUIT",
          "SIGILL",
          "SIGTRAP",
          "SIGABRT",
          "SIGBUS",
          "SIGFPE",
          "SIGKILL",
          "SIGUSR1",
          "SIGSEGV",
          "SIGUSR2",
          "SIGPIPE",
          "SIGALRM",
          "SIGTERM",
          "SIGSTKFLT",
          "SIGCHLD",
          "SIGCONT",
          "SIGSTOP",
          "SIGTSTP",
          "SIGTTIN",
          "SIGTTOU",
          "SIGURG",
          "SIGXCPU",
          "SIGXFSZ",
          "SIGVTALRM",
          "SIGPROF",
          "SIGWINCH",
          "SIGIO",
          "SIGPWR",
          "SIGSYS");

  /** errno(3), the ones below 41 without gaps. */
  private static final List<String> ERRNOS =
      List.of(
          "EPERM",
          "ENOENT",
          "ESRCH",
          "EINTR",
          "EIO",
          "ENXIO",
          "E2BIG",
          "ENOEXEC",
          "EBADF",
          "ECHILD",
          "EAGAIN",
          "ENOMEM",
          "EACCES",
          "EFAULT",
          "ENOTBLK",
          "EBUSY",
          "EEXIST",
          "EXDEV",
          "ENODEV",
          "ENOTDIR",
          "EISDIR",
          "EINVAL",
          "ENFILE",
          "EMFILE",
          "ENOTTY",
          "ETXTBSY",
          "EFBIG",
          "ENOSPC",
          "ESPIPE",
          "EROFS",
          "EMLINK",
          "EPIPE",
          "EDOM",
          "ERANGE",
          "EDEADLK",
          "ENAMETOOLONG",
          "ENOLCK",
          "ENOSYS",
          "ENOTEMPTY",
          "ELOOP");

  private static final Map<String, Integer> MORE_ERRNOS =
      Map.of(
          "EPROTO",
          71,
          "EOVERFLOW",
          75,
          "EILSEQ",
          84,
          "EOPNOTSUPP",
          95,
          "EAFNOSUPPORT",
          97,
          "EUCLEAN",
          117);

  /** SECCOMP_ERROR_NUMBER_KILL of systemd: kill the process. */
  private static final long KILL = 0x7FFF_FFFEL;

  private static final List<String> LEVELS =
      List.of("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug");

  private static final Map<Syntax, List<String>> ENUMS =
      Map.of(
          Syntax.SCHEDULER, List.of("other", "fifo", "rr", "batch", "", "idle"),
          Syntax.IO_CLASS, List.of("none", "realtime", "best-effort", "idle"),
          Syntax.LOG_LEVEL, LEVELS,
          Syntax.LOG_FACILITY,
              List.of(
                  "kern",
                  "user",
                  "mail",
                  "daemon",
                  "auth",
                  "syslog",
                  "lpr",
                  "news",
                  "uucp",
                  "cron",
                  "authpriv",
                  "ftp",
                  "",
                  "",
                  "",
                  "",
                  "local0",
                  "local1",
                  "local2",
                  "local3",
                  "local4",
                  "local5",
                  "local6",
                  "local7"));

  /** IPAddressAllow and IPAddressDeny (systemd.resource-control(5)). */
  static final Map<String, List<String>> ADDRESS_WORDS =
      Map.of(
          "any", List.of("0.0.0.0/0", "::/0"),
          "localhost", List.of("127.0.0.0/8", "::1/128"),
          "link-local", List.of("169.254.0.0/16", "fe80::/64"),
          "multicast", List.of("224.0.0.0/4", "ff00::/8"));

  private Vocabulary() {}

  /** The name of a signal, from its name with or without SIG, or its number. */
  static String signal(String text) {
    if (!text.isEmpty() && text.chars().allMatch(Character::isDigit)) {
      return signal(Long.parseLong(text));
    }
    String full = text.startsWith("SIG") ? text : "SIG" + text;
    if (!SIGNALS.contains(full)) {
      throw new IllegalArgumentException("not a signal: " + text);
    }
    return full;
  }

  static String signal(long number) {
    return number >= 1 && number <= SIGNALS.size()
        ? SIGNALS.get((int) number - 1)
        : Long.toString(number);
  }

  static String errno(String text) {
    if (text.equals("kill") || text.isEmpty() || text.equals("0")) {
      return "kill";
    }
    if (text.chars().allMatch(Character::isDigit)) {
      return errno(Long.parseLong(text));
    }
    if (!ERRNOS.contains(text) && !MORE_ERRNOS.containsKey(text)) {
      throw new IllegalArgumentException("not an error number: " + text);
    }
    return text;
  }

  /** Name of an error number (errno(3)); the number itself if it has none here. */
  public static String errno(long number) {
    if (number == KILL) {
      return "kill";
    }
    if (number >= 1 && number <= ERRNOS.size()) {
      return ERRNOS.get((int) number - 1);
    }
    return MORE_ERRNOS.entrySet().stream()
        .filter(e -> e.getValue() == number)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(Long.toString(number));
  }

  static String enumWord(Syntax syntax, long number) {
    List<String> words = ENUMS.getOrDefault(syntax, List.of());
    return number >= 0 && number < words.size() && !words.get((int) number).isEmpty()
        ? words.get((int) number)
        : Long.toString(number);
  }

  static String enumWord(Syntax syntax, String text) {
    if (!text.isEmpty() && text.chars().allMatch(Character::isDigit)) {
      return enumWord(syntax, Long.parseLong(text));
    }
    if (!ENUMS.getOrDefault(syntax, List.of()).contains(text)) {
      throw new IllegalArgumentException(
          "not a " + syntax.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + text);
    }
    return text;
  }

  /** One name for address families that have two. */
  static String family(String name) {
    return switch (name) {
      case "AF_LOCAL" -> "AF_UNIX";
      case "AF_ROUTE" -> "AF_NETLINK";
      default -> name;
    };
  }
}
