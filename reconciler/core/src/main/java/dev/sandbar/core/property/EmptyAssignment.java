package dev.sandbar.core.property;

import dev.sandbar.core.property.Syntax.Kind;
import java.util.EnumSet;
import java.util.Set;

/**
 * What systemd makes of {@code NAME=} without a value, which is not the same for all directives
 * (systemd.exec(5), systemd.unit(5)). The live systemds of the tests are asked for each.
 */
public enum EmptyAssignment {
  /** It takes back the lines before it, as if there were none. */
  RESETS,
  /**
   * The lines before it stay, as with every value that systemd cannot read; with some directives it
   * is so on some versions.
   */
  KEEPS,
  /** It is a value of its own, and not what holds without a line. */
  SAYS;

  private static final Set<Kind> LISTS =
      EnumSet.of(Kind.ITEMS, Kind.NAMES, Kind.KEYED, Kind.FILTER, Kind.MASK);

  private static final Set<Syntax> RESETTING =
      EnumSet.of(
          Syntax.ERRNO,
          Syntax.IO_CLASS,
          Syntax.LABEL,
          Syntax.LINE,
          Syntax.OPAQUE,
          Syntax.PATH,
          Syntax.QUOTA,
          Syntax.ROOT_HASH,
          Syntax.SCHEDULER,
          Syntax.SIZE,
          Syntax.WEIGHT);

  /** What it is for most directives of a syntax. */
  static EmptyAssignment usual(String name, String section, Syntax syntax) {
    boolean list = LISTS.contains(syntax.kind());
    if (list && section.equals("Unit")) {
      // Dependencies are never taken back.
      return name.startsWith("Condition")
              || name.startsWith("Assert")
              || name.equals("Documentation")
          ? RESETS
          : KEEPS;
    }
    return list || RESETTING.contains(syntax) ? RESETS : KEEPS;
  }
}
