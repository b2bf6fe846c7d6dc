package dev.sandbar.core.exposure;

import dev.sandbar.core.property.Value;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The settings of a unit, asked as the checks ask. What is absent has its default.
 *
 * @param groups members of each group of system calls
 * @param knownCalls those that there are on the device's architecture: the tool skips others
 */
record Settings(
    SortedMap<String, Value> values,
    SortedMap<String, SortedSet<String>> groups,
    SortedSet<String> knownCalls) {

  private static final Set<String> OFF = Set.of("", "no");

  /** Whether a switch is on, in whatever strength. */
  boolean on(String directive) {
    return switch (values.get(directive)) {
      case Value.Flag(boolean on) -> on;
      case Value.Text(String text) -> !OFF.contains(text);
      case null -> false;
      case Value.Amount _, Value.Items _, Value.Names _, Value.Filter _, Value.Keyed _ ->
          throw new IllegalArgumentException(directive + " is no switch");
    };
  }

  /** A word; empty if it is not set. */
  String text(String directive) {
    return values.get(directive) instanceof Value.Text(String text) ? text : "";
  }

  /** The entries of a list; empty if it is not set. */
  Collection<String> names(String directive) {
    return switch (values.get(directive)) {
      case Value.Items(List<String> items) -> items;
      case Value.Names(SortedSet<String> names) -> names;
      case Value.Keyed(SortedMap<String, String> entries) -> entries.keySet();
      case Value.Filter(_, SortedSet<String> names) -> names;
      case null -> List.of();
      case Value.Flag _, Value.Text _, Value.Amount _ ->
          throw new IllegalArgumentException(directive + " is no list");
    };
  }

  /** The members of a group that there are. */
  SortedSet<String> members(String group) {
    var members = new TreeSet<>(groups.getOrDefault(group, new TreeSet<>()));
    members.retainAll(knownCalls);
    return members;
  }

  /** Whether a list of what is allowed or denied lets one through. */
  boolean allows(String directive, String name) {
    return !(values.get(directive) instanceof Value.Filter(boolean allow, var names))
        || names.contains(name) == allow;
  }

  /** Whether a list names what is allowed, not what is denied. */
  boolean isAllowList(String directive) {
    return values.get(directive) instanceof Value.Filter(boolean allow, _) && allow;
  }

  boolean isRoot() {
    String user = text("User");
    return !on("DynamicUser") && Set.of("", "0", "root").contains(user);
  }
}
