package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What {@code directives:} comes to, checked.
 *
 * @param ceiling what they close; never opens anything
 * @param settings resource limits and service settings by name, checked
 * @param switches of the sandbox that are turned on by name
 * @param words of directives that close something in steps
 * @param paths that are hidden or write-protected, by directive
 * @param callLists lists of system calls that alone are allowed; the ceiling of calls
 * @param deniedCalls names and groups to take away
 * @param namespace network namespace to join; empty for none
 * @param rootImage path of an image; empty for none
 */
record DirectiveOverrides(
    Sandbox ceiling,
    SortedMap<String, String> settings,
    SortedSet<String> switches,
    SortedMap<String, WordOverrides.Word> words,
    SortedMap<String, List<String>> paths,
    List<String> callLists,
    List<String> deniedCalls,
    String namespace,
    String rootImage) {

  static final String BECAUSE = "directives";

  /** What memory that can be locked opens. */
  static final Sandbox LOCKED_MEMORY = lockedMemory(Sandbox.CLOSED.kernel());

  DirectiveOverrides {
    settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
    switches = Collections.unmodifiableSortedSet(new TreeSet<>(switches));
    words = Collections.unmodifiableSortedMap(new TreeMap<>(words));
    paths = Collections.unmodifiableSortedMap(new TreeMap<>(paths));
    callLists = List.copyOf(callLists);
    deniedCalls = List.copyOf(deniedCalls);
  }

  private static Sandbox lockedMemory(Sandbox.Kernel closed) {
    return Sandbox.CLOSED.with(
        new Sandbox.Kernel(
            closed.calls(),
            closed.capabilities(),
            closed.namespaces(),
            closed.foreignCalls(),
            closed.writableCode(),
            closed.realtime(),
            true));
  }

  /** This as one more thing that moves the point. */
  Resolution.Contribution contribution() {
    Sandbox opens =
        namespace.isEmpty()
            ? Sandbox.CLOSED
            : PermissionCatalog.grant(
                Permission.NETWORK_NAMESPACE, new Permissions.Value.Namespace(namespace));
    if (locksMemory(settings.getOrDefault(KernelLines.MEMORY_LIMIT, "0"))) {
      opens = opens.join(LOCKED_MEMORY);
    }
    return new Resolution.Contribution(BECAUSE, opens, ceiling);
  }

  /**
   * Whether memory can be locked with this limit, by flags of calls that ordinary programs make.
   */
  static boolean locksMemory(String limit) {
    return !limit.equals("0");
  }

  /** A limit of no locked memory stands there already. */
  void writeSettings(Draft draft) {
    settings.entrySet().stream()
        .filter(it -> !it.getKey().equals(KernelLines.MEMORY_LIMIT) || !draft.has(it.getKey()))
        .forEach(it -> draft.service(it.getKey(), EscapedText.words(it.getValue()), BECAUSE));
  }

  /** The switches that nothing else has turned on already. */
  void writeSwitches(Draft draft) {
    switches.stream().filter(name -> !draft.has(name)).forEach(name -> draft.yes(name, BECAUSE));
  }

  void writePaths(Draft draft) {
    paths.forEach((name, items) -> draft.service(name, EscapedText.paths(items), BECAUSE));
  }
}
