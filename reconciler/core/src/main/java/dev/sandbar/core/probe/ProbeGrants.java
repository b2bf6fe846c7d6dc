package dev.sandbar.core.probe;

import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.compile.ClosedMode;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Named;
import dev.sandbar.core.model.OpenedWall;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a spec grants its app on a device, as far as the kit can try it.
 *
 * @param sandbox what the permissions come to, narrowed by directives
 * @param allowed system calls that the spec asks for by name or group
 * @param denied system calls that it gives up
 * @param opened the sandbox with what {@code raw} opens
 * @param raw what the entries of {@code raw} name: directives, and the words that they open in
 *     lists, groups of system calls expanded
 */
public record ProbeGrants(
    Sandbox sandbox,
    SortedSet<String> allowed,
    SortedSet<String> denied,
    Sandbox opened,
    SortedSet<String> raw) {

  public ProbeGrants {
    allowed = Collections.unmodifiableSortedSet(new TreeSet<>(allowed));
    denied = Collections.unmodifiableSortedSet(new TreeSet<>(denied));
    raw = Collections.unmodifiableSortedSet(new TreeSet<>(raw));
  }

  /** What the spec grants. */
  public static ProbeGrants of(AppSpec app, DeviceFacts facts) {
    SortedSet<String> denied = calls(app.systemCalls().deny(), facts);
    SortedSet<String> allowed = calls(app.systemCalls().allow(), facts);
    allowed.removeAll(denied);
    var raw = new TreeSet<String>();
    for (OpenedWall wall : app.raw()) {
      raw.add(wall.directive());
      List<Named> words =
          wall.values().stream()
              .flatMap(value -> Arrays.stream(value.strip().split(" +")))
              .map(word -> new Named(word, wall.at()))
              .toList();
      raw.addAll(calls(words, facts));
    }
    raw.removeAll(denied);
    return new ProbeGrants(
        Compiler.sandbox(app, facts), allowed, denied, Compiler.opened(app, facts), raw);
  }

  private static SortedSet<String> calls(List<Named> named, DeviceFacts facts) {
    var calls = new TreeSet<String>();
    for (Named one : named) {
      calls.addAll(
          facts.syscallGroups().getOrDefault(one.name(), new TreeSet<>(Set.of(one.name()))));
    }
    return calls;
  }

  /** A group that is allowed does not bring what only a permission opens. */
  private boolean isAllowed(String call) {
    return !sandbox.unconfined() && allowed.contains(call) && !ClosedMode.calls().containsKey(call);
  }

  /** Whether the attempt that this opens may succeed. */
  boolean grants(AttemptOpening opening) {
    return permits(opening)
        || switch (opening) {
          case AttemptOpening.Control _, AttemptOpening.Harmless _ -> true;
          case AttemptOpening.Unpermitted(var things) -> things.stream().anyMatch(raw::contains);
          case AttemptOpening.Permitted permitted -> permitted.isOpenIn(opened);
        };
  }

  /** Whether more than {@code raw} lets it succeed: then no other wall should refuse it. */
  boolean permits(AttemptOpening opening) {
    return switch (opening) {
      case AttemptOpening.Control _, AttemptOpening.Harmless _ -> true;
      case AttemptOpening.Unpermitted(var calls) ->
          sandbox.unconfined() || calls.stream().anyMatch(allowed::contains);
      case AttemptOpening.Call call -> call.isOpenIn(sandbox) || isAllowed(call.name());
      case AttemptOpening.LockedMemory locked ->
          locked.isOpenIn(sandbox) || ClosedMode.locksMemory(allowed);
      case AttemptOpening.Permitted permitted -> permitted.isOpenIn(sandbox);
    };
  }
}
