package dev.sandbar.core.plan;

import dev.sandbar.core.property.Value;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Two values that differ, as people read them: of long lists only the parts that differ, of
 * variables only the names.
 */
record ShownValues(String declared, String observed) {

  /** A list up to this length is shown whole. */
  private static final int WHOLE = 8;

  static ShownValues of(Value declared, Value observed) {
    return switch (declared) {
      case Value.Filter(boolean allow, SortedSet<String> names)
          when observed instanceof Value.Filter(boolean otherAllow, SortedSet<String> others)
              && allow == otherAllow ->
          lists(word(allow), names, others);
      case Value.Names(SortedSet<String> names)
          when observed instanceof Value.Names(SortedSet<String> others) ->
          lists("", names, others);
      case Value.Flag _,
          Value.Text _,
          Value.Amount _,
          Value.Items _,
          Value.Names _,
          Value.Filter _,
          Value.Keyed _ ->
          new ShownValues(show(declared), show(observed));
    };
  }

  /**
   * One value that there is no other of the same kind to hold against: a long list by its length.
   */
  static String alone(Value value) {
    return switch (value) {
      case Value.Filter(boolean allow, SortedSet<String> names) -> counted(word(allow), names);
      case Value.Names(SortedSet<String> names) -> counted("", names);
      case Value.Flag _, Value.Text _, Value.Amount _, Value.Items _, Value.Keyed _ -> show(value);
    };
  }

  private static String word(boolean allow) {
    return allow ? "only " : "all but ";
  }

  private static String counted(String prefix, SortedSet<String> names) {
    return prefix + (names.size() <= WHOLE ? join(names) : names.size() + " names");
  }

  /** Variables by name only; one whose value differs says so, its value is never shown. */
  static ShownValues ofSecrets(
      SortedMap<String, String> declared, SortedMap<String, String> observed) {
    var changed = new TreeSet<String>();
    var missing = new TreeMap<>(declared);
    var added = new TreeMap<>(observed);
    declared.forEach(
        (name, digest) -> {
          String other = observed.get(name);
          if (other != null) {
            missing.remove(name);
            added.remove(name);
            if (!other.equals(digest)) {
              changed.add(name);
            }
          }
        });
    return new ShownValues(
        secretNames("with", missing.navigableKeySet(), changed, "as declared"),
        secretNames("with", added.navigableKeySet(), changed, "another value"));
  }

  private static String secretNames(
      String word, SortedSet<String> extra, SortedSet<String> changed, String how) {
    var text = new StringBuilder();
    if (!extra.isEmpty()) {
      text.append(word).append(' ').append(String.join(" ", extra));
    }
    if (!changed.isEmpty()) {
      text.append(text.isEmpty() ? "" : ", ");
      text.append(String.join(" ", changed)).append(": ").append(how);
    }
    return text.isEmpty() ? "(nothing more)" : text.toString();
  }

  private static ShownValues lists(
      String prefix, SortedSet<String> declared, SortedSet<String> observed) {
    if (declared.size() <= WHOLE && observed.size() <= WHOLE) {
      return new ShownValues(prefix + join(declared), prefix + join(observed));
    }
    return new ShownValues(part(prefix, declared, observed), part(prefix, observed, declared));
  }

  private static String part(String prefix, SortedSet<String> own, SortedSet<String> other) {
    var unique = new TreeSet<>(own);
    unique.removeAll(other);
    String count = prefix + own.size() + " names";
    return unique.isEmpty() ? count : count + ", among them " + join(unique);
  }

  private static String join(SortedSet<String> names) {
    return names.isEmpty() ? "(none)" : String.join(" ", names);
  }

  private static String show(Value value) {
    return value.show();
  }
}
