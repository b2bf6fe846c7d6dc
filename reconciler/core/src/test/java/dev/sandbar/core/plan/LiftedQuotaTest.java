package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.CallFilters;
import dev.sandbar.core.attest.KernelFacts;
import dev.sandbar.core.attest.KernelFacts.Outside;
import dev.sandbar.core.attest.KernelFacts.ProcessFacts;
import dev.sandbar.core.attest.PacketRules;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.TestDevice;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.FlowText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A directory of an app whose quota somebody lifts. */
class LiftedQuotaTest {

  private static final String SPEC =
      "{run: {command: [/usr/bin/app]}, permissions: {state: {quota: 10M}, cache: {quota: 1M}}}";

  private static CompiledApp app() {
    return switch (Compiler.compile(FlowText.read("pump", SPEC), TestDevice.with(262))) {
      case Compilation.Compiled(var compiled, _) -> compiled;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  private static List<String> differences(Map<String, SortedMap<String, Long>> rooms) {
    ObservedUnit seen =
        DifferTest.asDeclared(AppVariants.compile("pump", "closed", DriftMode.DETECT, 262), 262);
    var process =
        new ProcessFacts(
            10,
            "pump",
            new TreeSet<>(List.of(61200)),
            new TreeSet<>(List.of(61200)),
            "0077",
            true,
            2,
            31,
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            0,
            "",
            false);
    var outside =
        new Outside(
            List.of(),
            List.of(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeSet<>(),
            PacketRules.UNREAD,
            PacketRules.UNREAD,
            new TreeMap<>(),
            Map.of(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(rooms));
    var kernel =
        new KernelFacts(
            "/sandbar.slice/sandbar-pump.service",
            List.of(process),
            0,
            List.of(),
            List.of(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            CallFilters.UNREAD,
            outside);
    var out = new ArrayList<Difference>();
    KernelLayer.compare(
        app(),
        new ObservedUnit(
            seen.name(),
            seen.files(),
            seen.loaded(),
            seen.properties(),
            seen.processes(),
            seen.cgroupPrograms(),
            kernel),
        out);
    return out.stream()
        .map(it -> it.subject().layer() + " " + it)
        .filter(it -> it.contains("Quota"))
        .toList();
  }

  private static SortedMap<String, Long> of(long bytes) {
    return new TreeMap<>(Map.of("/var/lib/private/sandbar-pump", bytes));
  }

  @Test
  void isDriftOfItsProcesses() {
    assertThat(differences(Map.of("StateDirectoryQuota", of(10 << 20)))).isEmpty();
    assertThat(differences(Map.of("StateDirectoryQuota", of(2_040_373_248L))))
        .singleElement()
        .asString()
        .startsWith("PROCESS")
        .contains("statfs: 2040373248 bytes in /var/lib/private/sandbar-pump", "10485760");
    // One that cannot be read, or is on a smaller file system, is not said to be lifted.
    assertThat(differences(Map.of())).isEmpty();
    assertThat(differences(Map.of("CacheDirectoryQuota", of(500_000)))).isEmpty();
  }
}
