package dev.sandbar.core.learn;

import java.util.Collection;
import java.util.List;

/** Names in a sentence: so many that all are read. */
public final class NameText {

  private static final int MOST = 4;

  private NameText() {}

  /** {@code a, b and c}; of many the first, and how many more. */
  public static String of(Collection<String> names) {
    List<String> all = List.copyOf(names);
    if (all.size() > MOST) {
      return "%s and %d more"
          .formatted(String.join(", ", all.subList(0, MOST - 1)), all.size() - MOST + 1);
    }
    return all.size() < 2
        ? String.join("", all)
        : String.join(", ", all.subList(0, all.size() - 1)) + " and " + all.getLast();
  }
}
