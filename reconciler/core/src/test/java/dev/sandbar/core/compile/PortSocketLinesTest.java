package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static dev.sandbar.core.compile.CompilerTest.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permission.Level;
import dev.sandbar.core.model.SliceLimits;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports that systemd opens for an app. */
class PortSocketLinesTest {

  private static final String WEB = "{name: web, port: 80, via: Socket, from: [192.168.1.0/24]}";

  private static String spec(String ports, String more) {
    return "{" + RUN + ", permissions: {ports: [" + ports + "]" + more + "}}";
  }

  private static CompiledApp compiled(String ports) {
    return CompilerTest.compiled(spec(ports, ""), TestDevice.with(257));
  }

  private static List<Diagnostic> errors(String spec) {
    return CompilerTest.errors(spec, TestDevice.with(257));
  }

  @Test
  void anAppThatIsGivenASocketStaysClosed() {
    CompiledApp app = compiled(WEB);
    String socket = PortSocket.of(app.spec()).getFirst().unit().value();
    assertThat(app.text().lines())
        .contains(
            "Requires=" + socket,
            "After=" + socket,
            "PrivateNetwork=yes",
            "PrivateUsers=yes",
            "RestrictAddressFamilies=none",
            "IPAddressDeny=any",
            "CapabilityBoundingSet=",
            "SystemCallFilter=~connect")
        .noneMatch(line -> line.contains("CAP_") || line.startsWith("IPAddressAllow"));
    String withheld =
        values(app, "SystemCallFilter").stream()
            .filter(line -> line.contains("io_uring_setup"))
            .findFirst()
            .orElseThrow();
    assertThat(List.of(withheld.substring(1).split(" ")))
        .contains("bind", "listen")
        .doesNotContain("accept", "accept4");
    assertThat(app.heldByFilter()).containsKey("SocketBindDeny");
  }

  @Test
  void theSocketLetsNobodyElseIn() {
    PortSocket socket = PortSocket.of(compiled(WEB).spec()).getFirst();
    assertThat(socket.text().lines())
        .contains(
            "StopWhenUnneeded=yes",
            "ListenStream=80",
            "FileDescriptorName=web",
            "IPAddressDeny=any",
            "IPAddressAllow=192.168.1.0/24");
    assertThat(UnitMark.isIn(socket.text(), socket.unit())).isTrue();
    assertThat(PortSocket.isOwn(socket.unit().value())).isTrue();
    assertThat(PortSocket.isOwn("sandbar-web.socket")).isFalse();
    assertThat(SideUnit.app(socket.unit())).contains(socket.app());
    // The app of which the name ends like a port is another one.
    var other = new PortSocket(new AppName(socket.app() + "-80"), socket.port());
    assertThat(PortSocket.isOf(socket.app(), other.unit())).isFalse();
    assertThat(SideUnit.app(other.unit())).contains(other.app());
  }

  @Test
  void otherClientsAreAnotherUnit() {
    CompiledApp one = compiled(WEB);
    CompiledApp other = compiled(WEB.replace("192.168.1.0/24", "192.168.2.0/24"));
    assertThat(PortSocket.of(one.spec()).getFirst().unit())
        .isNotEqualTo(PortSocket.of(other.spec()).getFirst().unit());
    assertThat(one.generation()).isNotEqualTo(other.generation());
  }

