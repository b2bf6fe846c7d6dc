package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Named;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Nearest;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Checks the system calls that a spec names, against the rules and against the device. */
final class CallReader {

  private static final int MOST_SHOWN = 16;

  private final AppSpec app;
  private final DeviceFacts facts;
  private final Complaints complaints;

  CallReader(AppSpec app, DeviceFacts facts, Complaints complaints) {
    this.app = app;
    this.facts = facts;
    this.complaints = complaints;
  }

  Calls read(DirectiveOverrides overrides, Extent<String> granted) {
    List<String> deny =
        app.systemCalls().deny().stream().filter(this::known).map(Named::name).toList();
    Location hatchAt =
        app.directives().stream()
            .filter(d -> d.name().equals("SystemCallFilter"))
            .findFirst()
            .map(AppSpec.RawDirective::at)
            .orElse(app.at());
    List<String> hatchDeny = known(overrides.deniedCalls(), hatchAt);
    List<String> only = known(overrides.callLists(), hatchAt);
    List<Named> asked = app.systemCalls().allow().stream().filter(this::known).toList();
    if (app.mode() == Mode.OPEN) {
      asked.forEach(named -> openMode(named, granted));
      only.stream()
          .filter(name -> !granted.contains(name))
          .forEach(
              name ->
                  complaints.error(
                      Problem.LOOSENS_SANDBOX,
                      hatchAt,
                      "directives.SystemCallFilter=%s would open what a withheld permission closes"
                          .formatted(name),
                      "remove it, or the permission that is withheld"));
      return new Calls(only, List.of(), deny, hatchDeny);
    }
    if (asked.isEmpty() && only.isEmpty()) {
      return new Calls(List.of(), List.of(), deny, hatchDeny);
    }
    SortedSet<String> open = openByDefault(granted);
    var allow = new TreeSet<String>();
    asked.forEach(named -> allow.addAll(opened(named, open)));
    var reached = new TreeSet<>(open);
    reached.addAll(allow);
    var taken = new ArrayList<>(hatchDeny);
    taken.addAll(beyond(only, reached, hatchAt));
    return new Calls(List.of(), List.copyOf(allow), deny, taken);
  }

  private void openMode(Named named, Extent<String> granted) {
    boolean withheld =
        !granted.contains(named.name())
            || expanded(named.name()).stream().anyMatch(call -> !granted.contains(call));
    complaints.warning(
        Problem.CONFLICT,
        named.at(),
        withheld
            ? "systemCalls.allow: %s opens nothing that permissions withhold"
                .formatted(named.name())
            : "systemCalls.allow: %s is open already in mode: Open".formatted(named.name()),
        "remove it");
  }

  /** What closed mode leaves open, or a permission opens, by single names. */
  private SortedSet<String> openByDefault(Extent<String> granted) {
    var open = new TreeSet<>(expanded("@system-service"));
    withheld().forEach(open::remove);
    open.addAll(expanded("@default"));
    open.addAll(granted.items());
    return open;
  }

  private SortedSet<String> withheld() {
    var withheld = new TreeSet<>(KernelLines.WITHHELD_CALLS);
    withheld.addAll(KernelLines.LISTENING);
    KernelLines.WITHHELD_GROUPS.forEach(group -> withheld.addAll(expanded(group)));
    return withheld;
  }

  /** The calls that the entry opens; what it asks for and does not get is reported. */
  private SortedSet<String> opened(Named named, SortedSet<String> open) {
    String name = named.name();
    Optional<String> withheldBy = withheldBy(name);
    if (withheldBy.isPresent()) {
      complaints.error(
          Problem.CONFLICT,
          named.at(),
          "systemCalls.allow: %s opens what permissions.%s withholds"
              .formatted(name, withheldBy.get()),
          "remove one of them");
      return new TreeSet<>();
    }
    Optional<String> refused = CallRules.loosening(name, facts.syscallGroups());
    if (refused.isPresent()) {
      complaints.error(
          Problem.LOOSENS_SANDBOX,
          named.at(),
          "systemCalls.allow: %s would open what the permissions close".formatted(name),
          refused.get());
      return new TreeSet<>();
    }
    boolean single = !name.startsWith("@");
    boolean asked = single || CallRules.isAsked(name);
    SortedSet<String> withheld = withheld();
    var opened = new TreeSet<String>();
    var kept = new TreeSet<String>();
    for (String call : expanded(name)) {
      if (!open.contains(call)) {
        boolean closed =
            CallRules.loosening(call, facts.syscallGroups()).isPresent()
                || (!asked && withheld.contains(call));
        (closed ? kept : opened).add(call);
      }
    }
    report(named, opened, kept);
    return opened;
  }

