package dev.sandbar.core.report;

import dev.sandbar.core.attest.ContentChecks;
import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.attest.Finding;
import dev.sandbar.core.attest.Finding.Holds;
import dev.sandbar.core.attest.Finding.Lacks;
import dev.sandbar.core.attest.Finding.Silent;
import dev.sandbar.core.attest.KernelChecks;
import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Directive;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.compile.KernelTuning;
import dev.sandbar.core.compile.MountUnit;
import dev.sandbar.core.compile.NeededModules;
import dev.sandbar.core.compile.PortSocket;
import dev.sandbar.core.compile.RuleTable;
import dev.sandbar.core.model.KernelSetting;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.plan.Differ;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.Subject;
import dev.sandbar.core.plan.Subject.Setting.Kind;
import dev.sandbar.core.plan.Walls;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Evidence;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Sets side by side, for each directive of an app, what was declared, what systemd holds and what
 * the kernel shows. Nothing counts as enforced of which what is read of the kernel says otherwise.
 */
public final class Attestor {

  /** Who may connect to ports, and which ports of destinations are reached: no directive. */
  private static final String FIREWALL = "firewall";

  private static final String ENVIRONMENT = "Environment";

  private final CompiledApp app;
  private final Observation seen;
  private final ObservedUnit observed;
  private final KernelFacts kernel;
  private final List<Difference> differences;
  private final KernelChecks checks;

  private Attestor(
      CompiledApp app,
      Observation seen,
      ObservedUnit observed,
      KernelFacts kernel,
      List<Difference> differences) {
    this.app = app;
    this.seen = seen;
    this.observed = observed;
    this.kernel = kernel;
    this.differences = differences;
    this.checks = new KernelChecks(kernel, app.kernel().nests());
  }

  /**
   * Every directive of the app's unit in the order of its file, those that it leaves to the system
   * call filter, and those that the device cannot hold and the unit leaves out.
   *
   * @param kernel read at the same time as the observation
   */
  public static List<Attested> attest(
      CompiledApp app, Observation seen, KernelFacts kernel, DeviceFacts facts) {
    List<Difference> differences = Differ.app(app, seen, facts.systemdVersion());
    ObservedUnit observed = seen.unit(app.unit());
    return new Attestor(
            Walls.together(app, observed, facts.systemdVersion()),
            seen,
            observed,
            kernel,
            differences)
        .all();
  }

  /**
   * The same by what is in an observation alone.
   *
   * @param seen with the sockets of the app
   * @param observed the unit of the app in it
   * @param differences of the app in this observation
   */
  public static List<Attested> attest(
      CompiledApp app, Observation seen, ObservedUnit observed, List<Difference> differences) {
    return new Attestor(app, seen, observed, observed.kernel(), differences).all();
  }

  private List<Attested> all() {
    var lines = new TreeMap<String, List<String>>();
    var order = new LinkedHashSet<String>();
    for (Directive line : app.directives()) {
      if (!line.section().equals("Install")) {
        order.add(line.name());
        lines.computeIfAbsent(line.name(), _ -> new ArrayList<>()).add(line.value());
      }
    }
    var attested = new ArrayList<Attested>();
    order.forEach(
        name -> attested.add(one(name, String.join(" ", lines.getOrDefault(name, List.of())))));
    app.heldByFilter().forEach((name, calls) -> attested.add(byFilter(name, calls)));
    if (app.tables().stream().anyMatch(table -> table.place() == RuleTable.Place.APP)) {
      attested.add(attested(FIREWALL, "by nftables in the app's network", "", this::firewall));
    }
    KernelTuning.of(app.spec())
        .ifPresent(
            tuning ->
                attested.add(
                    attested(
                        Permission.KERNEL_TUNING.key(),
                        tuning.settings().stream()
                            .map(KernelSetting::toString)
                            .collect(Collectors.joining(" ")),
                        "",
                        () -> settings(Kind.SETTING, "/proc/sys"))));
    NeededModules.of(app.spec())
        .ifPresent(
            needed ->
                attested.add(
                    attested(
                        Permission.KERNEL_MODULES.key(),
                        needed.toString(),
                        "",
                        () -> settings(Kind.MODULE, "/sys/module"))));
    PortSocket.of(app.spec())
        .forEach(
            socket ->
                attested.add(
                    attested(
                        Permission.PORTS.key(), socket.port().shown(), "", () -> socket(socket))));
    if (!app.mounts().isEmpty()) {
      attested.add(
          attested(
              Permission.MOUNTS.key(),
              String.join(" ", MountUnit.names(app.spec())),
              "",
              this::mounts));
    }
    app.notEnforced()
        .forEach(
            name ->
                attested.add(
                    new Attested(name, "", "left out of the unit", "", Enforcement.UNSUPPORTED)));
    return List.copyOf(attested);
  }

