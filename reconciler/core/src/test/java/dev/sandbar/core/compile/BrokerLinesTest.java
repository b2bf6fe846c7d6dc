package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permission.Level;
import dev.sandbar.core.model.SliceLimits;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BrokerLinesTest {

  @Test
  void anAppThatAsksHasOneSocketAndNoRightOfItsOwn() {
    CompiledApp app = compiled("permissions: {reboot: true, hostname: true}");
    String loader =
        SocketDirectory.loader(BrokerSocket.of(app.spec()).orElseThrow().file()).value();

    assertThat(app.text().lines())
        .contains(
            "Requires=" + loader,
            "After=" + loader,
            "BindReadOnlyPaths=/run/sandbar-agent/" + app.spec().name() + ":/run/sandbar-agent",
            "Environment=\"SANDBAR_AGENT_SOCKET=/run/sandbar-agent/agent.sock\"",
            "RestrictAddressFamilies=AF_UNIX",
            "CapabilityBoundingSet=",
            "ProtectHostname=yes",
            "ProtectClock=yes")
        .noneMatch(line -> line.contains("CAP_"));
    assertThat(app.files())
        .extracting(file -> file.text())
        .containsOnlyOnce(
            "d /run/sandbar-agent 0700 root root\nd /run/sandbar-agent/%s 0755 root root\n"
                .formatted(app.spec().name()));
  }

  @Test
  void withheldAndAbsentAreTheSame() {
    assertThat(compiled("permissions: {reboot: false, clock: false}").text())
        .doesNotContain("sandbar-agent", "SANDBAR_AGENT_SOCKET");
    assertThat(BrokerSocket.of(compiled("permissions: {hostname: false}").spec())).isEmpty();
    assertThat(
            BrokerSocket.of(compiled("permissions: {hostname: true, reboot: false}").spec())
                .orElseThrow()
                .verbs())
        .containsExactly(BrokeredVerb.HOSTNAME);
  }

  @Test
  void inTheNetworkOfTheDeviceItTakesUnixSocketsToo() {
    String spec = "{" + RUN + ", permissions: {internet: true, reboot: true%s}}";

    assertThat(CompilerTest.errors(spec.formatted(""), TestDevice.with(257)))
        .extracting(Diagnostic::message)
        .singleElement()
        .satisfies(it -> assertThat(it).contains("opens the sockets too that its programs have"));
    assertThat(
            CompilerTest.compiled(spec.formatted(", unixSockets: true"), TestDevice.with(257))
                .text())
        .contains("sandbar-agent");
  }

  @Test
  void aDeviceWithoutTheUnitsRefuses() {
    assertThat(
            CompilerTest.errors(
                "{" + RUN + ", permissions: {hostname: true}}",
                TestDevice.without(Feature.APP_SOCKETS)))
        .singleElement()
        .satisfies(
            error ->
                assertThat(error.toString()).contains("lacks the group", "install the package"));
  }

  @ParameterizedTest
  @EnumSource(BrokeredVerb.class)
  void aPolicyDeniesEachByItsName(BrokeredVerb verb) {
    String spec = "{%s, permissions: {%s}}".formatted(RUN, verb.permission().example());

    assertThat(CompilerTest.errors(spec, denying(verb.permission(), Level.DANGEROUS))).isNotEmpty();
    assertThat(CompilerTest.errors(spec, denying(Permission.SERIAL, Level.NORMAL))).isNotEmpty();
    assertThat(
            CompilerTest.compiled(spec, denying(Permission.UNIX_SOCKETS, verb.permission().level()))
                .text())
        .contains("sandbar-agent");
  }

  private static DeviceFacts denying(Permission permission, Level most) {
    return TestDevice.with(257)
        .with(
            new DevicePolicy(
                    true, true, true, new TreeSet<>(Set.of(permission)), most, SliceLimits.DEFAULT)
                .withLogs(new Listed.Any<>()));
  }

  private static CompiledApp compiled(String spec) {
    return CompilerTest.compiled("{" + RUN + ", " + spec + "}", TestDevice.with(257));
  }
}
