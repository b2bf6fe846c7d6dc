package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.catalog.Sandbox;

/** What /proc shows (systemd.exec(5), ProtectProc= and ProcSubset=). */
final class ProcLines {

  private ProcLines() {}

  static void write(Draft draft, Sandbox.Proc proc, Resolution why) {
    if (!proc.others()) {
      draft.service(
          "ProtectProc", EscapedText.words("invisible"), why.closed(s -> s.proc().others()));
    }
    if (!proc.system()) {
      draft.service("ProcSubset", EscapedText.words("pid"), why.closed(s -> s.proc().system()));
    }
  }
}
