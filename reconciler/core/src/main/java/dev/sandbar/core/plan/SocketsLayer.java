package dev.sandbar.core.plan;

import dev.sandbar.core.compile.BrokerSocket;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.SocketDirectory;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The directories in which an app makes sockets for others, and in which the agent has one for it.
 * Somebody with root can open it to more, and take it away.
 */
final class SocketsLayer {

  private static final String MISSING = "missing";
  private static final String NOTHING = "(none)";

  private SocketsLayer() {}

  /**
   * @param seen path to what it is; empty if nothing was read
   */
  static void compare(CompiledApp desired, SortedMap<String, String> seen, List<Difference> out) {
    if (seen.isEmpty()) {
      return;
    }
    var declared = new TreeMap<String, String>();
    SocketDirectory.of(desired.spec()).ifPresent(it -> declared.putAll(it.declared()));
    BrokerSocket.of(desired.spec()).ifPresent(it -> declared.putAll(it.declared()));
    declared.forEach(
        (path, state) -> different(desired, path, state, seen.getOrDefault(path, MISSING), out));
    seen.forEach(
        (path, state) ->
            different(desired, path, declared.getOrDefault(path, NOTHING), state, out));
  }

  private static void different(
      CompiledApp desired, String path, String declared, String seen, List<Difference> out) {
    var difference = new Difference(desired.unit(), new Subject.Sockets(path), declared, seen);
    if (!declared.equals(seen) && !out.contains(difference)) {
      out.add(difference);
    }
  }
}
