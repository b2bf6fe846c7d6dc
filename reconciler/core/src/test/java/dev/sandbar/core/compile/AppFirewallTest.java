package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.SpecReader;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may connect to ports, and which ports of destinations an app may connect to. */
class AppFirewallTest {

  private static final String INTERNET_TO = "internet: true, internetTo: ";

  private static Compilation compile(String spec) {
    return switch (SpecReader.read(
        FlowText.app("pump", "{run: {command: [/usr/bin/app]}, " + spec + "}"))) {
      case SpecReader.Read(var app, _) -> Compiler.compile(app, TestDevice.with(257));
      case SpecReader.Refused refused -> throw new AssertionError(refused.toString());
    };
  }

  private static CompiledApp compiled(String spec) {
    return switch (compile(spec)) {
      case Compilation.Compiled(var app, _) -> app;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  private static CompiledApp own(String permissions) {
    return compiled("network: Own, permissions: {" + permissions + "}");
  }

  private static List<String> values(CompiledApp app, String directive) {
    return app.directives().stream()
        .filter(line -> line.name().equals(directive))
        .map(Directive::value)
        .toList();
  }

  private static Map<String, String> files(CompiledApp app) {
    return app.files().stream().collect(Collectors.toMap(AppFile::path, AppFile::content));
  }

  /** The rules of a chain, without their comments. */
  private static List<String> rules(CompiledApp app, String chain) {
    String text = files(app).getOrDefault("network/firewall.nft", "");
    int start = text.indexOf("chain " + chain + " {");
    return start < 0
        ? List.of()
        : text.substring(start, text.indexOf("  }\n", start))
            .lines()
            .skip(2)
            .map(line -> line.strip().replace(" comment \"sandbar\"", ""))
            .toList();
  }

  @Test
  void whatTheFilterOfAddressesHoldsHasNoOtherRules() {
    for (String permissions :
        List.of(
            "internet: true, ports: [{port: 80}]",
            "internet: true, localNetwork: true, ports: [{port: 80, from: Anywhere}]",
            INTERNET_TO + "[{cidr: 203.0.113.0/24}, {host: a.example.com}]",
            "state: true")) {
      CompiledApp app = own(permissions);
      assertThat(files(app)).doesNotContainKey("network/firewall.nft");
      assertThat(app.tables()).noneMatch(table -> table.place() == RuleTable.Place.APP);
    }
  }

  @Test
  void aPortIsForWhomTheSpecNames() {
    CompiledApp app =
        own(
            "internet: true, localNetwork: true, ports: [{port: 1080, from: [203.0.113.0/25,"
                + " 203.0.113.128/25, \"2001:db8::/32\"]}, {port: 1081, from: ThisDevice},"
                + " {port: 1082, from: [\"2001:db8::/32\"]}, {port: 5000, endPort: 5010, protocol:"
                + " UDP}, {port: 0, protocol: UDP}]");
    assertThat(rules(app, "input"))
        .containsExactly(
            "iifname \"lo\" accept",
            "ct state established,related accept",
            "meta l4proto { icmp, igmp } accept",
            "ip saddr { 203.0.113.0/24 } tcp dport 1080 accept",
            "tcp dport 1080 add @refused-from { ip saddr . meta l4proto . th dport counter }",
            "tcp dport 1080 reject",
            "ip saddr { 240.0.0.1/32 } tcp dport 1081 accept",
            "tcp dport 1081 add @refused-from { ip saddr . meta l4proto . th dport counter }",
            "tcp dport 1081 reject",
            "tcp dport 1082 add @refused-from { ip saddr . meta l4proto . th dport counter }",
            "tcp dport 1082 reject",
            "udp dport 5000-5010 accept",
            "udp dport 1024-65535 accept");
    assertThat(rules(app, "output")).isEmpty();
    assertThat(files(app).get("network/firewall.nft"))
        .contains("type filter hook input priority 0; policy drop;");
    // Before there is an interface, so what is refused there leaves the app without a network.
    assertThat(values(app, "ExecStartPre").getFirst()).contains("/usr/sbin/nft\" \"-f\"");
    assertThat(values(app, "IPAddressAllow").getFirst()).contains("240.0.0.1/32");
    assertThat(files(app).get("network/device.ip"))
        .contains("route replace blackhole 240.0.0.1/32\n");
    assertThat(files(app).get("network/ports.nft"))
        .contains("tcp dport 1081 fib saddr type local snat to 240.0.0.1")
        .contains("tcp dport 1081 iifname \"sb-*\" snat to 240.0.0.1")
        .doesNotContain("tcp dport 1080 fib");
  }

  @Test
  void aDestinationHasThePortsThatTheSpecNames() {
    CompiledApp app =
        own(
            INTERNET_TO
                + "[{cidr: 203.0.113.0/24, ports: [{port: 443}, {port: 8000, endPort: 8010,"
                + " protocol: UDP}]}, {cidr: 198.51.100.7}, {cidr: \"2001:db8::/32\", ports:"
                + " [{port: 1}]}]");
    assertThat(rules(app, "output"))
        .containsExactly(
            "oifname \"lo\" accept",
            "ct state established,related accept",
            "ip daddr { 198.51.100.7/32 } accept",
            "ip daddr 203.0.113.0/24 tcp dport 443 accept",
            "ip daddr 203.0.113.0/24 udp dport 8000-8010 accept",
            "meta l4proto { tcp, udp } add @refused-to { ip daddr . meta l4proto . th dport counter }",
            "reject with icmp type admin-prohibited");
    assertThat(rules(app, "input")).isEmpty();
    RuleTable table = app.tables().getFirst();
    assertThat(table.place()).isEqualTo(RuleTable.Place.APP);
    assertThat(table.chains()).containsOnlyKeys("output");
    assertThat(table.chains().get("output")).isEqualTo(new RuleTable.Rules(7, 7, false));
  }

  /** Their addresses are not known here, and are no part of the version. */
  @Test
  void hostsHaveThePortsThatAllOfThemHave() {
    String ports = "ports: [{port: 8883}]";
    assertThat(
            rules(
                own(
                    INTERNET_TO
                        + "[{host: a.example.com, "
                        + ports
                        + "}, {cidr: 203.0.113.0/24, ports: [{port: 443}]}, {host: b.example.com, "
                        + ports
                        + "}], localNetwork: true"),
                "output"))
        .contains("ip daddr 127.0.0.53 meta l4proto { tcp, udp } th dport 53 accept")
        .anyMatch(rule -> rule.startsWith("ip daddr { 10.0.0.0/8, ") && rule.endsWith(" accept"))
        .contains("ip daddr 203.0.113.0/24 tcp dport 443 accept")
        .contains("ip daddr != { 203.0.113.0/24 } tcp dport 8883 accept")
        .doesNotContain("ip daddr != { 203.0.113.0/24 } accept");
    assertThat(
            rules(
                own(INTERNET_TO + "[{host: a.example.com}, {cidr: 203.0.113.0/24, " + ports + "}]"),
                "output"))
        .contains("ip daddr != { 203.0.113.0/24 } accept");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "permissions: {localNetwork: true, ports: [{port: 80, from: LocalNetwork}]} | ''",
        "permissions: {internet: true, localNetwork: true, ports: [{port: 80, from: Anywhere}]} | ''",
        "permissions: {internet: true, internetTo: [{cidr: 203.0.113.0/24}], ports: [{port: 80, from: [203.0.113.0/24]}]} | ''",
        "permissions: {internet: true, localNetwork: true, ports: [{port: 80, from: LocalNetwork}]} | add network: Own, or remove from",
        "permissions: {internet: true, internetTo: [{cidr: 203.0.113.0/24}], ports: [{port: 80, from: [203.0.113.7]}]} | add network: Own, or remove from",
        "permissions: {internet: true, internetTo: [{host: a.example.com}, {cidr: 203.0.113.0/24}], ports: [{port: 80, from: [203.0.113.0/24]}]} | add network: Own, or remove from",
        "permissions: {localNetwork: true, ports: [{port: 80, from: ThisDevice}]} | add network: Own, or remove from",
        "mode: Open, permissions: {ports: [{port: 80, from: LocalNetwork}]} | remove from",
        "permissions: {internet: true, ports: [{port: 80, from: LocalNetwork}]}, network: Own | grant localNetwork: true, or remove from",
        "permissions: {internet: true, ports: [{port: 80, from: Anywhere}]}, network: Own | grant internet: true and localNetwork: true without internetTo, or remove from",
        "permissions: {internet: true, ports: [{port: 80, from: [10.0.0.0/8]}]}, network: Own | name prefixes that internet, internetTo or localNetwork opens, or remove from",
        "permissions: {internet: true, ports: [{port: 80, from: ThisDevice}]}, network: Own | ''",
        "permissions: {internet: true, ports: [{port: 80, from: [203.0.113.7]}]}, network: Own, health: {ready: {http: {port: 80}}} | 'grant permissions.localNetwork: true, or write ready: {tcp: {port: 80}}'",
        "permissions: {internet: true, ports: [{port: 80, from: ThisDevice}]}, network: Own, health: {ready: {http: {port: 80}}} | 'grant permissions.localNetwork: true, or write ready: {tcp: {port: 80}}'",
        "'permissions: {internet: true, ports: [{port: 80, from: ThisDevice}]}, network: Own, raw: [{directive: CapabilityBoundingSet, value: CAP_NET_RAW, reason: pings with sockets of its own}]' | remove CAP_NET_RAW, or from and ports",
      })
  void whatCannotBeHeldIsRefused(String spec, String help) {
    List<String> helps =
        switch (compile(spec)) {
          case Compilation.Compiled _ -> List.of();
          case Compilation.Rejected(_, var errors) ->
              errors.stream().map(Diagnostic::help).toList();
        };
    if (help.isEmpty()) {
      assertThat(helps).isEmpty();
    } else {
      assertThat(helps).contains(help);
    }
  }
}
