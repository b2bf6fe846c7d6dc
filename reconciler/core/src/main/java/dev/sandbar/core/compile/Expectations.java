package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.property.Capabilities;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Evidence;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What the lines of a unit must leave to see in the kernel. */
final class Expectations {

  private Expectations() {}

  static KernelExpectation of(List<Directive> lines, Sandbox.Kernel kernel, boolean filters) {
    Extent<String> capabilities = kernel.capabilities();
    var shown = EnumSet.noneOf(Evidence.class);
    for (Directive line : lines) {
      if (!line.value().equals("no")) {
        DirectiveTable.find(line.name()).ifPresent(it -> shown.addAll(it.hold().evidence()));
      }
    }
    var programs = new TreeSet<CgroupProgram>();
    for (CgroupProgram program : CgroupProgram.values()) {
      if (shown.contains(program.evidence())) {
        programs.add(program);
      }
    }
    return new KernelExpectation(
        shown.contains(Evidence.NO_NEW_PRIVILEGES),
        filters && shown.contains(Evidence.SECCOMP_FILTER),
        capabilities.isAll() ? -1 : mask(capabilities),
        shown.contains(Evidence.OTHER_USER),
        namespaces(shown),
        kernel.namespaces().contains("user"),
        programs);
  }

  private static TreeSet<String> namespaces(Set<Evidence> shown) {
    var namespaces = new TreeSet<String>();
    shown.forEach(evidence -> namespaces.add(evidence.namespace()));
    namespaces.remove("");
    return namespaces;
  }

  private static long mask(Extent<String> capabilities) {
    long named = Capabilities.mask(capabilities.items());
    return capabilities.allBut() ? Capabilities.all() & ~named : named;
  }
}
