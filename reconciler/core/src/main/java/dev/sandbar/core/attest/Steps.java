package dev.sandbar.core.attest;

import dev.sandbar.core.attest.CallFilter.UnknownFilterException;

/** How much of a filter may still be explored. */
final class Steps {
  private int left;

  Steps(int most) {
    this.left = most;
  }

  /**
   * Takes some.
   *
   * @throws UnknownFilterException if not so many are left
   */
  void take(int count) {
    if (left < count) {
      left = 0;
      throw new UnknownFilterException("no end within its steps");
    }
    left -= count;
  }
}
