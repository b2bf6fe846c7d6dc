package dev.sandbar.core.property;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Bit masks as names: bits without a name are dropped, because versions set them differently. */
final class Masks {

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
  private static final int TIME_NAMESPACE_SINCE = 258;

  /** linux/securebits.h under systemd's names. */
  private static final Map<String, Long> SECURE_BITS =
      ordered(
          Map.entry("noroot", 1L),
          Map.entry("noroot-locked", 2L),
          Map.entry("no-setuid-fixup", 4L),
          Map.entry("no-setuid-fixup-locked", 8L),
          Map.entry("keep-caps", 16L),
          Map.entry("keep-caps-locked", 32L));

  /** MS_* flags (linux/mount.h). */
  private static final Map<String, Long> MOUNT_FLAGS =
      ordered(
          Map.entry("shared", 1L << 20),
          Map.entry("slave", 1L << 19),
          Map.entry("private", 1L << 18));

  private Masks() {}

  static SortedSet<String> names(Syntax syntax, long bits, int systemdVersion) {
    var names = new TreeSet<String>();
    vocabulary(syntax, systemdVersion)
        .forEach(
            (name, bit) -> {
              if ((bits & bit) != 0) {
                names.add(name);
              }
            });
    return names;
  }

  /** The lines of a mask directive, in order, as systemd folds them. */
  static SortedSet<String> fold(Syntax syntax, List<String> lines, int systemdVersion) {
    return switch (syntax) {
      case CAPABILITIES -> throw new IllegalArgumentException("needs its initial value");
      case NAMESPACES -> foldNamespaces(lines, systemdVersion);
      default -> {
        var names = new TreeSet<String>();
        for (String line : lines) {
          List<String> words = Unquoting.splitPlain(line);
          if (words.isEmpty()) {
            names.clear();
          }
          names.addAll(checked(words, vocabulary(syntax, systemdVersion)));
        }
        yield names;
      }
    };
  }

  /**
   * @param initial what holds before the first line: everything for the bounding set, nothing for
   *     the ambient set
   */
  static SortedSet<String> foldCapabilities(List<String> lines, boolean initial) {
    var all = new TreeSet<>(Capabilities.NAMES);
    SortedSet<String> current = initial ? all : Collections.emptySortedSet();
    boolean untouched = true;
    for (String line : lines) {
      boolean inverted = line.startsWith("~");
      List<String> words =
          checked(
              Unquoting.splitPlain(inverted ? line.substring(1) : line),
              vocabulary(Syntax.CAPABILITIES, 0));
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

  private static SortedSet<String> foldNamespaces(List<String> lines, int systemdVersion) {
    Map<String, Long> vocabulary = vocabulary(Syntax.NAMESPACES, systemdVersion);
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

  private static Map<String, Long> vocabulary(Syntax syntax, int systemdVersion) {
    return switch (syntax) {
      case CAPABILITIES -> {
        var bits = new LinkedHashMap<String, Long>();
        for (int i = 0; i < Capabilities.NAMES.size(); i++) {
          bits.put(Capabilities.NAMES.get(i), 1L << i);
        }
        yield bits;
      }
      case NAMESPACES -> {
        var bits = new LinkedHashMap<>(NAMESPACES);
        if (systemdVersion < TIME_NAMESPACE_SINCE) {
          bits.remove("time");
        }
        yield bits;
      }
      case SECURE_BITS -> SECURE_BITS;
      case MOUNT_FLAGS -> MOUNT_FLAGS;
      default -> throw new IllegalArgumentException("not a mask: " + syntax);
    };
  }

  @SafeVarargs
  private static Map<String, Long> ordered(Map.Entry<String, Long>... entries) {
    var map = new LinkedHashMap<String, Long>();
    Arrays.stream(entries).forEach(e -> map.put(e.getKey(), e.getValue()));
    return Collections.unmodifiableMap(map);
  }
}
