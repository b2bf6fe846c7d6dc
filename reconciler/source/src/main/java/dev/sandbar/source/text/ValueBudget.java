package dev.sandbar.source.text;

/** Counts the values of one file against the limit. */
final class ValueBudget {
  private final TextLimits limits;
  private int used;

  ValueBudget(TextLimits limits) {
    this.limits = limits;
  }

  TextLimits limits() {
    return limits;
  }

  /** Takes one value; false if none is left. */
  boolean take() {
    used++;
    return used <= limits.maxValues();
  }
}
