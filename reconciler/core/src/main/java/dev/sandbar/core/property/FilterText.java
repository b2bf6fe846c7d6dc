package dev.sandbar.core.property;

import dev.sandbar.core.model.SortedItems;
import dev.sandbar.core.property.Effective.Context;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
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
    var listed = new BitSet();
    var verdicts = new TreeMap<Integer, String>();
    for (String line : lines) {
      if (line.isEmpty()) {
        listed.clear();
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
          listed.or(context.syscalls().of("@default"));
        }
      }
      for (String word : Unquoting.splitPlain(inverted ? line.substring(1) : line)) {
        int colon = word.indexOf(':');
        String verdict = colon < 0 ? "" : word.substring(colon);
        BitSet calls = context.syscalls().of(colon < 0 ? word : word.substring(0, colon));
        if (!verdicts.isEmpty()) {
          calls.stream().forEach(verdicts::remove);
        }
        // In an allow list a call with an error number is refused, so it is not listed.
        if (allow ? !inverted && verdict.isEmpty() : inverted || !verdict.isEmpty()) {
          listed.or(calls);
          if (!verdict.isEmpty()) {
            calls.stream().forEach(call -> verdicts.put(call, verdict));
          }
        } else {
          listed.andNot(calls);
        }
      }
    }
    // Hundreds of names for every app: their places are in order already, so no tree is built.
    var names = new ArrayList<String>(listed.cardinality());
    listed.stream()
        .forEach(
            call -> {
              String name = context.syscalls().name(call);
              names.add(verdicts.isEmpty() ? name : name + verdicts.getOrDefault(call, ""));
            });
    return Optional.of(new Value.Filter(allow, SortedItems.copyOf(names)));
  }
}
