package dev.sandbar.cli.fleet;

import dev.sandbar.cli.terminal.Page;
import dev.sandbar.core.model.Node;
import java.util.List;

/** Something to show: once for people, once for machines. */
public interface FleetView {
  /** For people. */
  Page page();

  /** For machines: stable. */
  Node document();

  /** What limits the answer, said beside it. */
  List<String> notes();
}
