package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.catalog.Sandbox;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/** System calls, capabilities, namespaces of the app's own, executable memory. */
final class KernelLines {

  private static final String FILTER = "SystemCallFilter";

  /** Groups that the closed default takes out of @system-service. */
  static final List<String> WITHHELD_GROUPS =
      List.of(
          "@privileged",
          "@resources",
          "@keyring",
          "@memlock",
          "@debug",
          "@mount",
          "@obsolete",
          "@cpu-emulation",
          "@clock",
          "@module",
          "@raw-io",
          "@reboot",
          "@swap");

  /**
   * Single calls that it takes out: io_uring opens sockets past every socket filter, the others
   * reach into other processes or make code that no file system flag covers.
   */
  static final List<String> WITHHELD_CALLS =
      List.of(
          "io_uring_setup",
          "io_uring_enter",
          "io_uring_register",
          "userfaultfd",
          "process_vm_readv",
          "process_vm_writev",
          "kcmp",
          "pidfd_getfd",
          "name_to_handle_at",
          "memfd_create");

  /**
   * Taken out unless a port is granted: listen without bind passes SocketBindDeny, and not every
   * systemd can filter bind by port (Debian 12 is built without it). Where bind and listen are
   * taken out, nothing else holds an app back from either: {@link SpareLines} leaves out
   * SocketBindDeny.
   */
  static final List<String> LISTENING = List.of("bind", "listen", "accept", "accept4");

  /** Below 50, at which the kernel's threads for interrupts run (kernel/irq/manage.c). */
  private static final int HIGHEST_PRIORITY = 49;

  /** What an app may lock without a capability (getrlimit(2)). */
  static final String MEMORY_LIMIT = "LimitMEMLOCK";

  /** What a call that is refused returns. */
  static final String ERROR = "SystemCallErrorNumber";

  private KernelLines() {}

  /**
   * @param ownError whether the spec itself says what a refused call returns
   */
  static void write(
      Draft draft,
      Sandbox.Kernel kernel,
      boolean confined,
      boolean ownError,
      Calls asked,
      Resolution why) {
    if (!kernel.foreignCalls()) {
      draft.service(
          "SystemCallArchitectures",
          EscapedText.words("native"),
          why.closed(s -> s.kernel().foreignCalls()));
    }
    if (confined) {
      allowList(draft, kernel.calls(), asked, why);
    } else {
      denyList(draft, kernel.calls(), asked, why);
    }
    if (draft.has(FILTER) && !ownError) {
      draft.service(ERROR, EscapedText.words("EPERM"), why.closed(s -> s.kernel().calls().isAll()));
    }
    capabilities(draft, kernel.capabilities(), confined, why);
    namespaces(draft, kernel.namespaces(), why);
    realtime(draft, kernel.realtime(), confined, why);
    if (!kernel.lockedMemory() && !ClosedMode.locksMemory(asked.allow())) {
      // What mmap(2) and shmctl(2) lock by a flag, no filter on calls sees.
      draft.service(
          MEMORY_LIMIT, EscapedText.words("0"), why.closed(s -> s.kernel().lockedMemory()));
    }
    if (!kernel.writableCode()) {
      draft.yes("MemoryDenyWriteExecute", why.closed(s -> s.kernel().writableCode()));
    }
  }

  /** In closed mode the wall is one of those that every app has. */
  private static void realtime(Draft draft, boolean open, boolean confined, Resolution why) {
    if (open && confined) {
      // Without it a user without privileges gets no priority at all (getrlimit(2)).
      draft.service(
          "LimitRTPRIO",
          EscapedText.words(Integer.toString(HIGHEST_PRIORITY)),
          why.opened(s -> s.kernel().realtime()));
    } else if (!open && !confined) {
      draft.yes("RestrictRealtime", why.closed(s -> s.kernel().realtime()));
    }
  }

  /**
   * Base, then what is withheld, then what is granted, then what the spec denies: with systemd a
   * later line wins over an earlier one.
   */
  private static void allowList(Draft draft, Extent<String> calls, Calls asked, Resolution why) {
    draft.service(FILTER, EscapedText.words("@system-service"), Draft.DEFAULT);
    draft.service(
        FILTER, EscapedText.words("~" + String.join(" ", WITHHELD_GROUPS)), Draft.DEFAULT);
    var withheld = new ArrayList<>(WITHHELD_CALLS);
    withheld.addAll(LISTENING);
    withheld.removeIf(calls::contains);
    draft.service(FILTER, EscapedText.words("~" + String.join(" ", withheld)), Draft.DEFAULT);
    var granted = new ArrayList<>(calls.items());
    granted.removeAll(LISTENING);
    filter(draft, "", granted, why.opened(s -> opens(s, granted)));
    filter(draft, "", asked.allow(), Calls.BECAUSE);
    denied(draft, asked);
  }

  private static boolean opens(Sandbox grant, List<String> calls) {
    return calls.stream().anyMatch(grant.kernel().calls()::contains);
  }

  private static void denyList(Draft draft, Extent<String> calls, Calls asked, Resolution why) {
    filter(draft, "", asked.only(), DirectiveOverrides.BECAUSE);
    SortedSet<String> closed = calls.items();
    filter(draft, "~", List.copyOf(closed), why.closed(s -> s.kernel().calls().isAll()));
    denied(draft, asked);
  }

  private static void denied(Draft draft, Calls asked) {
    filter(draft, "~", asked.deny(), Calls.BECAUSE);
    filter(draft, "~", asked.hatchDeny(), DirectiveOverrides.BECAUSE);
  }

  private static void filter(Draft draft, String sign, List<String> names, String because) {
    if (!names.isEmpty()) {
      draft.service(FILTER, EscapedText.words(sign + String.join(" ", names)), because);
    }
  }

  private static void capabilities(
      Draft draft, Extent<String> capabilities, boolean confined, Resolution why) {
    if (!confined) {
      bounding(draft, capabilities, why);
    } else if (capabilities.isNone()) {
      draft.service("CapabilityBoundingSet", EscapedText.empty(), Draft.DEFAULT);
      draft.service("AmbientCapabilities", EscapedText.empty(), Draft.DEFAULT);
    } else {
      // Ambient, since a program of the app has none of its own (capabilities(7)).
      String because = why.opened(s -> s.kernel().isPrivileged());
      String names = String.join(" ", capabilities.items());
      draft.service("CapabilityBoundingSet", EscapedText.words(names), because);
      draft.service("AmbientCapabilities", EscapedText.words(names), because);
    }
  }

  /** Root has them without being given them, and any other user only what the spec gives it. */
  private static void bounding(Draft draft, Extent<String> capabilities, Resolution why) {
    if (!capabilities.isAll()) {
      draft.service(
          RightsOverrides.BOUNDING,
          EscapedText.words(
              (capabilities.allBut() ? "~" : "") + String.join(" ", capabilities.items())),
          why.closed(s -> s.kernel().capabilities().isAll()));
    }
  }

  private static void namespaces(Draft draft, Extent<String> namespaces, Resolution why) {
    String because =
        why.moved(s -> s.kernel().namespaces().isNone(), s -> s.kernel().namespaces().isAll());
    if (namespaces.isNone()) {
      draft.yes("RestrictNamespaces", because);
    } else if (!namespaces.isAll()) {
      String sign = namespaces.allBut() ? "~" : "";
      draft.service(
          "RestrictNamespaces",
          EscapedText.words(sign + String.join(" ", namespaces.items())),
          because);
    }
  }
}
