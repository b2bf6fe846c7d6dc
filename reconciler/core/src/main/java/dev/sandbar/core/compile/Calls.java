package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.Sandbox;
import java.util.List;

/**
 * System calls that a spec names itself; deny wins.
 *
 * @param only what alone may be called, from {@code directives}; empty for no such list
 * @param allow names and groups to give back
 * @param deny names and groups to take away
 * @param hatchDeny the same from {@code directives}
 */
record Calls(List<String> only, List<String> allow, List<String> deny, List<String> hatchDeny) {

  static final String BECAUSE = "systemCalls";

  Calls {
    only = List.copyOf(only);
    allow = List.copyOf(allow);
    deny = List.copyOf(deny);
    hatchDeny = List.copyOf(hatchDeny);
  }

  /** The sandbox with what the spec asks for beside its permissions. */
  Sandbox openedIn(Sandbox sandbox) {
    Sandbox.Kernel kernel = sandbox.kernel();
    return sandbox.with(
        new Sandbox.Kernel(
            kernel.calls().join(Extent.only(allow)),
            kernel.capabilities(),
            kernel.namespaces(),
            kernel.foreignCalls(),
            kernel.writableCode(),
            kernel.realtime(),
            kernel.lockedMemory() || ClosedMode.locksMemory(allow)));
  }
}
