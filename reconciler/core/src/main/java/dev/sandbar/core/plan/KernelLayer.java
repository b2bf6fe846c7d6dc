package dev.sandbar.core.plan;

import dev.sandbar.core.attest.Finding;
import dev.sandbar.core.attest.KernelChecks;
import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.attest.KernelFacts.ProcessFacts;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Directive;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Evidence;
import dev.sandbar.core.property.Value;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the kernel holds of directives that shape the app's mounts, its limits, its cgroup and its
 * system call filters: somebody with root can change it under a unit that systemd still reports as
 * declared. Filters nobody changes, but the app may have been started under others.
 */
final class KernelLayer {

  private static final Set<Evidence> HELD =
      EnumSet.of(
          Evidence.MOUNTS,
          Evidence.LIMITS,
          Evidence.CGROUP_FILES,
          Evidence.CGROUP,
          Evidence.DIRECTORY_SIZE,
          Evidence.OOM_SCORE);

  private static final Set<Evidence> FILTERED =
      EnumSet.of(Evidence.SECCOMP_FILTER, Evidence.EXECUTION_FILTER);

  private static final String FILTER = "SystemCallFilter";

  /** Without its mount a program cannot be started any more; nothing is opened by that. */
  private static final String CLOSES = "ExecPaths";

  private static final String MOUNTS = "mnt";

  private KernelLayer() {}

  static void compare(CompiledApp desired, ObservedUnit observed, List<Difference> out) {
    KernelFacts kernel = observed.kernel();
    if (kernel.escaped() != 0 && observed.loaded().activeState().equals("active")) {
      out.add(
          new Difference(
              desired.unit(),
              Subject.Processes.ESCAPED,
              "in its cgroup",
              "process " + kernel.escaped() + " is in another one"));
    }
    if (!ProcessLayer.runs(observed) || kernel.processes().isEmpty()) {
      return;
    }
    var checks = new KernelChecks(kernel, desired.kernel().nests());
    held(desired, kernel, checks, out);
    kept(desired, kernel, out);
    if (!ProcessLayer.isReloading(desired, observed)) {
      strangers(desired, kernel, out);
    }
    OutsideLayer.compare(desired, kernel, out);
    linked(desired, kernel, out);
    SocketsLayer.compare(desired, kernel.outside().sockets(), out);
    ProxyLayer.compare(desired, kernel.outside().proxy(), out);
    SettingsLayer.compare(desired, kernel.outside().settings(), out);
    RulesLayer.compare(desired, kernel.outside(), out);
    if (checks.isFrozen()) {
      out.add(new Difference(desired.unit(), Subject.Processes.FROZEN, "no", "yes"));
    }
    ProcessFacts main = kernel.processes().getFirst();
    if (main.stopped()) {
      out.add(
          new Difference(
              desired.unit(),
              Subject.Processes.STOPPED,
              "no",
              "process " + main.pid() + " was stopped by a signal"));
    }
    // Beside the mounts of the drop-in there are those of the service.
    List<String> mounts =
        makesMounts(desired) || desired.spec().run().adopts()
            ? List.of()
            : checks.foreignMounts(desired.effective());
    if (!mounts.isEmpty()) {
      out.add(new Difference(desired.unit(), Subject.Processes.MOUNT, "none", Finding.few(mounts)));
    }
  }

  /** Every namespace has the loopback interface: without one nothing was read. */
  private static void linked(CompiledApp desired, KernelFacts kernel, List<Difference> out) {
    SortedSet<String> links = kernel.outside().links();
    if (!desired.link().isEmpty() && !links.isEmpty() && !links.contains(desired.link())) {
      out.add(
          new Difference(
              desired.unit(),
              Subject.State.LINKED,
              desired.link(),
              "only " + String.join(" ", links)));
    }
  }

  /** An app that may make mount namespaces mounts in its own what it likes. */
  private static boolean makesMounts(CompiledApp desired) {
    return !(desired.effective().get("RestrictNamespaces") instanceof Value.Names(var allowed)
        && !allowed.contains("mnt"));
  }

