package dev.sandbar.core.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConflictsTest {

  private static final List<Use> USES =
      List.of(
          new Use.Bound(Protocol.TCP, at("0.0.0.0", 1883)),
          new Use.Met(at("192.168.1.20", 4711)),
          new Use.Reached(at("203.0.113.5", 443)),
          new Use.Family("AF_NETLINK"),
          new Use.Device("/dev/ttyUSB0", true),
          new Use.Device("/dev/null", true),
          new Use.Wrote("/etc/mosquitto/dynamic.json"),
          new Use.Wrote("/var/lib/mosquitto/mosquitto.db"),
          new Use.Has(Use.Trait.WRITABLE_CODE),
          new Use.Called("reboot"));

  private static SocketAddress.Internet at(String host, int port) {
    return new SocketAddress.Internet(Cidr.parse(host).orElseThrow(), port);
  }

  private static List<String> conflicts(String rest) {
    DeviceFacts facts = ReferenceDevice.facts();
    var spec = FlowText.read("broker", "{run: {unit: mosquitto.service}, mode: Open" + rest + "}");
    return switch (Compiler.compile(spec, facts)) {
      case Compilation.Compiled(var app, _) ->
          Conflicts.of(app, facts, USES).stream().map(it -> it.warning().message()).toList();
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  @Test
  void whatStaysOpenIsNoConflict() {
    assertThat(conflicts("")).isEmpty();
    assertThat(
            conflicts(
                ", permissions: {keyring: false, debug: false}, directives: {NoNewPrivileges: yes}"))
        .isEmpty();
  }

  @Test
  void eachWallThatItRunsIntoIsNamedWithWhatCausesIt() {
    assertThat(conflicts(", permissions: {internet: false, localNetwork: true}"))
        .containsExactly(
            "mosquitto.service talks to 203.0.113.5:443 now, which internet of the app closes"
                + " (IPAddressDeny)",
            "mosquitto.service is bound to port 1883 now, which internet of the app closes"
                + " (SocketBindDeny)");
    assertThat(
            conflicts(
                ", permissions: {internet: false, localNetwork: true, ports: [{name: a, port:"
                    + " 1883}]}"))
        .singleElement()
        .asString()
        .contains("IPAddressDeny");
    assertThat(conflicts(", permissions: {networkStatus: false}"))
        .singleElement()
        .asString()
        .contains("has a socket of AF_NETLINK", "networkStatus");
    assertThat(conflicts(", permissions: {devices: false, serial: false, jit: false}"))
        .satisfiesExactly(
            it -> assertThat(it).contains("opens /dev/ttyUSB0").doesNotContain("/dev/null"),
            it -> assertThat(it).contains("writable and executable", "jit"));
    assertThat(conflicts(", directives: {ProtectSystem: full}"))
        .singleElement()
        .asString()
        .contains("writes to /etc/mosquitto/dynamic.json", "directives");
    assertThat(conflicts(", directives: {ReadOnlyPaths: [/var/lib/mosquitto]}"))
        .singleElement()
        .asString()
        .contains("writes to /var/lib/mosquitto/mosquitto.db", "ReadOnlyPaths");
    assertThat(conflicts(", systemCalls: {deny: [\"@reboot\"]}"))
        .singleElement()
        .asString()
        .contains("calls reboot");
  }
}
