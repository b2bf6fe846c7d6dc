package dev.sandbar.core.property;

import dev.sandbar.core.property.DirectiveOverride.Ladder;
import dev.sandbar.core.property.DirectiveOverride.Rung;
import java.util.List;

/** The words of directives that close something in steps (systemd.exec(5)). */
final class Rungs {

  private static final String OPEN = "use mode: Open";

  static final Ladder SYSTEM =
      new Ladder(List.of(rung("no"), rung("yes"), rung("full"), rung("strict")), OPEN);
  static final Ladder HOME =
      new Ladder(List.of(rung("no"), rung("read-only"), rung("tmpfs"), rung("yes")), OPEN);
  static final Ladder TMP =
      new Ladder(List.of(rung("no"), rung("yes"), new Rung("disconnected", 257)), OPEN);
  static final Ladder CGROUPS =
      new Ladder(List.of(rung("no"), rung("yes"), new Rung("strict", 257)), OPEN);

  private Rungs() {}

  private static Rung rung(String word) {
    return new Rung(word, 0);
  }
}
