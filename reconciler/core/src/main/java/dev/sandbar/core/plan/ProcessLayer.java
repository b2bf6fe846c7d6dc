package dev.sandbar.core.plan;

import dev.sandbar.core.attest.Contents;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.KernelExpectation;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import dev.sandbar.core.property.Evidence;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the kernel holds of every process in the unit's cgroup. A child inherits all of it, so a
 * process that lacks it was not started by the app: it is named.
 */
final class ProcessLayer {

  private static final int MOST_NAMED = 3;
  private static final String USER_NAMESPACE = Evidence.USER_NAMESPACE.namespace();
  private static final String WRITE_OR_EXECUTE = "MemoryDenyWriteExecute";

  private ProcessLayer() {}

  static void compare(CompiledApp desired, ObservedUnit observed, List<Difference> out) {
    if (!runs(observed)) {
      return;
    }
    UnitName unit = desired.unit();
    String stamp = GenerationStamp.of(desired);
    ProcessEvidence main = observed.processes().getFirst();
    if (!main.generation().isEmpty() && !main.generation().equals(stamp)) {
      out.add(
          new Difference(
              unit,
              Subject.Processes.GENERATION,
              GenerationStamp.show(stamp),
              "process "
                  + main.pid()
                  + " was started with "
                  + GenerationStamp.show(main.generation())));
    }
    var others = new ArrayList<String>();
    for (ProcessEvidence process : observed.processes()) {
      List<Lack> lacks = lacks(desired.kernel(), process, process.pid() == main.pid());
      if (process.pid() == main.pid()) {
        lacks.forEach(
            l ->
                out.add(
                    new Difference(
                        unit,
                        l.subject(),
                        l.declared(),
                        l.observed() + " in process " + name(process))));
      } else if (!lacks.isEmpty()) {
        others.add(
            "%s: %s"
                .formatted(
                    name(process),
                    String.join(
                        ", ", lacks.stream().map(l -> l.subject() + " " + l.observed()).toList())));
      }
    }
    if (!others.isEmpty() && !isReloading(desired, observed)) {
      int more = others.size() - MOST_NAMED;
      String named = String.join("; ", others.subList(0, Math.min(MOST_NAMED, others.size())));
      out.add(
          new Difference(
              unit,
              Subject.Processes.FOREIGN,
              "in the sandbox",
              named + (more > 0 ? " and " + more + " more" : "")));
    }
    comparePrograms(desired, observed, out);
  }

  static List<String> unasked(CompiledApp desired, ObservedUnit observed) {
    if (!runs(observed)) {
      return List.of();
    }
    var unasked = new ArrayList<String>();
    if (observed.cgroupPrograms().equals(ObservedUnit.UNKNOWN_PROGRAMS)) {
      desired
          .kernel()
          .cgroupPrograms()
          .forEach(p -> unasked.add(new Subject.Program(p).toString()));
    }
    for (CgroupProgram program : desired.kernel().cgroupPrograms()) {
      if (observed.kernel().outside().contents().get(program.name()) instanceof Contents.Unjudged) {
        unasked.add(new Subject.Program(program).toString());
      }
    }
    // Newer systemds hold it with prctl(2), which no other process can ask for.
    boolean prctl =
        desired.directives().stream()
            .anyMatch(d -> d.name().equals(WRITE_OR_EXECUTE) && !d.value().equals("no"));
    if (prctl
        && !desired.kernel().seccompFilter()
        && observed.processes().stream().anyMatch(p -> p.seccomp() != 2)) {
      unasked.add(WRITE_OR_EXECUTE);
    }
    for (String namespace : desired.kernel().ownNamespaces()) {
      if (observed.processes().stream().anyMatch(p -> !p.ownNamespaces().containsKey(namespace))) {
        unasked.add("namespace " + namespace);
      }
    }
    return unasked;
  }

  /** Whether there is a process that has finished its way into the sandbox. */
  static boolean runs(ObservedUnit observed) {
    String state = observed.loaded().activeState();
    return (state.equals("active") || state.equals("reloading")) && !observed.processes().isEmpty();
  }

  /**
   * Whether a process that the app did not start may be one of {@code run.reload}, which systemd
   * starts in namespaces of its own. systemd ends a reload when its time is over.
   */
  static boolean isReloading(CompiledApp desired, ObservedUnit observed) {
    return (desired.spec().run().adopts() || desired.effective().containsKey("ExecReload"))
        && observed.loaded().activeState().equals("reloading");
  }

  private record Lack(Subject subject, String declared, String observed) {
    Lack(String fact, String declared, String observed) {
      this(new Subject.ProcessFact(fact), declared, observed);
    }
  }

  private static List<Lack> lacks(
      KernelExpectation expected, ProcessEvidence process, boolean main) {
    boolean nested =
        expected.nests() && Boolean.TRUE.equals(process.ownNamespaces().get(USER_NAMESPACE));
    var lacks = new ArrayList<Lack>();
    if (expected.noNewPrivileges() && !process.noNewPrivileges()) {
      lacks.add(new Lack("NoNewPrivs", "1", "0"));
    }
    if (expected.seccompFilter() && process.seccomp() != 2) {
      lacks.add(new Lack("Seccomp", "2", Integer.toString(process.seccomp())));
    }
    if (expected.unprivilegedUser() && process.uid() == 0) {
      lacks.add(new Lack("Uid", "not 0", "0"));
    }
    if (!nested) {
      capabilities(lacks, "CapBnd", expected.capabilities(), process.capBounding());
      capabilities(lacks, "CapEff", expected.capabilities(), process.capEffective());
      capabilities(lacks, "CapAmb", expected.capabilities(), process.capAmbient());
    }
    for (String namespace : expected.ownNamespaces()) {
      Boolean own = process.ownNamespaces().get(namespace);
      if (own != null && !own) {
        lacks.add(new Lack("namespace " + namespace, "its own", "that of the device"));
      }
    }
    if (main || !nested) {
      for (String path : process.visible()) {
        lacks.add(new Lack(new Subject.VisiblePath(path), "hidden", "visible"));
      }
    }
    return lacks;
  }

  private static void capabilities(List<Lack> lacks, String field, long allowed, long held) {
    if (allowed != -1 && (held & ~allowed) != 0) {
      lacks.add(new Lack(field, "at most " + hex(allowed), hex(held)));
    }
  }

  private static String hex(long mask) {
    return String.format(Locale.ROOT, "%016x", mask);
  }

  private static String name(ProcessEvidence process) {
    return process.pid() + " (" + process.command() + ")";
  }

  private static void comparePrograms(
      CompiledApp desired, ObservedUnit observed, List<Difference> out) {
    if (observed.cgroupPrograms().equals(ObservedUnit.UNKNOWN_PROGRAMS)) {
      return;
    }
    for (CgroupProgram program : desired.kernel().cgroupPrograms()) {
      if (!observed.cgroupPrograms().contains(program.name())) {
        out.add(
            new Difference(
                desired.unit(), new Subject.Program(program), "attached", "not attached"));
      }
    }
  }
}
