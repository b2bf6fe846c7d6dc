package dev.sandbar.cli;

import dev.sandbar.core.model.Nearest;
import java.util.Collection;

/** Says what a mistyped word was probably meant to be. */
final class Similar {
  private Similar() {}

  /** {@code Did you mean X? }, or nothing. */
  static String help(String word, Collection<String> names) {
    return Nearest.to(word, names).map(name -> "Did you mean " + name + "? ").orElse("");
  }
}
