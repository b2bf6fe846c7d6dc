package dev.sandbar.core.property;

import dev.sandbar.core.model.Sha256;
import java.util.List;
import java.util.Set;

/** The text of single entries, the same from both sides. */
final class Forms {

  /** The bit of a bind mount that takes submounts along (MS_REC of mount(2)). */
  static final long RECURSIVE = 16384;

  private static final String NEED_QUOTES = " \t\n\"\\;";

  private Forms() {}

  /** {@code prefixes path argv0?} and arguments, so that no two commands look the same. */
  static String command(Set<String> flags, String path, List<String> argv) {
    var text = new StringBuilder();
    if (flags.contains("ignore-failure")) {
      text.append('-');
    }
    if (flags.contains("no-env-expand")) {
      text.append(':');
    }
    if (flags.contains("privileged")) {
      text.append('+');
    }
    if (flags.contains("no-setuid")) {
      text.append('!');
    }
    if (flags.contains("ambient")) {
      text.append("!!");
    }
    if (flags.contains("via-shell")) {
      text.append('|');
    }
    String first = argv.isEmpty() ? path : argv.getFirst();
    if (!first.equals(path)) {
      text.append('@');
    }
    text.append(quote(path));
    if (!first.equals(path)) {
      text.append(' ').append(quote(first));
    }
    argv.stream().skip(1).forEach(a -> text.append(' ').append(quote(a)));
    return text.toString();
  }

  private static boolean needsQuotes(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (NEED_QUOTES.indexOf(text.charAt(i)) >= 0) {
        return true;
      }
    }
    return false;
  }

  private static String quote(String text) {
    if (!text.isEmpty() && !needsQuotes(text)) {
      return text;
    }
    return '"'
        + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\t", "\\t")
        + '"';
  }

  /** {@code [-]source:destination[:norbind]}. */
  static String bind(boolean optional, String source, String destination, long flags) {
    String head = (optional ? "-" : "") + path(source) + ":" + path(destination);
    if (flags == RECURSIVE) {
      return head;
    }
    return flags == 0 ? head + ":norbind" : head + ":" + flags;
  }

  /** {@code any}, {@code tcp}, {@code ipv4:udp:1000-2000}. */
  static String bindRule(long family, long protocol, long count, long first) {
    var text = new StringBuilder();
    if (family != 0) {
      text.append(family == 2 ? "ipv4" : family == 10 ? "ipv6" : "family-" + family);
    }
    if (protocol != 0) {
      text.append(text.isEmpty() ? "" : ":");
      text.append(protocol == 6 ? "tcp" : protocol == 17 ? "udp" : "protocol-" + protocol);
    }
    if (count != 0) {
      text.append(text.isEmpty() ? "" : ":").append(first);
      if (count > 1) {
        text.append('-').append(first + count - 1);
      }
    }
    return text.isEmpty() ? "any" : text.toString();
  }

  /** A path without doubled or trailing slashes and without {@code .} parts; prefixes are kept. */
  static String path(String text) {
    int start = 0;
    while (start < text.length() && "-+!".indexOf(text.charAt(start)) >= 0) {
      start++;
    }
    if (start == text.length() || text.charAt(start) != '/') {
      return text;
    }
    if (isSimple(text, start)) {
      return text;
    }
    var simple = new StringBuilder(text.substring(0, start));
    boolean any = false;
    for (String part : text.substring(start).split("/", -1)) {
      if (!part.isEmpty() && !part.equals(".")) {
        simple.append('/').append(part);
        any = true;
      }
    }
    return any ? simple.toString() : simple.append('/').toString();
  }

  /** Whether no part of it is empty or begins with a dot. */
  private static boolean isSimple(String text, int start) {
    for (int i = start; i < text.length(); i++) {
      if (text.charAt(i) == '/'
          && (i + 1 == text.length() || "/.".indexOf(text.charAt(i + 1)) >= 0)) {
        return false;
      }
    }
    return true;
  }

  /** Stands for a value that must not be shown. */
  static String digest(String secret) {
    return "sha256:" + Sha256.of(secret).abbreviated();
  }

  static String octal(long mode) {
    String digits = Long.toOctalString(mode);
    return "0".repeat(Math.max(0, 4 - digits.length())) + digits;
  }

  /** {@code [-]label}. */
  static String label(boolean ignore, String label) {
    return (ignore ? "-" : "") + label;
  }

  static String directory(String name, String link, long flags) {
    String text = link.isEmpty() ? name : name + ":" + link;
    return (flags & 1) == 0 ? text : text + (link.isEmpty() ? "::ro" : ":ro");
  }
}
