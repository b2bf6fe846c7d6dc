package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.FactsNode;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.core.model.DeviceSettingsReader.Outcome;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.ModuleName;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permission.Level;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SliceLimits;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Modules of the kernel that apps need. */
class NeededModulesTest {

  private static final String MODULES = "kernelModules: [wireguard, br_netfilter]";

  @Test
  void systemdLoadsThemAndTheAppCannot() {
    CompiledApp app = CompilerTest.compiled(spec(MODULES), TestDevice.with(257));

    assertThat(app.text().lines())
        .contains(
            "Wants=modprobe@br_netfilter.service",
            "After=modprobe@br_netfilter.service",
            "Wants=modprobe@wireguard.service",
            "After=modprobe@wireguard.service",
            "Environment=\"SANDBAR_KERNEL_MODULES=br_netfilter wireguard\"",
            "ProtectKernelModules=yes",
            "CapabilityBoundingSet=")
        .noneMatch(line -> line.contains("CAP_SYS_MODULE") || line.startsWith("Requires=modprobe"));
    assertThat(CompilerTest.compiled(spec("kernelModules: false"), TestDevice.with(257)).text())
        .doesNotContain("modprobe");
  }

  @Test
  void nothingIsLoadedThatTheOwnerDoesNotList() {
    assertThat(denials(DevicePolicy.DEFAULT))
        .hasSize(2)
        .allSatisfy(
            it -> {
              assertThat(it.problem()).isEqualTo(Problem.POLICY_DENIED);
              assertThat(it.help()).contains("policy: {kernelModules: [...]}");
            });
    assertThat(denials(listing("wireguard")))
        .singleElement()
        .satisfies(it -> assertThat(it.message()).contains("br_netfilter"));
    assertThat(denials(listing("wireguard", "br_netfilter"))).isEmpty();
    assertThat(denials(DevicePolicy.NONE)).isEmpty();
    assertThat(
            denials(
                new DevicePolicy(
                        true, true, true, new TreeSet<>(), Level.SENSITIVE, SliceLimits.DEFAULT)
                    .withModules(new Listed.Any<>())))
        .hasSize(1);
    assertThat(
            denials(
                new DevicePolicy(
                        true,
                        true,
                        true,
                        new TreeSet<>(Set.of(Permission.KERNEL_MODULES)),
                        Level.DANGEROUS,
                        SliceLimits.DEFAULT)
                    .withModules(new Listed.Any<>())))
        .hasSize(1);
  }

  @Test
  void aSpecThatIsNotReadAnyMoreIsDeniedToo() {
    for (String permissions :
        List.of(
            "kernelModules: [msr]",
            "ACCESS_KERNEL_MODULES: msr",
            "kernelModules: {a: b}",
            "kernelModules: true")) {
      assertThat(
              SpecPolicy.denied(
                  FlowText.parse("{spec: {unknown: 1, permissions: {%s}}}".formatted(permissions)),
                  listing("wireguard")))
          .as(permissions)
          .hasSize(1);
    }
  }

  @Test
  void aPolicyListsNamesOfModules() {
    assertThat(read("[wireguard, br_netfilter]"))
        .isEqualTo(
            new Outcome.Read(DeviceSettings.DEFAULT.with(listing("wireguard", "br_netfilter"))));
    for (String name : List.of("'*'", "br-netfilter", "'-r'", "'a b'")) {
      assertThat(read("[%s]".formatted(name))).as(name).isInstanceOf(Outcome.Refused.class);
    }
    for (DevicePolicy policy : List.of(listing(), listing("wireguard"), DevicePolicy.NONE)) {
      DeviceFacts facts = TestDevice.with(257).with(policy);
      assertThat(FactsNode.read(FactsNode.toNode(facts)).policy().modules())
          .isEqualTo(policy.modules());
    }
  }

  private static Outcome read(String policy) {
    return DeviceSettingsReader.read(
        FlowText.parse(
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, policy: {kernelModules: %s}}"
                .formatted(policy)));
  }

  private static DevicePolicy listing(String... names) {
    return DevicePolicy.DEFAULT.withModules(
        new Listed.Only<>(
            Arrays.stream(names)
                .map(ModuleName::new)
                .collect(Collectors.toCollection(TreeSet::new))));
  }

  private static List<Diagnostic> denials(DevicePolicy policy) {
    return switch (Compiler.compile(
        FlowText.read("app", spec(MODULES)), TestDevice.with(257).with(policy))) {
      case Compilation.Compiled _ -> List.of();
      case Compilation.Rejected(_, var errors) -> errors;
    };
  }

  private static String spec(String permissions) {
    return "{" + RUN + ", permissions: {" + permissions + "}}";
  }
}
