package dev.sandbar.core.model;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that somebody probably meant. */
public final class Nearest {

  /** A list that is not longer is shown as a whole. */
  private static final int SHORT = 8;

  private static final int SHOWN = 3;
  private static final int LONGEST = 200;

  private Nearest() {}

  /**
   * The candidate nearest to the name by edit distance, case aside; empty if none is near enough to
   * be a slip. Of equally near ones the first wins, so the answer is stable.
   */
  public static Optional<String> to(String name, Collection<String> candidates) {
    String wanted = plain(name);
    int bound = Math.max(2, wanted.length() / 3);
    Optional<String> best = Optional.empty();
    for (String candidate : candidates) {
      int distance = distance(wanted, plain(candidate), bound);
      if (distance <= bound) {
        best = Optional.of(candidate);
        bound = distance - 1;
      }
    }
    return best;
  }

  /**
   * Help: {@code did you mean X?}, or what there is: of a long list the nearest three.
   *
   * @param all where all of them are to be seen: a command or a page
   */
  public static String help(String name, Collection<String> candidates, String all) {
    return to(name, candidates)
        .map(near -> "did you mean " + near + "?")
        .orElseGet(
            () ->
                candidates.size() <= SHORT
                    ? "known here: " + String.join(", ", candidates)
                    : "the nearest of %d: %s; all: %s"
                        .formatted(
                            candidates.size(), String.join(", ", nearest(name, candidates)), all));
  }

  private static List<String> nearest(String name, Collection<String> candidates) {
    String wanted = plain(name.substring(0, Math.min(name.length(), LONGEST)));
    return candidates.stream()
        .sorted(Comparator.comparingInt(it -> distance(wanted, plain(it), Integer.MAX_VALUE)))
        .limit(SHOWN)
        .toList();
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
  }

  private static int distance(String a, String b, int bound) {
    if (Math.abs(a.length() - b.length()) > bound || a.length() > LONGEST) {
      return Integer.MAX_VALUE;
    }
    int[] previous = new int[b.length() + 1];
    int[] current = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(change, Math.min(previous[j], current[j - 1]) + 1);
      }
      int[] spare = previous;
      previous = current;
      current = spare;
    }
    return previous[b.length()];
  }
}