  /** The permission that is withheld by name and closes it. */
  private Optional<String> withheldBy(String name) {
    return app.permissions().requests().entrySet().stream()
        .filter(entry -> entry.getValue().value() instanceof Value.Withheld)
        .map(Map.Entry::getKey)
        .filter(permission -> CallRules.withheldWith(permission).contains(name))
        .map(Permission::key)
        .findFirst();
  }

  private void report(Named named, SortedSet<String> opened, SortedSet<String> kept) {
    if (!kept.isEmpty()) {
      complaints.warning(
          Problem.LOOSENS_SANDBOX,
          named.at(),
          "systemCalls.allow: %s %s; withheld: %s"
              .formatted(
                  named.name(),
                  opened.isEmpty() ? "opens nothing" : "opens the rest of its calls only",
                  shown(kept)),
          "ask for the permission that opens a call, or allow the call by its own name");
    } else if (opened.isEmpty()) {
      complaints.warning(
          Problem.CONFLICT,
          named.at(),
          "systemCalls.allow: %s is open already".formatted(named.name()),
          "remove it");
    }
  }

  /**
   * The open calls that the list of {@code directives} does not name. A list is a ceiling, so a
   * group may hold calls that stay closed; a name of which nothing is open would be a promise not
   * kept.
   */
  private List<String> beyond(List<String> only, SortedSet<String> open, Location at) {
    for (String name : only) {
      Optional<String> instead = CallRules.loosening(name, facts.syscallGroups());
      boolean closed =
          name.startsWith("@")
              ? CallRules.isClosed(name) || expanded(name).stream().noneMatch(open::contains)
              : !open.contains(name);
      if (closed && !facts.syscallGroups().isEmpty()) {
        complaints.error(
            Problem.LOOSENS_SANDBOX,
            at,
            "directives.SystemCallFilter=%s would open what the permissions close".formatted(name),
            instead.orElse(
                "remove it, or ask for it by systemCalls.allow: [" + quoted(name) + "]"));
      }
    }
    if (only.isEmpty()) {
      return List.of();
    }
    var beyond = new TreeSet<>(open);
    only.forEach(name -> beyond.removeAll(expanded(name)));
    beyond.removeAll(expanded("@default"));
    return List.copyOf(beyond);
  }

  private static String shown(SortedSet<String> calls) {
    String first = calls.stream().limit(MOST_SHOWN).collect(Collectors.joining(", "));
    int more = calls.size() - MOST_SHOWN;
    return more > 0 ? first + " and " + more + " more" : first;
  }

  private static String quoted(String name) {
    return name.startsWith("@") ? '"' + name + '"' : name;
  }

  private SortedSet<String> expanded(String name) {
    SortedSet<String> group = facts.syscallGroups().get(name);
    if (group == null) {
      return new TreeSet<>(name.startsWith("@") ? List.of() : List.of(name));
    }
    var calls = new TreeSet<>(group);
    if (!facts.knownSyscalls().isEmpty()) {
      calls.retainAll(facts.knownSyscalls());
    }
    return calls;
  }

  private List<String> known(List<String> names, Location at) {
    return names.stream().filter(name -> known(new Named(name, at))).toList();
  }

  private boolean known(Named named) {
    boolean group = named.name().startsWith("@");
    Set<String> names = group ? facts.syscallGroups().keySet() : facts.knownSyscalls();
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
