package dev.sandbar.core.property;

import dev.sandbar.core.model.SortedItems;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Bit masks as names: bits without a name are dropped, because versions set them differently. */
final class Masks {

  /** In the order of their bits (linux/capability.h). */
  static final Map<String, Long> CAPABILITIES =
      numbered(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_DAC_READ_SEARCH",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_KILL",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETPCAP",
          "CAP_LINUX_IMMUTABLE",
          "CAP_NET_BIND_SERVICE",
          "CAP_NET_BROADCAST",
          "CAP_NET_ADMIN",
          "CAP_NET_RAW",
          "CAP_IPC_LOCK",
          "CAP_IPC_OWNER",
          "CAP_SYS_MODULE",
          "CAP_SYS_RAWIO",
          "CAP_SYS_CHROOT",
          "CAP_SYS_PTRACE",
          "CAP_SYS_PACCT",
          "CAP_SYS_ADMIN",
          "CAP_SYS_BOOT",
          "CAP_SYS_NICE",
          "CAP_SYS_RESOURCE",
          "CAP_SYS_TIME",
          "CAP_SYS_TTY_CONFIG",
          "CAP_MKNOD",
          "CAP_LEASE",
          "CAP_AUDIT_WRITE",
          "CAP_AUDIT_CONTROL",
          "CAP_SETFCAP",
          "CAP_MAC_OVERRIDE",
          "CAP_MAC_ADMIN",
          "CAP_SYSLOG",
          "CAP_WAKE_ALARM",
          "CAP_BLOCK_SUSPEND",
          "CAP_AUDIT_READ",
          "CAP_PERFMON",
          "CAP_BPF",
          "CAP_CHECKPOINT_RESTORE");

  /** CLONE_NEW* flags (linux/sched.h) under systemd's names. */
  private static final Map<String, Long> NAMESPACES =
      ordered(
          Map.entry("cgroup", 0x0200_0000L),
          Map.entry("ipc", 0x0800_0000L),
          Map.entry("net", 0x4000_0000L),
          Map.entry("mnt", 0x0002_0000L),
          Map.entry("pid", 0x2000_0000L),
          Map.entry("user", 0x1000_0000L),
          Map.entry("uts", 0x0400_0000L),
          Map.entry("time", 0x80L));

  /** First version whose RestrictNamespaces knows the time namespace. */
  static final int TIME_NAMESPACE_SINCE = 258;

  /** linux/securebits.h under systemd's names. */
  static final Map<String, Long> SECURE_BITS =
      ordered(
          Map.entry("noroot", 1L),
          Map.entry("noroot-locked", 2L),
          Map.entry("no-setuid-fixup", 4L),
          Map.entry("no-setuid-fixup-locked", 8L),
          Map.entry("keep-caps", 16L),
          Map.entry("keep-caps-locked", 32L));

  /** MS_* flags (linux/mount.h). */
  static final Map<String, Long> MOUNT_FLAGS =
      ordered(
          Map.entry("shared", 1L << 20),
          Map.entry("slave", 1L << 19),
          Map.entry("private", 1L << 18));

  private static final SortedSet<String> ALL_CAPABILITIES =
      SortedItems.copyOf(CAPABILITIES.keySet());

  private Masks() {}

  /** The names of the bits that are set. */
  static SortedSet<String> names(Map<String, Long> vocabulary, long bits) {
    var names = new TreeSet<>(vocabulary.keySet());
    names.removeIf(name -> (bits & vocabulary.getOrDefault(name, 0L)) == 0);
    return names;
  }

  /** The lines of a mask directive, in order, as systemd folds them. */
  static SortedSet<String> fold(Map<String, Long> vocabulary, List<String> lines) {
    var names = new TreeSet<String>();
    for (String line : lines) {
      List<String> words = Unquoting.splitPlain(line);
      if (words.isEmpty()) {
        names.clear();
      }
      names.addAll(checked(words, vocabulary));
    }
    return names;
  }

  /**
   * @param initial what holds before the first line: everything for the bounding set, nothing for
   *     the ambient set
   */
  static SortedSet<String> foldCapabilities(List<String> lines, boolean initial) {
    SortedSet<String> all = ALL_CAPABILITIES;
    SortedSet<String> current = initial ? all : SortedItems.none();
    boolean untouched = true;
    for (String any : lines) {
      // Names are read whatever their case is.
      String line = any.toUpperCase(Locale.ROOT);
      boolean inverted = line.startsWith("~");
      List<String> words =
          checked(Unquoting.splitPlain(inverted ? line.substring(1) : line), CAPABILITIES);
      var next = new TreeSet<String>();
      if (words.isEmpty() || untouched) {
        next.addAll(inverted ? all : words);
      } else {
        next.addAll(current);
        if (!inverted) {
          next.addAll(words);
        }
      }
      if (inverted) {
        words.forEach(next::remove);
      }
      current = next;
      untouched = initial ? current.equals(all) : current.isEmpty();
    }
    return current;
  }

  /** The same of RestrictNamespaces, where what is named may be what is denied. */
  static SortedSet<String> foldNamespaces(List<String> lines, int systemdVersion) {
    Map<String, Long> vocabulary = namespaces(systemdVersion);
    var all = new TreeSet<>(vocabulary.keySet());
    var current = new TreeSet<>(all);
    boolean initial = true;
    for (String line : lines) {
      String word = Numbers.word(line);
      if (line.isEmpty() || word.equals("no")) {
        current = new TreeSet<>(all);
        initial = line.isEmpty();
        continue;
      }
      if (word.equals("yes")) {
        current.clear();
        initial = false;
        continue;
      }
      boolean inverted = line.startsWith("~");
      List<String> words =
          checked(Unquoting.splitPlain(inverted ? line.substring(1) : line), vocabulary);
      if (initial && !inverted) {
        current.clear();
      }
      if (inverted) {
        words.forEach(current::remove);
      } else {
        current.addAll(words);
      }
      initial = false;
    }
    return current;
  }

  private static List<String> checked(List<String> words, Map<String, Long> vocabulary) {
    for (String word : words) {
      if (!vocabulary.containsKey(word)) {
        throw new IllegalArgumentException("unknown: " + word);
      }
    }
    return words;
  }

  /** The namespaces that this version can restrict. */
  static Map<String, Long> namespaces(int systemdVersion) {
    var bits = new LinkedHashMap<>(NAMESPACES);
    if (systemdVersion < TIME_NAMESPACE_SINCE) {
      bits.remove("time");
    }
    return bits;
  }

  private static Map<String, Long> numbered(String... names) {
    var bits = new LinkedHashMap<String, Long>();
    for (String name : names) {
      bits.put(name, 1L << bits.size());
    }
    return Collections.unmodifiableMap(bits);
  }

  @SafeVarargs
  private static Map<String, Long> ordered(Map.Entry<String, Long>... entries) {
    var map = new LinkedHashMap<String, Long>();
    Arrays.stream(entries).forEach(e -> map.put(e.getKey(), e.getValue()));
    return Collections.unmodifiableMap(map);
  }
}
