package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.model.AppSandbox;
import dev.sandbar.core.model.AppSandbox.Mode;
import dev.sandbar.core.model.AppSandbox.Named;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Nearest;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Checks the system calls that a spec names, against the rules and against the device. */
final class CallReader {

  private final AppSandbox app;
  private final DeviceFacts facts;
  private final Complaints complaints;

  CallReader(AppSandbox app, DeviceFacts facts, Complaints complaints) {
    this.app = app;
    this.facts = facts;
    this.complaints = complaints;
  }

  Calls read(Hatch hatch, Extent<String> open) {
    boolean closed = app.mode() == Mode.CLOSED;
    var allow = new ArrayList<String>();
    for (Named named : app.systemCalls().allow()) {
      if (!known(named)) {
        continue;
      }
      if (!closed) {
        complaints.warning(
            Problem.CONFLICT,
            named.at(),
            "systemCalls.allow: %s is open already in mode: Open".formatted(named.name()),
            "remove it");
        continue;
      }
      CallRules.loosening(named.name())
          .ifPresentOrElse(
              mend ->
                  complaints.error(
                      Problem.LOOSENS_SANDBOX,
                      named.at(),
                      "systemCalls.allow: %s would open what the permissions close"
                          .formatted(named.name()),
                      mend),
              () -> allow.add(named.name()));
    }
    List<String> deny =
        app.systemCalls().deny().stream().filter(this::known).map(Named::name).toList();
    Location hatchAt =
        app.directives().stream()
            .filter(d -> d.name().equals("SystemCallFilter"))
            .findFirst()
            .map(AppSandbox.RawDirective::at)
            .orElse(app.at());
    List<String> hatchDeny =
        new ArrayList<>(
            hatch.deniedCalls().stream().filter(name -> known(new Named(name, hatchAt))).toList());
    List<String> only =
        hatch.callLists().stream().filter(name -> known(new Named(name, hatchAt))).toList();
    if (closed && !only.isEmpty()) {
      hatchDeny.addAll(beyond(only, open, allow));
      only = List.of();
    }
    return new Calls(only, allow, deny, hatchDeny);
  }

  /** The calls that the closed mode leaves open and the list does not name. */
  private List<String> beyond(List<String> only, Extent<String> open, List<String> allow) {
    if (only.contains("@system-service")) {
      return List.of();
    }
    var beyond = new TreeSet<String>();
    beyond.addAll(expanded("@system-service"));
    beyond.addAll(open.items());
    allow.forEach(name -> beyond.addAll(expanded(name)));
    only.forEach(name -> beyond.removeAll(expanded(name)));
    beyond.removeAll(expanded("@default"));
    return List.copyOf(beyond);
  }

  private SortedSet<String> expanded(String name) {
    return facts.syscallGroups().getOrDefault(name, new TreeSet<>(List.of(name)));
  }

  private boolean known(Named named) {
    boolean group = named.name().startsWith("@");
    SortedSet<String> names =
        group ? new TreeSet<>(facts.syscallGroups().keySet()) : facts.knownSyscalls();
    if (names.isEmpty() || names.contains(named.name())) {
      return true;
    }
    complaints.error(
        Problem.INVALID_VALUE,
        named.at(),
        "systemd %d of this device does not know the %s %s"
            .formatted(facts.systemdVersion(), group ? "group" : "system call", named.name()),
        Nearest.to(named.name(), names)
            .map(near -> "did you mean " + near + "?")
            .orElse("remove it"));
    return false;
  }
}
