package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.KernelExpectation;
import dev.sandbar.core.compile.TestDevice;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.plan.ObservedUnit.ProcessEvidence;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is neither as declared nor otherwise, because nobody could say. */
class EvidenceTest {

  @Test
  void whatTheKernelCouldNotBeAskedIsNamedAndIsNoDifference() {
    CompiledApp app = AppVariants.compile("pump", "closed", DriftMode.DETECT, 257);
    ObservedUnit seen = DifferTest.asDeclared(app, 257);
    assertThat(Differ.unasked(app, seen)).isEmpty();

    var silent =
        new ObservedUnit(
            seen.name(),
            seen.files(),
            seen.loaded(),
            seen.properties(),
            seen.processes(),
            ObservedUnit.UNKNOWN_PROGRAMS);
    assertThat(Differ.unasked(app, silent))
        .containsExactlyInAnyOrderElementsOf(
            app.kernel().cgroupPrograms().stream().map(p -> "BPF " + p.name()).toList())
        .isNotEmpty();
    var hidden =
        new ProcessEvidence(
            10,
            "pump",
            61200,
            true,
            2,
            0,
            0,
            0,
            new TreeMap<>(),
            GenerationStamp.of(app),
            new TreeSet<>());
    assertThat(
            Differ.unasked(
                app,
                new ObservedUnit(
                    seen.name(),
                    seen.files(),
                    seen.loaded(),
                    seen.properties(),
                    List.of(hidden),
                    seen.cgroupPrograms())))
        .contains("namespace mnt");
  }

  /** Newer systemds hold MemoryDenyWriteExecute without a filter, which nobody else can see. */
  @Test
  void writableCodeThatIsHeldWithoutAFilterIsNotClaimed() {
    CompiledApp closed = AppVariants.compile("pump", "closed", DriftMode.DETECT, 257);
    KernelExpectation kernel = closed.kernel();
    var app =
        new CompiledApp(
            closed.spec(),
            closed.unit(),
            closed.files(),
            closed.directives(),
            closed.text(),
            closed.generation(),
            closed.effective(),
            new KernelExpectation(
                kernel.noNewPrivileges(),
                false,
                kernel.capabilities(),
                kernel.unprivilegedUser(),
                kernel.ownNamespaces(),
                kernel.nests(),
                kernel.cgroupPrograms()),
            closed.notEnforced(),
            closed.heldByFilter());
    ObservedUnit seen = DifferTest.asDeclared(app, 257);
    assertThat(Differ.unasked(app, seen)).isEmpty();
    var unfiltered =
        new ProcessEvidence(
            10,
            "pump",
            61200,
            true,
            0,
            0,
            0,
            0,
            new TreeMap<>(Map.of("mnt", true, "ipc", true)),
            GenerationStamp.of(app),
            new TreeSet<>());
    assertThat(
            Differ.unasked(
                app,
                new ObservedUnit(
                    seen.name(),
                    seen.files(),
                    seen.loaded(),
                    seen.properties(),
                    List.of(unfiltered),
                    seen.cgroupPrograms())))
        .containsExactly("MemoryDenyWriteExecute");
  }

  /** In a user namespace of its own a process has everything, and nothing of the device. */
  @Test
  void whatAProcessHasInAUserNamespaceOfItsOwnIsNoDriftWhereItMayMakeOne() {
    assertThat(lacksOfNested("nestedSandbox: true", true)).isEmpty();
    assertThat(lacksOfNested("nestedSandbox: true", false)).isNotEmpty();
    assertThat(lacksOfNested("state: true", true)).isNotEmpty();
  }

  private static List<Difference> lacksOfNested(String permission, boolean ownUsers) {
    var spec = "{run: {command: [/usr/bin/pump]}, permissions: {%s}}".formatted(permission);
    if (!(Compiler.compile(FlowText.read("pump", spec), TestDevice.with(257))
        instanceof Compilation.Compiled(CompiledApp app, _))) {
      throw new AssertionError(spec);
    }
    ObservedUnit seen = DifferTest.asDeclared(app, 257);
    ProcessEvidence main = seen.processes().getFirst();
    var namespaces = new TreeMap<>(main.ownNamespaces());
    namespaces.put("user", ownUsers);
    var nested =
        new ProcessEvidence(
            main.pid() + 1,
            "inside",
            main.uid(),
            true,
            2,
            -1,
            -1,
            0,
            namespaces,
            main.generation(),
            new TreeSet<>(List.of("/boot")));
    var out = new ArrayList<Difference>();
    ProcessLayer.compare(
        app,
        new ObservedUnit(
            seen.name(),
            seen.files(),
            seen.loaded(),
            seen.properties(),
            List.of(main, nested),
            seen.cgroupPrograms()),
        out);
    return out;
  }
}