  private Attested one(String name, String text) {
    Value value = app.effective().getOrDefault(name, new Value.Text(text));
    String declared = name.equals(ENVIRONMENT) ? names(value) : value.show();
    String manager = manager(name);
    return attested(name, declared, manager, () -> finding(name, value));
  }

  private Attested attested(
      String name, String declared, String manager, Supplier<Finding> ofProcesses) {
    Finding finding =
        kernel.processes().isEmpty() ? new Silent("no process runs") : ofProcesses.get();
    Enforcement result =
        !manager.isEmpty() || finding instanceof Lacks
            ? Enforcement.DEGRADED
            : finding instanceof Holds ? Enforcement.ENFORCED : Enforcement.UNKNOWN;
    return new Attested(name, declared, manager, finding.shown(), result);
  }

  /** Of a directive that the unit leaves out, whether the filter does refuse its calls. */
  private Attested byFilter(String name, SortedSet<String> calls) {
    return attested(
        name,
        "by SystemCallFilter",
        "",
        () ->
            checks
                .of(Evidence.SECCOMP_FILTER, name, new Value.Flag(true))
                .and(kernel.filters().refusing(calls)));
  }

  private Finding settings(Kind kind, String place) {
    for (Difference difference : differences) {
      if (difference.subject() instanceof Subject.Setting(var one, _, _) && one == kind) {
        return new Lacks(difference.subject() + " is " + difference.observed());
      }
    }
    return kernel.outside().settings().isEmpty()
        ? new Silent(place + " cannot be read")
        : new Holds(place + " shows them");
  }

  /** What its clients reach it by, and the app them: it has no other way out by this socket. */
  private Finding socket(PortSocket socket) {
    for (Difference difference : differences) {
      if (difference.subject() instanceof Subject.SideUnit(var unit, _, _)
          && unit.equals(socket.unit())) {
        return new Lacks(difference.subject() + " is " + difference.observed());
      }
    }
    ObservedUnit unit = seen.unit(socket.unit());
    return unit.cgroupPrograms().equals(ObservedUnit.UNKNOWN_PROGRAMS)
        ? new Silent("BPF programs of " + socket.unit() + " cannot be read")
        : new Holds("address lists and BPF programs of " + socket.unit());
  }

  private Finding mounts() {
    for (Difference difference : differences) {
      if (difference.subject() instanceof Subject.Setting(var kind, _, _)
          && (kind == Kind.MOUNT || kind == Kind.MOUNT_UNIT)) {
        return new Lacks(difference.subject() + " is " + difference.observed());
      }
    }
    return kernel.deviceMounts().isEmpty()
        ? new Silent("/proc/1/mountinfo cannot be read")
        : new Holds("/proc/1/mountinfo shows them");
  }

  private Finding firewall() {
    for (Difference difference : differences) {
      if (difference.subject() instanceof Subject.Firewall) {
        return new Lacks("rules of nftables: " + difference.observed());
      }
    }
    return kernel.outside().firewall().read()
        ? new Holds("rules of nftables as loaded at the start")
        : new Silent("rules that cannot be read");
  }

