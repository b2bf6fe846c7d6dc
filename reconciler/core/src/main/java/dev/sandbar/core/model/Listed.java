package dev.sandbar.core.model;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * What the owner of a device lists for apps.
 *
 * @param <T> what is listed
 */
public sealed interface Listed<T> {

  /** These alone. */
  record Only<T>(SortedSet<T> all) implements Listed<T> {
    public Only {
      all = Collections.unmodifiableSortedSet(new TreeSet<>(all));
    }
  }

  /** Every one that an app can ask for: the device itself has the last word. */
  record Any<T>() implements Listed<T> {}

  /** None. */
  static <T> Listed<T> none() {
    return new Only<>(Collections.emptySortedSet());
  }

  /** Whether everything is listed, or one that is as the predicate says. */
  default boolean has(Predicate<T> wanted) {
    return switch (this) {
      case Any<T>() -> true;
      case Only<T>(var all) -> all.stream().anyMatch(wanted);
    };
  }
}