  /** By the socket it reaches its clients alone, so connect stays for what else it may reach. */
  @ParameterizedTest
  @ValueSource(strings = {", internet: true", ", localNetwork: true", ", unixSockets: true"})
  void whatConnectsByAnotherPermissionStillDoes(String more) {
    CompiledApp app = CompilerTest.compiled(spec(WEB, more), TestDevice.with(257));
    assertThat(values(app, "SystemCallFilter")).doesNotContain("~connect");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ", acceptFrom: [other]",
        ", canBus: true",
        ", asyncIO: true",
        ", rawNetwork: true",
      })
  void whatBindsIsRefused(String more) {
    assertThat(errors(spec(WEB, more)))
        .anySatisfy(
            error -> assertThat(error.message()).contains("could open other ports of the device"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "0.0.0.0/0", "::/0", "::1"})
  void loopbackIsRefused(String prefix) {
    assertThat(errors(spec(WEB.replace("192.168.1.0/24", "\"" + prefix + "\""), "")))
        .anySatisfy(error -> assertThat(error.message()).contains("the loopback interface"));
  }

  /** By name: an app that says nothing of them is asked for by its ports alone. */
  @ParameterizedTest
  @CsvSource({
    "192.168.1.0/24, localNetwork, true",
    "192.168.1.0/24, internet, false",
    "203.0.113.0/24, internet, true",
    "203.0.113.0/24, localNetwork, false",
    "2001:db8::/32, internet, true",
  })
  void clientsFromWhatIsWithheldByNameAreRefused(String prefix, String key, boolean refused) {
    String spec =
        spec(WEB.replace("192.168.1.0/24", "\"" + prefix + "\""), ", %s: false".formatted(key));
    var found =
        switch (Compiler.compile(FlowText.read("app", spec), TestDevice.with(257))) {
          case Compilation.Compiled _ -> List.<Diagnostic>of();
          case Compilation.Rejected(_, var errors) -> errors;
        };
    assertThat(found)
        .allMatch(it -> it.message().startsWith("permissions." + key + " is withheld by name"));
    assertThat(found).hasSize(refused ? 1 : 0);
  }

  @Test
  void theExplanationOfWhatIsWithheldNamesThem() {
    assertThat(Explainer.explain(FlowText.read("app", spec(WEB, ""))))
        .filteredOn(it -> it.toString().contains("Ports via Socket take clients from there"))
        .singleElement()
        .satisfies(it -> assertThat(it.permission()).isEqualTo(Permission.LOCAL_NETWORK));
  }

  @Test
  void aDeviceThatCannotFilterAddressesRefusesIt() {
    assertThat(CompilerTest.errors(spec(WEB, ""), TestDevice.without(Feature.CGROUP_BPF_IP)))
        .anySatisfy(
            error -> assertThat(error.message()).contains("via: Socket: this device lacks"));
  }

  @ParameterizedTest
  @CsvSource({"PORTS, permissions.ports", "LOCAL_NETWORK, localNetwork"})
  void thePolicyOfTheOwnerHolds(Permission denied, String message) {
    var policy =
        new DevicePolicy(
            false,
            false,
            true,
            new TreeSet<>(Set.of(denied)),
            Level.SENSITIVE,
            SliceLimits.DEFAULT);
    var outcome =
        Compiler.compile(FlowText.read("app", spec(WEB, "")), TestDevice.with(257).with(policy));
    assertThat(outcome).isInstanceOf(Compilation.Rejected.class);
    assertThat(((Compilation.Rejected) outcome).errors())
        .singleElement()
        .satisfies(error -> assertThat(error.message()).contains(message));
  }

  @Test
  void aCheckOfThePortSaysNothingOfTheApp() {
    assertThat(
            errors(
                "{"
                    + RUN
                    + ", permissions: {ports: ["
                    + WEB
                    + "]}, health: {ready: {tcp: {port: 80}}}}"))
        .anySatisfy(
            error -> assertThat(error.message()).contains("whether the app answers or not"));
  }

  /** A network namespace of the app has a port 80 of its own, but not of a socket of the device. */
  @Test
  void anotherAppWithThePortIsReported() {
    String apart = ", localNetwork: true, networkNamespace: uplink";
    AppSpec given = FlowText.read("given", spec(WEB, ""));
    AppSpec joined = FlowText.read("joined", spec(WEB, apart));
    AppSpec binding = FlowText.read("binding", spec("{port: 80}", apart));
    assertThat(PortClashes.find(List.of(given, joined)))
        .singleElement()
        .satisfies(it -> assertThat(it.message()).contains("app 'joined' listens on port 80/tcp"));
    assertThat(PortClashes.find(List.of(given, binding))).isEmpty();
  }
}