  /** Values of variables may be secrets. */
  private static String names(Value value) {
    return value instanceof Value.Keyed(SortedMap<String, String> entries)
        ? String.join(" ", entries.keySet())
        : "";
  }

  /** What systemd has otherwise than declared; empty if nothing. */
  private String manager(String name) {
    if (!observed.loaded().loadState().equals("loaded")) {
      return observed.loaded().loadState();
    }
    for (Difference difference : differences) {
      if (difference.subject() instanceof Subject.Property(String property)
          && property.equals(name)) {
        return difference.observed();
      }
    }
    return "";
  }

  private Finding finding(String name, Value value) {
    Set<Evidence> evidence =
        DirectiveTable.find(name).map(DirectiveInfo::evidence).orElse(Set.of());
    if (Effective.isOff(name, value)) {
      return new Holds("");
    }
    return evidence.stream()
        .map(one -> finding(one, name, value))
        .reduce(Finding::and)
        .orElse(new Silent("nothing that can be read shows it"));
  }

  private Finding finding(Evidence evidence, String name, Value value) {
    return switch (evidence) {
      case SECCOMP_FILTER -> checks.of(evidence, name, value).and(kernel.filters().of(name, value));
      case EXECUTION_FILTER -> kernel.filters().of(name, value);
      case IP_FILTER, DEVICE_FILTER, BIND_FILTER -> programs(evidence);
      case HIDDEN_PATHS -> hidden();
      case GENERATION -> generation();
      case MANAGER -> new Holds("");
      case OTHER_USER,
          NO_NEW_PRIVILEGES,
          CAPABILITIES,
          MOUNT_NAMESPACE,
          NETWORK_NAMESPACE,
          USER_NAMESPACE,
          IPC_NAMESPACE,
          UTS_NAMESPACE,
          MOUNTS,
          LIMITS,
          CGROUP_FILES,
          CGROUP,
          DIRECTORY_SIZE,
          UMASK,
          OOM_SCORE ->
          checks.of(evidence, name, value);
    };
  }

  private Finding generation() {
    for (Difference difference : differences) {
      if (difference.subject() == Subject.Processes.GENERATION) {
        return new Lacks(difference.observed());
      }
    }
    return new Holds("the main process was started with it");
  }

  private Finding hidden() {
    for (Difference difference : differences) {
      if (difference.subject() instanceof Subject.VisiblePath visible) {
        return new Lacks(visible + " " + difference.observed());
      }
    }
    return new Holds("");
  }

  private Finding programs(Evidence evidence) {
    Collection<String> attached = observed.cgroupPrograms();
    if (attached.equals(ObservedUnit.UNKNOWN_PROGRAMS)) {
      return new Silent("programs that cannot be asked for");
    }
    var missing = new ArrayList<String>();
    int held = 0;
    for (CgroupProgram program : CgroupProgram.values()) {
      if (program.evidence() == evidence) {
        if (attached.contains(program.name())) {
          held++;
        } else {
          missing.add(new Subject.Program(program).toString());
        }
      }
    }
    for (Difference difference : differences) {
      if (missing.isEmpty()
          && difference.subject() instanceof Subject.Program program
          && program.program().evidence() == evidence) {
        return new Lacks(program + " " + difference.observed());
      }
    }
    if (!missing.isEmpty()) {
      return new Lacks(Finding.few(missing) + " not attached");
    }
    Finding attachedToo =
        new Holds(held + (held == 1 ? " program attached" : " programs attached"));
    for (CgroupProgram program : CgroupProgram.values()) {
      // Of those on packets the differences say it.
      if (program.evidence() == evidence && evidence != Evidence.IP_FILTER) {
        attachedToo = attachedToo.and(ContentChecks.of(program, app.effective(), kernel.outside()));
      }
    }
    return attachedToo;
  }
}
