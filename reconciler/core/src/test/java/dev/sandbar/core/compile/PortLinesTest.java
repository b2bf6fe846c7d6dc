package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.PortRange;
import dev.sandbar.core.model.Problem;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the ports of an app come to in its unit. */
class PortLinesTest {

  private static final String BIND = "CAP_NET_BIND_SERVICE";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{port: 8080} | tcp:8080 | ''",
        "{port: 6000, endPort: 6010, protocol: UDP} | udp:6000-6010 | ''",
        "{port: 0, protocol: UDP} | udp | ''",
        "{port: 1024, endPort: 65535} | tcp:1024-65535 | ''",
        "{port: 53, protocol: UDP} | udp:53 | CAP_NET_BIND_SERVICE",
        "{port: 1023} | tcp:1023 | CAP_NET_BIND_SERVICE",
        "{port: 1, endPort: 65535} | tcp:1-65535 | CAP_NET_BIND_SERVICE",
      })
  void aPortIsARuleAndBelow1024ACapability(String port, String rule, String capability) {
    CompiledApp app = compiled("internet: true, ports: [" + port + "]");
    assertThat(values(app, "SocketBindAllow")).containsExactly(rule);
    assertThat(values(app, "SocketBindDeny")).containsExactly("any");
    assertThat(values(app, "CapabilityBoundingSet")).containsExactly(capability);
    assertThat(values(app, "AmbientCapabilities")).containsExactly(capability);
    assertThat(values(app, "PrivateUsers"))
        .as("of which a capability would be worth nothing")
        .isEqualTo(capability.isEmpty() ? List.of("yes") : List.of());
    assertThat(app.kernel().capabilities()).isEqualTo(capability.isEmpty() ? 0 : 1 << 10);
  }

  /** The kernel asks for the capability first, and the list of ports after it. */
  @Test
  void anAppWithoutAPortBelow1024HasNoCapability() {
    for (int first = 0; first <= 2048; first += 64) {
      for (int last : new int[] {first, first + 63, 65_535}) {
        if (first == 0 && last != 0) {
          continue;
        }
        var range = new PortRange(Protocol.TCP, first, last);
        AppSpec app = spec("internet: true, ports: [{port: %d%s}]".formatted(first, end(range)));
        assertThat(Resolution.of(app.mode(), app.permissions()).sandbox().kernel().isPrivileged())
            .as(range.shown())
            .isEqualTo(range.contains(Protocol.TCP, 1023) || first > 0 && first < 1024);
      }
    }
  }

  private static String end(PortRange range) {
    return range.first() == range.last() ? "" : ", endPort: " + range.last();
  }

  @Test
  void anOverrideDoesNotTakeTheCapabilityAwaySilently() {
    String ports = "{RUN, permissions: {internet: true, ports: [{port: 80}]}, directives: %s}";
    assertThat(
            CompilerTest.errors(of(ports.formatted("{PrivateUsers: yes}")), TestDevice.with(257)))
        .singleElement()
        .satisfies(
            error -> {
              assertThat(error.problem()).isEqualTo(Problem.CONFLICT);
              assertThat(error.message()).contains("a port below 1024");
            });
  }

  /** Nothing is left out of the unit because there are no capabilities, when there is one. */
  @Test
  void aDeviceWithoutAUserNamespaceCanHoldIt() {
    CompiledApp app =
        CompilerTest.compiled(
            of("{RUN, permissions: {internet: true, ports: [{port: 80}]}}"),
            TestDevice.without(Feature.USER_NAMESPACE));
    assertThat(values(app, "AmbientCapabilities")).containsExactly(BIND);
  }

  @Test
  void rangesThatOverlapAreFound() {
    List<PortRange> all =
        Stream.of(Protocol.values())
            .flatMap(
                it ->
                    Stream.of(
                        PortRange.any(it),
                        new PortRange(it, 80, 80),
                        new PortRange(it, 70, 90),
                        new PortRange(it, 90, 65_535)))
            .toList();
    for (PortRange one : all) {
      for (PortRange other : all) {
        boolean shared = false;
        for (int port = 1; port < 65_536 && !one.isAny() && !other.isAny(); port++) {
          shared |= one.contains(other.protocol(), port) && other.contains(one.protocol(), port);
        }
        assertThat(one.overlaps(other))
            .as(one + " " + other)
            .isEqualTo(shared || one.equals(other))
            .isEqualTo(other.overlaps(one));
      }
    }
  }

  private static String of(String spec) {
    return spec.replace("RUN", CompilerTest.RUN);
  }

  private static AppSpec spec(String permissions) {
    return FlowText.read("app", of("{RUN, permissions: {" + permissions + "}}"));
  }

  private static CompiledApp compiled(String permissions) {
    return CompilerTest.compiled(
        of("{RUN, permissions: {" + permissions + "}}"), TestDevice.with(257));
  }
}
