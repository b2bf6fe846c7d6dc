package dev.sandbar.core.property;

import dev.sandbar.core.property.DirectiveOverride.Ladder;
import dev.sandbar.core.property.DirectiveOverride.Rung;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which of two values of a directive closes more. systemd puts the lines of a service and of its
 * drop-ins together (systemd.unit(5)), so that a wall which a drop-in adds is read back with
 * whatever the service has besides.
 */
public final class Tightness {

  /** Lists of what is open: fewer entries close more. */
  private static final Set<String> OF_WHAT_IS_OPEN =
      Set.of("CapabilityBoundingSet", "AmbientCapabilities", "RestrictNamespaces");

  private static final Set<Syntax> LIMITS =
      EnumSet.of(Syntax.LIMIT_SIZE, Syntax.LIMIT_COUNT, Syntax.LIMIT_SECONDS, Syntax.LIMIT_MICROS);

  /** Both limits of setrlimit(2). */
  private static final String NOTHING = "0";

  private Tightness() {}

  /** Whether a value closes all that the wanted one does. */
  public static boolean closes(DirectiveInfo directive, Value wanted, Value found) {
    if (wanted.equals(found)) {
      return true;
    }
    return switch (wanted) {
      case Value.Flag(boolean on) -> !on;
      case Value.Text(String word) ->
          found instanceof Value.Text(String other) && isStronger(directive, other, word);
      case Value.Names(var names) ->
          found instanceof Value.Names(var others)
              && (isOfWhatIsOpen(directive)
                  ? isOpenIn(directive, others, names)
                  : others.containsAll(names));
      case Value.Filter filter -> found instanceof Value.Filter other && refuses(other, filter);
      case Value.Keyed(var entries) ->
          found instanceof Value.Keyed(var others)
              && directive.syntax() == Syntax.DEVICES
              && others.entrySet().stream().allMatch(it -> allows(entries, it));
      case Value.Amount _, Value.Items _ -> false;
    };
  }

  private static boolean isOfWhatIsOpen(DirectiveInfo directive) {
    return OF_WHAT_IS_OPEN.contains(directive.name())
        || directive.syntax() == Syntax.WORDS
        || WallExceptions.listedBy(directive.name()).isPresent();
  }

  /** An empty list of architectures allows all of them. */
  private static boolean isOpenIn(
      DirectiveInfo directive, SortedSet<String> found, SortedSet<String> wanted) {
    if (directive.syntax() == Syntax.WORDS && (found.isEmpty() || wanted.isEmpty())) {
      return wanted.isEmpty();
    }
    return wanted.containsAll(found);
  }

  private static boolean isStronger(DirectiveInfo directive, String word, String than) {
    if (LIMITS.contains(directive.syntax())) {
      return word.equals(NOTHING);
    }
    List<String> steps = steps(directive);
    return steps.contains(than) && steps.indexOf(word) > steps.indexOf(than);
  }

  /** The words of a directive from the weakest to the strongest; none if they have no order. */
  static List<String> steps(DirectiveInfo directive) {
    return directive.override() instanceof Ladder ladder
        ? ladder.words().stream().map(Rung::word).toList()
        : directive.steps();
  }

  /** Whether every name that one list refuses is refused by the other. */
  private static boolean refuses(Value.Filter found, Value.Filter wanted) {
    SortedSet<String> listed = plain(found.names());
    SortedSet<String> names = plain(wanted.names());
    if (wanted.allow()) {
      return found.allow() && names.containsAll(listed);
    }
    if (!found.allow()) {
      return listed.containsAll(names);
    }
    names.retainAll(listed);
    return names.isEmpty();
  }

  /** An entry of a list of system calls may say its own error: {@code name:errno}. */
  private static SortedSet<String> plain(SortedSet<String> names) {
    var plain = new TreeSet<String>();
    names.forEach(name -> plain.add(name.split(":", 2)[0]));
    return plain;
  }

  private static boolean allows(SortedMap<String, String> wanted, Map.Entry<String, String> found) {
    String access = wanted.getOrDefault(found.getKey(), "");
    return found.getValue().chars().allMatch(c -> access.indexOf(c) >= 0);
  }
}
