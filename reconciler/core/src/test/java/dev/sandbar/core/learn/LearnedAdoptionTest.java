package dev.sandbar.core.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.convert.SpecTrial;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Effective.Setting;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LearnedAdoptionTest {

  private static LearnedSpec learned(boolean fromStart, Use... uses) {
    return learned(List.of(), fromStart, uses);
  }

  private static LearnedSpec learned(List<Setting> own, boolean fromStart, Use... uses) {
    return LearnedAdoption.of(
        new UnitName("mosquitto.service"),
        new AppName("broker"),
        new LearnedAdoption.ServiceLines(own, 257),
        List.of(uses),
        fromStart);
  }

  private static String shown(LearnedSpec spec, String... path) {
    Node node = spec.manifest().fields().getOrDefault("spec", Node.mapping(List.of()));
    for (String key : path) {
      node = node.fields().getOrDefault(key, Node.mapping(List.of()));
    }
    return switch (node) {
      case Node.Scalar(_, _, var text) -> text;
      case Node.Sequence(_, var items) ->
          items.stream()
              .map(item -> item instanceof Node.Scalar(_, _, var text) ? text : "...")
              .collect(Collectors.joining(" "));
      case Node.Mapping(_, var entries) ->
          entries.stream().map(Node.Entry::key).collect(Collectors.joining(" "));
    };
  }

  private static SocketAddress.Internet at(String host, int port) {
    return new SocketAddress.Internet(Cidr.parse(host).orElseThrow(), port);
  }

  @Test
  void aServiceThatDoesNothingIsLeftWithNothingThatShows() {
    LearnedSpec spec = learned(true);
    assertThat(spec.usable()).as(spec.notes().toString()).isTrue();
    assertThat(shown(spec, "run", "unit")).isEqualTo("mosquitto.service");
    assertThat(shown(spec, "mode")).isEqualTo("Open");
    assertThat(shown(spec, "permissions", "internet")).isEqualTo("false");
    assertThat(shown(spec, "permissions", "jit")).isEqualTo("false");
    assertThat(shown(spec, "permissions")).doesNotContain("state", "storage", "unixSockets");
    assertThat(shown(spec, "systemCalls", "deny")).contains("@mount", "@module", "@reboot");
  }

  /** As Debian's redis-server.service has them, for one. */
  @Test
  void noWallIsWeakerThanTheServiceHasIt() {
    var own =
        List.of(
            new Setting("ProtectHome", "yes"),
            new Setting("ProtectSystem", "strict"),
            new Setting("PrivateTmp", "disconnected"),
            new Setting("ProtectControlGroups", "strict"),
            new Setting("RestrictNamespaces", "no"));
    LearnedSpec spec = learned(own, true);
    assertThat(spec.usable()).as(spec.notes().toString()).isTrue();
    assertThat(shown(spec, "directives"))
        .contains("ProtectClock", "RestrictNamespaces")
        .doesNotContain("ProtectHome", "ProtectSystem", "PrivateTmp", "ProtectControlGroups");
    var weaker = List.of(new Setting("ProtectSystem", "yes"), new Setting("ProtectHome", "no"));
    assertThat(shown(learned(weaker, true), "directives")).contains("ProtectHome", "ProtectSystem");
  }

  @Test
  void callsAreDeniedOnlyOfWhatWasSeenFromItsStartOn() {
    assertThat(shown(learned(false), "systemCalls")).isEmpty();
    assertThat(shown(learned(true, new Use.Called("mount")), "systemCalls", "deny"))
        .contains("@module")
        .doesNotContain("@mount");
  }

  @Test
  void wallsStandWhereItNeitherCallsNorWrites() {
    assertThat(shown(learned(true), "directives"))
        .contains("ProtectSystem", "ProtectClock", "PrivateTmp", "RestrictNamespaces");
    assertThat(shown(learned(false), "directives")).isEmpty();
    var busy =
        learned(
            true,
            new Use.Called("clock_settime"),
            new Use.Called("unshare"),
            new Use.Wrote("/etc/adjtime"),
            new Use.Wrote("/tmp/lock"),
            new Use.Wrote("/proc/sys/net/ipv4/ip_forward"),
            new Use.Wrote("/root/.cache"));
    assertThat(busy.usable()).as(busy.notes().toString()).isTrue();
    assertThat(shown(busy, "directives"))
        .isEqualTo(
            "ProtectHostname ProtectKernelModules ProtectKernelLogs ProtectControlGroups"
                + " LockPersonality");
  }

  @Test
  void loopbackStaysOpenToWhoMeetsOthersThere() {
    LearnedSpec spec = learned(true, new Use.Met(at("127.0.0.1", 4711)));
    assertThat(spec.usable()).as(spec.notes().toString()).isTrue();
    assertThat(shown(spec, "permissions", "internet")).isEqualTo("true");
    assertThat(shown(spec, "permissions", "localNetwork")).isEqualTo("false");
    assertThat(shown(spec, "permissions", "internetTo")).isEqualTo("... ...");
  }

  @Test
  void onTheLocalNetworkItKeepsItsPortsAndNoOthers() {
    LearnedSpec spec =
        learned(
            true,
            new Use.Bound(Protocol.TCP, at("0.0.0.0", 1883)),
            new Use.Met(at("192.168.1.20", 4711)));
    assertThat(spec.usable()).as(spec.notes().toString()).isTrue();
    assertThat(shown(spec, "permissions", "internet")).isEqualTo("false");
    assertThat(shown(spec, "permissions", "localNetwork")).isEqualTo("true");
    assertThat(shown(spec, "permissions", "ports")).isEqualTo("...");
    assertThat(spec.reasons().keySet()).contains("ports", "localNetwork");
  }

  /** Who looks up where to listen (getaddrinfo(3)) connects a socket there, and sends nothing. */
  @Test
  void whoLooksUpWhereToListenMeetsNobodyThere() {
    LearnedSpec spec =
        learned(
            true,
            new Use.Reached(at("::", 22)),
            new Use.Reached(at("0.0.0.0", 22)),
            new Use.Chosen(at("0.0.0.0", 22)),
            new Use.Bound(Protocol.TCP, at("0.0.0.0", 22)),
            new Use.Bound(Protocol.TCP, at("::", 22)));
    assertThat(shown(spec, "permissions", "internet")).isEqualTo("false");
    assertThat(shown(spec, "permissions", "localNetwork")).isEqualTo("true");
    assertThat(shown(spec, "permissions", "ports")).isEqualTo("...");
  }

  /** Its clients were on the device while it was watched; those of other days need not be. */
  @Test
  void whoListensOnTheNetworkKeepsItWhoeverCame() {
    LearnedSpec loopback =
        learned(
            true,
            new Use.Bound(Protocol.TCP, at("0.0.0.0", 8080)),
            new Use.Met(at("127.0.0.1", 4711)));
    assertThat(loopback.usable()).as(loopback.notes().toString()).isTrue();
    assertThat(shown(loopback, "permissions", "internetTo")).isEqualTo("... ...");
    assertThat(shown(loopback, "permissions", "localNetwork")).isEqualTo("true");
    assertThat(loopback.reasons().get("localNetwork"))
        .containsExactly("is bound to ports of the network, though nobody came from there");
    LearnedSpec internet =
        learned(
            true,
            new Use.Bound(Protocol.TCP, at("0.0.0.0", 8080)),
            new Use.Reached(at("203.0.113.5", 443)));
    assertThat(shown(internet, "permissions")).doesNotContain("localNetwork");
  }

  /** Zero is the device itself to whoever connects there. */
  @Test
  void whoTalksToTheDeviceItselfKeepsLoopback() {
    LearnedSpec spec = learned(true, new Use.Reached(at("0.0.0.0", 6379)));
    assertThat(shown(spec, "permissions", "internet")).isEqualTo("true");
    assertThat(shown(spec, "permissions", "internetTo")).isEqualTo("... ...");
  }

  /** Between two looks it came and went, so that nobody knows which protocol it was of. */
  @Test
  void aPortThatNoLookFoundLeavesThePortsOpen() {
    List<Use> uses =
        List.of(
            new Use.Bound(Protocol.TCP, at("0.0.0.0", 1883)),
            new Use.Chosen(at("0.0.0.0", 1883)),
            new Use.Chosen(at("0.0.0.0", 1993)));
    LearnedSpec spec = learned(true, uses.toArray(Use[]::new));
    assertThat(shown(spec, "permissions", "localNetwork")).isEqualTo("true");
    assertThat(shown(spec, "permissions", "ports")).isEmpty();
    assertThat(Lessons.of(uses).notes())
        .extracting(Learned.Note::what)
        .containsExactly("requested port 1993, which no look found open");
  }

  @Test
  void aHighPortOfUdpIsItsOwnIfItWasSeenToNameIt() {
    Use[] server = {
      new Use.Bound(Protocol.TCP, at("0.0.0.0", 80)),
      new Use.Bound(Protocol.UDP, at("0.0.0.0", 45678))
    };
    assertThat(shown(learned(true, server), "permissions", "ports")).isEqualTo("...");
    assertThat(shown(learned(false, server), "permissions")).doesNotContain("ports");
    Use[] named = {server[0], server[1], new Use.Chosen(at("0.0.0.0", 45678))};
    assertThat(shown(learned(true, named), "permissions", "ports")).isEqualTo("... ...");
  }

  /** What closes more than it should, the compiler of specs would say. */
  @ParameterizedTest
  @EnumSource(Use.Trait.class)
  void whateverItWasSeenToDoTheSpecCompiles(Use.Trait trait) {
    LearnedSpec spec =
        learned(
            true,
            new Use.Has(trait),
            new Use.Device("/dev/ttyUSB0", true),
            new Use.Device("/dev/video0", false),
            new Use.Family("AF_NETLINK"),
            new Use.Reached(at("203.0.113.5", 443)));
    assertThat(SpecTrial.errors(spec.manifest())).isEmpty();
    var open = new TreeSet<>(spec.reasons().keySet());
    for (String key : open) {
      if (Permission.find(key).filter(Permission::isGrantedByTrue).isPresent()) {
        assertThat(shown(spec, "permissions", key)).as(key).isNotEqualTo("false");
      }
    }
  }
}
