package dev.sandbar.core.property;

import dev.sandbar.core.property.Effective.Context;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Allow and deny lists: the first line fixes which of the two it is, later lines add to it or take
 * from it, in order.
 */
final class FilterText {

  private FilterText() {}

  static Value families(List<String> lines) {
    boolean started = false;
    boolean allow = false;
    var names = new TreeSet<String>();
    for (String line : lines) {
      if (line.isEmpty() || line.equals("none")) {
        names.clear();
        started = false;
        allow = line.equals("none");
        continue;
      }
      boolean inverted = line.startsWith("~");
      if (!started) {
        started = true;
        allow = !inverted;
      }
      for (String word : Unquoting.splitPlain(inverted ? line.substring(1) : line)) {
        String family = Vocabulary.family(word);
        if (allow != inverted) {
          names.add(family);
        } else {
          names.remove(family);
        }
      }
    }
    return new Value.Filter(allow, names);
  }

  static Optional<Value> plain(List<String> lines) {
    boolean started = false;
    boolean allow = false;
    var names = new TreeSet<String>();
    for (String line : lines) {
      if (line.isEmpty()) {
        names.clear();
        started = false;
        allow = false;
        continue;
      }
      boolean inverted = line.startsWith("~");
      if (!started) {
        started = true;
        allow = !inverted;
      }
      for (String word : Unquoting.splitPlain(inverted ? line.substring(1) : line)) {
        if (word.startsWith("@")) {
          return Optional.empty();
        }
        if (allow != inverted) {
          names.add(word);
        } else {
          names.remove(word);
        }
      }
    }
    return Optional.of(new Value.Filter(allow, names));
  }

  static Optional<Value> syscalls(DirectiveInfo directive, List<String> lines, Context context) {
    boolean started = false;
    boolean allow = false;
    var verdicts = new TreeMap<String, String>();
    for (String line : lines) {
      if (line.isEmpty()) {
        verdicts.clear();
        started = false;
        allow = false;
        continue;
      }
      boolean inverted = line.startsWith("~");
      if (!started) {
        started = true;
        allow = !inverted;
        // SystemCallLog has no such implied group.
        if (allow && directive.name().equals("SystemCallFilter")) {
          expand("@default", context).forEach(n -> verdicts.put(n, ""));
        }
      }
      for (String word : Unquoting.splitPlain(inverted ? line.substring(1) : line)) {
        int colon = word.indexOf(':');
        String verdict = colon < 0 ? "" : word.substring(colon);
        for (String name : expand(colon < 0 ? word : word.substring(0, colon), context)) {
          // In an allow list a call with an error number is refused, so it is not listed.
          if (allow ? !inverted && verdict.isEmpty() : inverted || !verdict.isEmpty()) {
            verdicts.put(name, verdict);
          } else {
            verdicts.remove(name);
          }
        }
      }
    }
    var names = new TreeSet<String>();
    verdicts.forEach((name, verdict) -> names.add(name + verdict));
    return Optional.of(new Value.Filter(allow, names));
  }

  private static SortedSet<String> expand(String word, Context context) {
    SortedSet<String> group = context.syscallGroups().get(word);
    if (word.startsWith("@") && group == null) {
      throw new IllegalArgumentException("not a system call group of this device: " + word);
    }
    var names = new TreeSet<String>();
    (group == null ? List.of(word) : group)
        .forEach(
            n -> {
              if (context.knownSyscalls().contains(n)) {
                names.add(n);
              }
            });
    return names;
  }
}
