package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.attest.KernelFacts.Outside;
import dev.sandbar.core.attest.PacketRules;
import dev.sandbar.core.attest.PacketRules.Chain;
import dev.sandbar.core.attest.PacketRules.Table;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.compile.RuleTable;
import dev.sandbar.core.model.FlowText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Tables as the kernel shows them, loaded and then changed. */
class RulesLayerTest {

  private static final String SHARED = "sandbar";
  private static final String OWN = "sandbar-pump";

  private static CompiledApp app(String permissions, String network) {
    String spec =
        "{run: {command: [/usr/bin/app]}, permissions: {%s}, network: %s}"
            .formatted(permissions, network);
    return switch (Compiler.compile(FlowText.read("pump", spec), ReferenceDevice.facts())) {
      case Compilation.Compiled(var compiled, _) -> compiled;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  private final CompiledApp app = app("internet: true, ports: [{port: 80}, {port: 81}]", "Own");
  private final TreeMap<String, Table> seen =
      new TreeMap<>(
          Map.of(
              SHARED,
              new Table(
                  "sha256-0",
                  false,
                  new TreeMap<>(
                      Map.of(
                          "prerouting", new Chain(1, 0, true),
                          "postrouting", new Chain(1, 0, true))),
                  5,
                  5),
              OWN,
              new Table(origin(), false, chains(3, 0), 10, 10)));

  private String origin() {
    return app.tables().getLast().origin();
  }

  private static TreeMap<String, Chain> chains(int ports, int others) {
    return new TreeMap<>(
        Map.of(
            "ports", new Chain(ports, others, true),
            "prerouting", new Chain(1, 0, true),
            "output", new Chain(1, 0, true)));
  }

  private List<String> differences(CompiledApp of) {
    return differences(of, new PacketRules(true, seen));
  }

  private static List<String> differences(CompiledApp of, PacketRules rules) {
    return differences(of, outside(rules, PacketRules.UNREAD));
  }

  private static List<String> differences(CompiledApp of, Outside seen) {
    var out = new ArrayList<Difference>();
    RulesLayer.compare(of, seen, out);
    return out.stream().map(d -> d.subject() + ": " + d.observed()).toList();
  }

  private static Outside outside(PacketRules device, PacketRules inside) {
    return new Outside(
        List.of(),
        List.of(),
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeSet<>(),
        device,
        inside,
        new TreeMap<>(),
        Map.of(),
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>());
  }

  private List<String> own(Table table) {
    seen.put(OWN, table);
    return differences(app);
  }

  @Test
  void whatWasLoadedIsNoDrift() {
    assertThat(app.tables()).extracting(RuleTable::name).containsExactly(SHARED, OWN);
    assertThat(differences(app)).isEmpty();
  }

  @Test
  void anAppHasTheTablesThatItNeeds() {
    seen.clear();
    assertThat(differences(app))
        .containsExactly("nftables table sandbar: missing", "nftables table sandbar-pump: missing");
    assertThat(differences(app("internet: true", "Own")))
        .containsExactly("nftables table sandbar: missing");
    assertThat(differences(app("state: true", "Own"))).isEmpty();
    assertThat(differences(app("internet: true", "Shared"))).isEmpty();
  }

  @Test
  void nothingIsSaidOfRulesThatWereNotRead() {
    assertThat(differences(app, PacketRules.UNREAD)).isEmpty();
  }

  @Test
  void aDeviceWithoutNameServersHasNoRuleForThem() {
    seen.put(
        SHARED,
        new Table(
            "sha256-1",
            false,
            new TreeMap<>(
                Map.of("prerouting", new Chain(0, 0, true), "postrouting", new Chain(1, 0, true))),
            3,
            3));
    assertThat(differences(app)).isEmpty();
  }

  @Test
  void whatIsChangedByHandIsNamed() {
    String named = "nftables table sandbar-pump: ";
    assertThat(own(new Table("", false, chains(3, 0), 10, 10)))
        .containsExactly(named + "other rules");
    assertThat(own(new Table(origin(), true, chains(3, 0), 10, 10)))
        .containsExactly(named + "dormant");
    assertThat(own(new Table(origin(), false, chains(2, 0), 9, 10)))
        .containsExactly(named + "chain ports has 2 of 3 rules");
    assertThat(own(new Table(origin(), false, chains(2, 1), 10, 10)))
        .containsExactly(named + "chain ports has 2 of 3 rules");
    assertThat(own(new Table(origin(), false, chains(3, 1), 11, 11)))
        .containsExactly(named + "chain ports has 1 other rules");
    assertThat(own(new Table(origin(), false, chains(3, 0), 9, 10)))
        .containsExactly(named + "changed since");
    TreeMap<String, Chain> dropping = chains(3, 0);
    dropping.put("output", new Chain(1, 0, false));
    assertThat(own(new Table(origin(), false, dropping, 10, 10)))
        .containsExactly(named + "chain output drops");
    TreeMap<String, Chain> fewer = chains(3, 0);
    fewer.remove("output");
    assertThat(own(new Table(origin(), false, fewer, 8, 10)))
        .containsExactly(named + "chain output is missing");
    TreeMap<String, Chain> more = chains(3, 0);
    more.put("own\nchain", new Chain(0, 0, true));
    assertThat(own(new Table(origin(), false, more, 11, 11)))
        .singleElement()
        .asString()
        .startsWith(named + "a chain more: ")
        .doesNotContain("\n");
  }

  /** The service loads the file that the unit loads. */
  @Test
  void whatLoadsThemAnewIsNamedByTheFile() {
    RuleTable table = app.tables().getLast();
    String stored =
        table.loader().value().substring("sandbard-network@".length()).replace(".service", "");
    assertThat(app.text()).contains("\"-f\" \"/var/lib/sandbar/files/" + stored);
  }

  /** In the namespace of the app a table of the same name is another one. */
  @Test
  void theFirewallOfAnAppIsInItsOwnNetwork() {
    CompiledApp narrowed =
        app("internet: true, internetTo: [{cidr: 203.0.113.7, ports: [{port: 443}]}]", "Own");
    RuleTable declared = narrowed.tables().getFirst();
    assertThat(declared.place()).isEqualTo(RuleTable.Place.APP);
    int rules = declared.chains().values().iterator().next().most();
    var good = new Chain(rules, 0, false);
    assertThat(inside(narrowed, declared.origin(), good, rules + 1)).isEmpty();
    assertThat(inside(narrowed, "", good, rules + 1)).containsExactly("firewall: other rules");
    assertThat(inside(narrowed, declared.origin(), new Chain(rules, 0, true), rules + 1))
        .containsExactly("firewall: chain output accepts");
    assertThat(inside(narrowed, declared.origin(), new Chain(rules + 1, 0, false), rules + 2))
        .containsExactly("firewall: chain output has 1 other rules");
    assertThat(inside(narrowed, declared.origin(), good, rules + 2))
        .containsExactly("firewall: changed since");
    assertThat(
            differences(
                narrowed, outside(PacketRules.UNREAD, new PacketRules(true, new TreeMap<>()))))
        .containsExactly("firewall: missing");
    assertThat(differences(narrowed, PacketRules.UNREAD)).isEmpty();
  }

  private static List<String> inside(CompiledApp of, String origin, Chain chain, int last) {
    var table =
        new Table(origin, false, new TreeMap<>(Map.of("output", chain)), chain.rules() + 1, last);
    return differences(
        of,
        outside(PacketRules.UNREAD, new PacketRules(true, new TreeMap<>(Map.of(SHARED, table)))));
  }
}
