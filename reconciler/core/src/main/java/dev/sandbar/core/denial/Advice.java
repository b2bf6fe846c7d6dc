package dev.sandbar.core.denial;

import java.util.List;

/**
 * What opens something that a sandbox refuses.
 *
 * @param wishes permissions, each of which does
 * @param help what to do where none does, or beside it; as a sentence without its period, or empty
 */
record Advice(List<Wish> wishes, String help) {

  /** It is nothing that the sandbox refuses. */
  static final Advice NONE = new Advice(List.of(), "");

  Advice {
    wishes = List.copyOf(wishes);
  }

  static Advice of(List<Wish> wishes) {
    return new Advice(wishes, "");
  }

  static Advice of(Wish wish) {
    return of(List.of(wish));
  }

  /** No permission does. */
  static Advice help(String help) {
    return new Advice(List.of(), help);
  }

  boolean isRefusal() {
    return !wishes.isEmpty() || !help.isEmpty();
  }
}
