package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.FactsNode;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.DeviceSettingsReader;
import dev.sandbar.core.model.DeviceSettingsReader.Outcome;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permission.Level;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.model.UnitName;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Whose journal an app may read. */
class LogPolicyTest {

  private static final String LOGS = "readLogs: [mosquitto.service, sandbar-pump.service]";

  @Test
  void theAppHasASocketAndNothingOfTheJournal() {
    CompiledApp app = CompilerTest.compiled(spec(LOGS), TestDevice.with(257));
    BrokerSocket socket = BrokerSocket.of(app.spec()).orElseThrow();

    assertThat(socket.verbs()).containsExactly(BrokeredVerb.READ_LOGS);
    assertThat(socket.logs())
        .extracting(UnitName::value)
        .containsExactly("mosquitto.service", "sandbar-pump.service");
    assertThat(app.text())
        .contains("SANDBAR_AGENT_SOCKET=", "ProtectKernelLogs=yes")
        .doesNotContain("mosquitto", "journal", "SupplementaryGroups=");
    assertThat(
            CompilerTest.compiled(spec("readLogs: [], reboot: true"), TestDevice.with(257)).spec())
        .satisfies(it -> assertThat(BrokerSocket.of(it).orElseThrow().logs()).isEmpty());
  }

  @Test
  void nothingIsReadThatTheOwnerDoesNotList() {
    assertThat(denials(DevicePolicy.DEFAULT))
        .hasSize(2)
        .allSatisfy(
            it -> {
              assertThat(it.problem()).isEqualTo(Problem.POLICY_DENIED);
              assertThat(it.help()).contains("policy: {readLogs: [...]}");
            });
    assertThat(denials(listing("mosquitto.service")))
        .singleElement()
        .satisfies(it -> assertThat(it.message()).contains("sandbar-pump.service"));
    assertThat(denials(listing("mosquitto.service", "sandbar-pump.service"))).isEmpty();
    assertThat(denials(listing("pump.service", "osquitto.service"))).hasSize(2);
    assertThat(denials(DevicePolicy.NONE)).isEmpty();
  }

  @Test
  void aLevelBelowAndTheNameDenyItToo() {
    for (DevicePolicy policy :
        List.of(
            new DevicePolicy(
                true, true, true, new TreeSet<>(), Level.SENSITIVE, SliceLimits.DEFAULT),
            new DevicePolicy(
                true,
                true,
                true,
                new TreeSet<>(Set.of(Permission.READ_LOGS)),
                Level.DANGEROUS,
                SliceLimits.DEFAULT))) {
      assertThat(denials(policy.withLogs(new Listed.Any<>()))).hasSize(1);
    }
  }

  @Test
  void aSpecThatIsNotReadAnyMoreIsDeniedToo() {
    for (String permissions :
        List.of(
            "readLogs: [sshd.service]",
            "ACCESS_READ_LOGS: sshd.service",
            "ACCESS_READ_LOGS: [sshd.service]",
            "readLogs: {a: b}",
            "readLogs: true")) {
      assertThat(
              SpecPolicy.denied(
                  FlowText.parse("{spec: {unknown: 1, permissions: {%s}}}".formatted(permissions)),
                  listing("mosquitto.service")))
          .as(permissions)
          .hasSize(1);
    }
    assertThat(
            SpecPolicy.denied(
                FlowText.parse("{spec: {unknown: 1, permissions: {readLogs: no}}}"),
                DevicePolicy.DEFAULT))
        .isEmpty();
  }

  @Test
  void aPolicyListsWholeNamesOfServices() {
    assertThat(read("[mosquitto.service, sandbar-pump.service]"))
        .isEqualTo(
            new Outcome.Read(
                DeviceSettings.DEFAULT.with(
                    DevicePolicy.DEFAULT.withLogs(
                        only("mosquitto.service", "sandbar-pump.service")))));
    for (String name : List.of("'*'", "pump", "'*.service'", "init.scope", "getty@.service")) {
      assertThat(read("[%s]".formatted(name))).as(name).isInstanceOf(Outcome.Refused.class);
    }
  }

  @Test
  void whoCompilesElsewhereKnowsThePolicy() {
    for (DevicePolicy policy :
        List.of(listing(), listing("mosquitto.service"), DevicePolicy.NONE)) {
      DeviceFacts facts = TestDevice.with(257).with(policy);
      assertThat(FactsNode.read(FactsNode.toNode(facts)).policy().logs()).isEqualTo(policy.logs());
    }
  }

  private static Outcome read(String policy) {
    return DeviceSettingsReader.read(
        FlowText.parse(
            "{apiVersion: sandbar.dev/v1alpha1, kind: AgentConfig, policy: {readLogs: %s}}"
                .formatted(policy)));
  }

  private static DevicePolicy listing(String... units) {
    return DevicePolicy.DEFAULT.withLogs(only(units));
  }

  private static Listed<UnitName> only(String... units) {
    return new Listed.Only<>(
        Arrays.stream(units).map(UnitName::new).collect(Collectors.toCollection(TreeSet::new)));
  }

  private static List<Diagnostic> denials(DevicePolicy policy) {
    return switch (Compiler.compile(
        FlowText.read("app", spec(LOGS)), TestDevice.with(257).with(policy))) {
      case Compilation.Compiled _ -> List.of();
      case Compilation.Rejected(_, var errors) -> errors;
    };
  }

  private static String spec(String permissions) {
    return "{" + RUN + ", permissions: {" + permissions + "}}";
  }
}
