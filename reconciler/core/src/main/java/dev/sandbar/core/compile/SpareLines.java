package dev.sandbar.core.compile;

import dev.sandbar.core.property.Effective;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Leaves out lines that cost time at every start, or the start itself, and hold nothing that
 * another line of the same unit does not hold.
 *
 * <p>{@code SocketBindDeny=any} is such a line: systemd loads two BPF programs for it in PID 1, for
 * one unit after the other, which takes longer than all else of a start. The kernel runs them in
 * bind(2) on IPv4 and IPv6 sockets only, so where the system call filter refuses bind and listen of
 * every family they never run.
 *
 * <p>Nor does an IPC namespace hold more than a filter that refuses all calls on what it separates;
 * with one, systemd cannot start an image with a root hash.
 */
final class SpareLines {

  private static final String DENY = "SocketBindDeny";

  private SpareLines() {}

  /**
   * The unit without them.
   *
   * @param kept the other lines
   * @param heldByFilter what was left out because the system call filter refuses every call that it
   *     is about: directive to these calls
   */
  record Checked(List<Directive> kept, SortedMap<String, SortedSet<String>> heldByFilter) {
    Checked {
      kept = List.copyOf(kept);
      heldByFilter = Collections.unmodifiableSortedMap(new TreeMap<>(heldByFilter));
    }
  }

  static Checked leaveOut(List<Directive> lines, Effective.Context context, DeviceFacts facts) {
    var held = new TreeMap<String, SortedSet<String>>();
    if (!facts.has(Feature.SECCOMP)) {
      return new Checked(lines, held);
    }
    var filter = new UnitCallFilter(lines, context);
    if (VerityLines.isIpcNamespaceOfImage(lines)) {
      SortedSet<String> ipc = VerityLines.ipcCalls(facts);
      if (filter.refuses(ipc)) {
        held.put(VerityLines.IPC_NAMESPACE, ipc);
      }
    }
    if (has(lines, DENY) && !has(lines, "SocketBindAllow") && filter.refusesListening()) {
      held.put(DENY, Collections.unmodifiableSortedSet(new TreeSet<>(List.of("bind", "listen"))));
    }
    var kept = new ArrayList<>(lines);
    kept.removeIf(line -> held.containsKey(line.name()));
    return new Checked(kept, held);
  }

  private static boolean has(List<Directive> lines, String name) {
    for (Directive line : lines) {
      if (line.name().equals(name)) {
        return true;
      }
    }
    return false;
  }
}
