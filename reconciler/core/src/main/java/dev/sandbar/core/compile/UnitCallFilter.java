package dev.sandbar.core.compile;

import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * What the lines of a unit refuse as system calls: judged by the filter as it ends up, whatever
 * opened or closed a call.
 */
final class UnitCallFilter {

  /**
   * Where bind(2), listen(2) and the like are system calls of their own and nothing else:
   * libseccomp has no number for socketcall(2) there. On every other architecture that one call
   * does the work of all of them, and a filter cannot tell them apart by name; for the same reason
   * systemd does not apply RestrictAddressFamilies there (systemd.exec(5)).
   */
  private static final Set<String> WITHOUT_SOCKETCALL = Set.of("arm", "arm64", "riscv64", "x86-64");

  /** io_uring_enter(2) binds and listens past every filter on system calls. */
  private static final List<String> LISTENING =
      List.of("bind", "listen", "io_uring_setup", "io_uring_enter", "io_uring_register");

  private final List<Directive> lines;
  private final Effective.Context context;

  UnitCallFilter(List<Directive> lines, Effective.Context context) {
    this.lines = List.copyOf(lines);
    this.context = context;
  }

  /** Whether no call of any of these names gets through. */
  boolean refuses(Collection<String> calls) {
    List<String> filter = values("SystemCallFilter");
    return !filter.isEmpty()
        && Effective.of("SystemCallFilter", filter, context)
            .map(
                value ->
                    value instanceof Value.Filter(boolean allow, var names)
                        && calls.stream().allMatch(call -> allow != names.contains(call)))
            .orElse(false);
  }

  boolean refuses(String call) {
    return refuses(List.of(call));
  }

  /**
   * Whether what the filter says of the calls on sockets holds for all that an app can do: it can
   * make no calls of another architecture, and its own has no call for many.
   */
  boolean seesCallsOnSockets() {
    return values("SystemCallArchitectures").equals(List.of("native"))
        && WITHOUT_SOCKETCALL.contains(context.architecture());
  }

  /** Whether no socket of any family is bound or listens, by whatever call. */
  boolean refusesListening() {
    return seesCallsOnSockets() && refuses(LISTENING);
  }

  private List<String> values(String name) {
    var values = new ArrayList<String>();
    for (Directive line : lines) {
      if (line.name().equals(name)) {
        values.add(line.value());
      }
    }
    return values;
  }
}
