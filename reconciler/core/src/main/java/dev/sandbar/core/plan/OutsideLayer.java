package dev.sandbar.core.plan;

import dev.sandbar.core.attest.ContentChecks;
import dev.sandbar.core.attest.Finding;
import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.attest.KernelFacts.Joined;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Evidence;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What somebody with root has put at a running app from outside: processes in its namespaces, BPF
 * programs at its cgroup, other lists in those that are there.
 */
final class OutsideLayer {

  private static final String ALLOW = "IPAddressAllow";
  private static final String DENY = "IPAddressDeny";

  /** Namespaces that systemd never lets two units share. */
  private static final Set<String> UNSHARED = Set.of("mnt", "user");

  private OutsideLayer() {}

  static void compare(CompiledApp desired, KernelFacts kernel, List<Difference> out) {
    joined(desired, kernel, out);
    List<String> programs = kernel.outside().programs();
    if (!programs.isEmpty()) {
      out.add(
          new Difference(desired.unit(), Subject.Processes.PROGRAM, "none", Finding.few(programs)));
    }
    packets(desired, kernel, out);
    contents(desired, kernel, out);
  }

  private static void joined(CompiledApp desired, KernelFacts kernel, List<Difference> out) {
    List<Joined> joined =
        kernel.outside().joined().stream()
            // The main process outside its cgroup is reported as that.
            .filter(it -> it.pid() != kernel.escaped())
            .filter(
                it ->
                    it.namespaces().stream().anyMatch(UNSHARED::contains)
                        || (it.namespaces().contains("net") && hasNetworkOfItsOwn(desired)))
            .toList();
    if (!joined.isEmpty()) {
      out.add(
          new Difference(
              desired.unit(),
              Subject.Processes.JOINED,
              "only the app in its namespaces",
              Finding.few(joined.stream().map(it -> it.pid() + " (" + it.command() + ")").toList())
                  + " entered its namespaces; Sandbar ends no process outside the app's cgroup: end"
                  + " it with 'kill "
                  + joined.getFirst().pid()
                  + "'"));
    }
  }

  /** Many units may be in a network namespace that has a name. */
  private static boolean hasNetworkOfItsOwn(CompiledApp desired) {
    return desired.kernel().ownNamespaces().contains("net")
        && new Value.Flag(true).equals(desired.effective().get("PrivateNetwork"));
  }

  /**
   * Whether the programs on packets let through what the app's lists deny. Asked only while the
   * manager has those lists loaded: otherwise that is what differs.
   */
  private static void packets(CompiledApp desired, KernelFacts kernel, List<Difference> out) {
    for (Difference difference : out) {
      if (difference.subject() instanceof Subject.Property(String name)
          && (name.equals(ALLOW) || name.equals(DENY))) {
        return;
      }
    }
    for (CgroupProgram program : desired.kernel().cgroupPrograms()) {
      SortedMap<String, Boolean> verdicts =
          kernel.outside().packets().getOrDefault(program.name(), new TreeMap<>());
      List<String> through = new ArrayList<>();
      for (Map.Entry<String, Boolean> verdict : verdicts.entrySet()) {
        if (verdict.getValue() && isDenied(desired, verdict.getKey())) {
          through.add(verdict.getKey());
        }
      }
      if (program.evidence() == Evidence.IP_FILTER && !through.isEmpty()) {
        out.add(
            new Difference(
                desired.unit(),
                new Subject.Program(program),
                "refuses what " + DENY + " lists",
                "lets packets of " + Finding.few(through) + " through"));
      }
    }
  }

  /**
   * Whether the programs on devices and ports let through what the app's lists do. Asked only while
   * the manager has those lists loaded, and while the programs are there.
   */
  private static void contents(CompiledApp desired, KernelFacts kernel, List<Difference> out) {
    for (CgroupProgram program : desired.kernel().cgroupPrograms()) {
      SortedSet<String> directives = DirectiveTable.shownBy(program.evidence());
      boolean differs =
          out.stream()
              .map(Difference::subject)
              .anyMatch(
                  it ->
                      it.equals(new Subject.Program(program))
                          || (it instanceof Subject.Property(String name)
                              && directives.contains(name)));
      if (!differs
          && ContentChecks.of(program, desired.effective(), kernel.outside())
              instanceof Finding.Lacks(String shown)) {
        out.add(
            new Difference(
                desired.unit(),
                new Subject.ProgramList(program),
                "what " + String.join(" and ", directives) + " allow",
                shown));
      }
    }
  }

  /** systemd asks the list of what is allowed first (systemd.resource-control(5)). */
  private static boolean isDenied(CompiledApp desired, String address) {
    return !isIn(desired.effective().get(ALLOW), address)
        && isIn(desired.effective().get(DENY), address);
  }

  private static boolean isIn(@Nullable Value list, String address) {
    if (!(list instanceof Value.Names(var prefixes))) {
      return false;
    }
    List<Cidr> one = Cidr.parse(address).stream().toList();
    return prefixes.stream()
        .flatMap(prefix -> Cidr.parse(prefix).stream())
        .anyMatch(prefix -> one.stream().anyMatch(prefix::contains));
  }
}
