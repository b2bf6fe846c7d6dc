package dev.sandbar.core.attest;

import java.util.List;

/** What the kernel shows of one directive. */
public sealed interface Finding {

  /** Of a list that is shown to people. */
  int MOST_SHOWN = 4;

  /** For people. */
  String shown();

  /** It holds. */
  record Holds(String shown) implements Finding {}

  /** It does not, or not wholly. */
  record Lacks(String shown) implements Finding {}

  /** Nothing that can be read shows it. */
  record Silent(String shown) implements Finding {}

  static Finding of(boolean holds, String shown) {
    return holds ? new Holds(shown) : new Lacks(shown);
  }

  /** Both have to hold. */
  default Finding and(Finding other) {
    String both =
        shown().isEmpty() || other.shown().isEmpty() || shown().equals(other.shown())
            ? shown() + (shown().equals(other.shown()) ? "" : other.shown())
            : shown() + "; " + other.shown();
    if (this instanceof Lacks && other instanceof Lacks) {
      return new Lacks(both);
    }
    if (this instanceof Lacks || other instanceof Lacks) {
      return new Lacks(this instanceof Lacks ? shown() : other.shown());
    }
    return this instanceof Silent || other instanceof Silent ? new Silent(both) : new Holds(both);
  }

  /** The first few, and how many more there are. */
  static String few(List<String> names) {
    String shown = String.join(", ", names.subList(0, Math.min(MOST_SHOWN, names.size())));
    int more = names.size() - MOST_SHOWN;
    return more > 0 ? shown + " and " + more + " more" : shown;
  }
}