  /**
   * Processes that live in other namespaces than the main process of an app that may make none: as
   * well confined as they may be, the app did not start them.
   */
  private static void strangers(CompiledApp desired, KernelFacts kernel, List<Difference> out) {
    if (!(desired.effective().get("RestrictNamespaces") instanceof Value.Names(var allowed))
        || !allowed.isEmpty()
        || out.stream().anyMatch(it -> it.subject() == Subject.Processes.FOREIGN)) {
      return;
    }
    ProcessFacts main = kernel.processes().getFirst();
    List<String> strangers =
        kernel.processes().stream()
            .filter(it -> !it.namespaces().equals(main.namespaces()))
            .filter(it -> !isOfACommand(desired, it, main, kernel))
            .map(it -> it.pid() + " (" + it.command() + ")")
            .toList();
    if (!strangers.isEmpty()) {
      out.add(
          new Difference(
              desired.unit(),
              Subject.Processes.FOREIGN,
              "in the sandbox",
              Finding.few(strangers) + ": in other namespaces"));
    }
  }

  /**
   * Whether it may be what another command of a service has left behind: systemd gives the mounts
   * of a service to each command again (systemd.exec(5)). One with the mounts of the device is
   * none.
   */
  private static boolean isOfACommand(
      CompiledApp desired, ProcessFacts process, ProcessFacts main, KernelFacts kernel) {
    String ofDevice = kernel.deviceNamespaces().getOrDefault(MOUNTS, "");
    var others = new TreeMap<>(process.namespaces());
    String own = others.getOrDefault(MOUNTS, "");
    others.put(MOUNTS, main.namespaces().getOrDefault(MOUNTS, ""));
    return desired.spec().run().adopts()
        && !ofDevice.isEmpty()
        && !own.equals(ofDevice)
        && others.equals(main.namespaces());
  }

  /** What the unit leaves to the call filter alone. */
  private static void kept(CompiledApp desired, KernelFacts kernel, List<Difference> out) {
    var subject = new Subject.Held(FILTER);
    if (out.stream().anyMatch(it -> it.subject().equals(subject))) {
      return;
    }
    desired
        .heldByFilter()
        .forEach(
            (name, calls) -> {
              if (kernel.filters().refusing(calls) instanceof Finding.Lacks lacks) {
                out.add(
                    new Difference(
                        desired.unit(),
                        subject,
                        name + " " + ShownValues.alone(new Value.Names(calls)),
                        lacks.shown()));
              }
            });
  }

  private static void held(
      CompiledApp desired, KernelFacts kernel, KernelChecks checks, List<Difference> out) {
    var names = new TreeSet<String>();
    for (Directive line : desired.directives()) {
      names.add(line.name());
    }
    // What the manager has loaded otherwise, the kernel cannot hold as declared.
    for (Difference difference : out) {
      if (difference.subject() instanceof Subject.Property(String name)) {
        names.remove(name);
      }
    }
    for (String name : names) {
      Value value = desired.effective().get(name);
      Set<Evidence> evidence =
          DirectiveTable.find(name).map(DirectiveInfo::evidence).orElse(Set.of());
      if (value == null || Effective.isOff(name, value)) {
        continue;
      }
      if (evidence.stream().anyMatch(FILTERED::contains)
          && kernel.filters().of(name, value) instanceof Finding.Lacks lacks) {
        out.add(
            new Difference(
                desired.unit(), new Subject.Held(name), ShownValues.alone(value), lacks.shown()));
      }
      if (name.equals(CLOSES)
          // Looked for below the root of each process, which finds more.
          || evidence.contains(Evidence.HIDDEN_PATHS)) {
        continue;
      }
      for (Evidence one : evidence) {
        if (one == Evidence.MOUNTS && makesMounts(desired)) {
          continue;
        }
        // ProcessLayer compares it with the device's own; here, with the one that has the name.
        boolean named = one == Evidence.NETWORK_NAMESPACE && value instanceof Value.Text;
        if ((HELD.contains(one) || named)
            && checks.of(one, name, value) instanceof Finding.Lacks lacks) {
          out.add(
              new Difference(
                  desired.unit(), new Subject.Held(name), ShownValues.alone(value), lacks.shown()));
        }
      }
    }
  }
}
