package dev.sandbar.e2e;

import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the kernel of a bench has to offer at all, multipath TCP for example, and its systemd.
 *
 * @param base attempts of the probe that are open in an app in open mode
 * @param raisesLimits whether systemd gives apps a real-time priority, which takes CAP_SYS_RESOURCE
 */
record OfferedAttempts(SortedSet<String> base, boolean raisesLimits) {

  private static final long RESOURCES = 1L << 24;

  /**
   * The first packets over a network may be lost while its neighbours are strangers to each other,
   * and that says nothing of the kernel.
   */
  private static final List<String> ANYHOW =
      List.of("tcp4-out", "tcp6-out", "udp4-out", "udp6-out", "io-uring-connect");

  /**
   * What an app of the bench found.
   *
   * @param open name of one in open mode with nothing withheld
   */
  static OfferedAttempts of(Workbench bench, String open) {
    SortedSet<String> base = bench.opened(open);
    base.addAll(ANYHOW);
    return new OfferedAttempts(
        Collections.unmodifiableSortedSet(base), (rights(bench, "1", "CapEff") & RESOURCES) != 0);
  }

  /** A set of capabilities of a process, as bits. */
  static long rights(Workbench bench, String pid, String set) {
    return Long.parseUnsignedLong(
        bench.sh("sed -n 's/^%s:[[:space:]]*//p' /proc/%s/status".formatted(set, pid)), 16);
  }

  /**
   * Those of the attempts that can be made here. An app in open mode has no directory of its own
   * unless it asks for one.
   */
  SortedSet<String> of(SortedSet<String> ids) {
    var here = new TreeSet<>(base);
    // An open app is root, whose capabilities are not ambient.
    here.addAll(List.of("ambient-raise", "capabilities-ambient", "nested-proc"));
    // Nor has the agent a socket for it.
    here.add("agent-socket");
    for (String own : AttemptSets.EXECUTE_OWN.split(" ")) {
      if (ids.contains(own)) {
        here.add(own);
      }
    }
    var offered = new TreeSet<>(ids);
    offered.retainAll(here);
    return offered;
  }
}
