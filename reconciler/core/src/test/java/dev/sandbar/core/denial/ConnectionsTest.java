package dev.sandbar.core.denial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.denial.Refusal.Way;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionsTest {

  private static final Set<Cidr> DEVICE = Set.of(cidr("192.0.2.10"));

  private static final String OWN = ", network: Own";

  private static AppSpec spec(String permissions, String network) {
    return FlowText.read(
        "app",
        "{run: {command: [/usr/bin/app]}, permissions: {" + permissions + "}" + network + "}");
  }

  private static Cidr cidr(String host) {
    return Cidr.parse(host).orElseThrow();
  }

  private static Refusal refusal(Way way, String protocol, String host, int port) {
    return new Refusal(way, Protocol.valueOf(protocol), cidr(host), port, 3);
  }

  private static List<Denial> denied(AppSpec app, List<Refusal> seen) {
    return Connections.denied(seen, Confines.of(app, ReferenceDevice.facts(app)), DEVICE);
  }

  /** Whom it was, and what to write; each of these compiles, and then nothing is refused. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Shared | ports: [{port: 7000}], localNetwork: true | WAITING TCP 198.51.100.2 443 |"
            + " internet: true, internetTo: [{cidr: 198.51.100.2}] / internet: true",
        "Shared | internet: true | WAITING TCP 192.168.77.2 1883 | localNetwork: true",
        "Shared | internet: true | WAITING UDP fd00::1 53 | localNetwork: true",
        "Shared | localNetwork: true | WAITING TCP 2001:db8::1 443 | 'internet: true, internetTo:"
            + " [{cidr: \"2001:db8::1\"}] / internet: true'",
        "Shared | internet: true | WAITING TCP 127.0.0.1 9000 | ''",
        "Shared | internet: true, internetTo: [{cidr: 203.0.113.0/24}] | WAITING TCP 198.51.100.2"
            + " 443 | internetTo: [{cidr: 198.51.100.2}]",
        "Own | internet: true, internetTo: [{cidr: 203.0.113.7, ports: [{port: 443}]}] | TO TCP"
            + " 203.0.113.7 8443 | 'internetTo: [{cidr: 203.0.113.7, ports: [{port: 8443}]}]'",
        "Own | internet: true, internetTo: [{cidr: 203.0.113.7, ports: [{port: 443}]}] | TO UDP"
            + " 203.0.113.7 443 | 'internetTo: [{cidr: 203.0.113.7, ports: [{port: 443, protocol:"
            + " UDP}]}]'",
        "Own | internet: true, localNetwork: true, ports: [{port: 80, from: LocalNetwork}] | FROM"
            + " TCP 203.0.113.7 80 | 'ports: [{port: 80, from: [203.0.113.7]}]'",
        "Own | internet: true, ports: [{port: 80, from: [203.0.113.0/24]}] | FROM TCP 192.168.1.9"
            + " 80 | 'localNetwork: true, ports: [{port: 80, from: [192.168.1.9,"
            + " 203.0.113.0/24]}]'",
        "Own | internet: true, ports: [{port: 5000, endPort: 5010, protocol: UDP, from:"
            + " [203.0.113.0/24]}] | FROM UDP 192.0.2.10 5005 | 'ports: [{port: 5000, endPort:"
            + " 5010, protocol: UDP, from: ThisDevice}]'",
        "Own | internet: true, ports: [{port: 80, from: [203.0.113.0/24]}] | FROM TCP 241.1.2.3 80"
            + " | 'ports: [{port: 80, from: ThisDevice}]'",
      })
  void namesTheLineThatWouldAllowIt(
      String network, String permissions, String seen, String remedies) {
    String[] parts = seen.split(" ");
    String own = network.equals("Own") ? OWN : "";
    Refusal refused =
        refusal(Way.valueOf(parts[0]), parts[1], parts[2], Integer.parseInt(parts[3]));
    List<Denial> denials = denied(spec(permissions, own), List.of(refused));
    assertThat(denials)
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.evidence()).isEqualTo(Denial.Evidence.KERNEL);
              assertThat(it.said()).contains(parts[2]);
              assertThat(it.times()).isEqualTo(3);
              assertThat(String.join(" / ", it.remedies().stream().map(Remedy::line).toList()))
                  .isEqualTo(remedies);
            });
    for (Remedy remedy : denials.getFirst().remedies()) {
      AppSpec with = spec(with(permissions, remedy), own);
      assertThat(Compiler.compile(with, ReferenceDevice.facts(with)))
          .as(remedy.line())
          .isInstanceOf(Compilation.Compiled.class);
      if (refused.way() == Way.WAITING) {
        assertThat(denied(with, List.of(refused))).as(remedy.line()).isEmpty();
      }
    }
  }

  /** A line takes the place of the one that the spec has. */
  private static String with(String permissions, Remedy remedy) {
    String key = remedy.line().contains("internetTo: ") ? "internetTo" : "ports";
    String kept =
        remedy.line().contains(key + ": ")
            ? permissions.replaceAll("(, )?" + key + ": \\[\\{.*}\\](?=,|$)", "")
            : permissions;
    return kept.isEmpty() ? remedy.line() : kept + ", " + remedy.line();
  }

  @Test
  void whatIsAllowedIsNoDenial() {
    AppSpec app = spec("internet: true", "");
    List<Refusal> seen =
        List.of(
            refusal(Way.WAITING, "TCP", "198.51.100.2", 443),
            refusal(Way.WAITING, "UDP", "198.51.100.3", 443));
    assertThat(denied(app, seen)).isEmpty();
    assertThat(Connections.unanswered(seen, Compiler.sandbox(app, ReferenceDevice.facts(app))))
        .containsExactly("198.51.100.2:443 (TCP)");
  }

  /** An app that tries everything is said to do so in a line. */
  @Test
  void thousandsAreOneDenial() {
    var seen = new ArrayList<Refusal>();
    for (int i = 0; i < 10_000; i++) {
      seen.add(refusal(Way.WAITING, "TCP", "198.51." + i / 250 + "." + i % 250, 1 + i));
    }
    List<Denial> denials = denied(spec("localNetwork: true", ""), seen);
    assertThat(denials).hasSize(1);
    assertThat(denials.getFirst().said()).hasSizeLessThan(400).endsWith(", and 9992 more");
    assertThat(denials.getFirst().remedies())
        .extracting(Remedy::line)
        .containsExactly("internet: true");
  }

  @Test
  void theOwnerOfTheDeviceHasTheLastWord() {
    var policy =
        new DevicePolicy(
            false,
            false,
            true,
            new TreeSet<>(List.of(Permission.INTERNET)),
            Permission.Level.DANGEROUS,
            DevicePolicy.DEFAULT.limits());
    AppSpec app = spec("localNetwork: true", "");
    assertThat(
            Connections.denied(
                List.of(refusal(Way.WAITING, "TCP", "198.51.100.2", 443)),
                Confines.of(app, ReferenceDevice.facts(app).with(policy)),
                DEVICE))
        .flatExtracting(Denial::remedies)
        .extracting(Remedy::objection)
        .containsOnly("policy.permissions.deny names it");
  }
}
