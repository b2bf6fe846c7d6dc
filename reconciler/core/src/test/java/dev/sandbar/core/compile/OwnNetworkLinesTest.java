package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.catalog.Extent;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** {@code network: Own} beside the same spec in the network of the device. */
class OwnNetworkLinesTest {

  private static final List<String> PERMISSIONS =
      List.of(
          "internet: true",
          "internet: true, internetTo: [{cidr: 198.51.100.0/24}, {cidr: 10.1.0.0/16}]",
          "internet: true, internetTo: [{cidr: 127.0.0.1/32}]",
          "internet: true, internetTo: [{cidr: 0.0.0.0/0}]",
          "localNetwork: true",
          "ports: [{port: 8080}, {port: 6000, endPort: 6010, protocol: UDP}]",
          "ports: [{port: 53, protocol: UDP}]",
          "ports: [{port: 0, protocol: UDP}]",
          "unixSockets: true",
          "networkStatus: true",
          "systemInfo: true",
          "state: true");

  /** What joins the namespace, and what differs in it. */
  private static final Set<String> OF_THE_NETWORK =
      Set.of(
          "PrivateNetwork",
          "ExecStartPre",
          "ExecStopPost",
          "BindReadOnlyPaths",
          "IPAddressAllow",
          "Environment");

  private static Optional<CompiledApp> compiled(String permissions, String also) {
    String spec =
        "{run: {command: [/usr/bin/app]}, permissions: {%s}%s}".formatted(permissions, also);
    return SpecReader.read(FlowText.app("pump", spec)) instanceof SpecReader.Read(var app, _)
            && Compiler.compile(app, TestDevice.with(257))
                instanceof Compilation.Compiled(var unit, _)
        ? Optional.of(unit)
        : Optional.empty();
  }

  private static CompiledApp own(String permissions) {
    return compiled(permissions, ", network: Own").orElseThrow();
  }

  private static List<String> values(CompiledApp app, String directive) {
    return app.directives().stream()
        .filter(line -> line.name().equals(directive))
        .map(Directive::value)
        .toList();
  }

  private static AddressSet allowed(CompiledApp app) {
    var prefixes = new ArrayList<Cidr>();
    for (String line : values(app, "IPAddressAllow")) {
      for (String word : line.split(" ", -1)) {
        prefixes.add(Cidr.parse(word).orElseThrow());
      }
    }
    return AddressSet.of(prefixes);
  }

  private static String file(CompiledApp app, String path) {
    return app.files().stream()
        .filter(file -> file.path().equals(path))
        .map(AppFile::text)
        .findFirst()
        .orElse("");
  }

  /** All pairs of permissions: nothing else is opened, and nothing of the network but loopback. */
  @Test
  void opensNothingThatTheSharedNetworkWithholds() {
    int both = 0;
    for (String one : PERMISSIONS) {
      for (String two : PERMISSIONS) {
        String together = one.equals(two) ? one : one + ", " + two;
        Optional<CompiledApp> shared = compiled(together, "");
        Optional<CompiledApp> own = compiled(together, ", network: Own");
        assertThat(own.isPresent()).as(together).isEqualTo(shared.isPresent());
        if (own.isEmpty() || shared.isEmpty()) {
          continue;
        }
        both++;
        assertThat(rest(own.get())).as(together).isEqualTo(rest(shared.get()));
        assertThat(own.get().kernel().cgroupPrograms())
            .isEqualTo(shared.get().kernel().cgroupPrograms());
        assertThat(values(own.get(), "PrivateNetwork")).as(together).containsExactly("yes");
        AddressSet reached = allowed(own.get()).meet(AddressSpace.LOOPBACK.complement());
        assertThat(allowed(shared.get()).includes(reached)).as(together).isTrue();
        AddressSet routed = reached.meet(AddressSet.of("0.0.0.0/8", "224.0.0.0/3").complement());
        assertThat(routes(own.get())).as(together).isEqualTo(v4(routed));
      }
    }
    assertThat(both).isGreaterThan(60);
  }

  private static TreeMap<String, Value> rest(CompiledApp app) {
    var rest = new TreeMap<>(app.effective());
    rest.keySet().removeAll(OF_THE_NETWORK);
    return rest;
  }

  private static Set<String> v4(AddressSet addresses) {
    var prefixes = new TreeSet<String>();
    addresses.prefixes().stream().filter(Cidr::isV4).forEach(it -> prefixes.add(it.toString()));
    return prefixes;
  }

  private static Set<String> routes(CompiledApp app) {
    var routes = new TreeSet<String>();
    file(app, "network/namespace.ip")
        .lines()
        .filter(line -> line.startsWith("route add ") && line.contains(" via "))
        .map(line -> line.split(" ", -1)[2])
        .filter(prefix -> !prefix.startsWith("127."))
        .forEach(routes::add);
    return routes;
  }

  @Test
  void whatIsNotRoutedIsRefused() {
    assertThat(file(own("internet: true"), "network/namespace.ip"))
        .contains("route add prohibit default\n", "route add 127.0.0.53/32 via ");
    assertThat(file(own("localNetwork: true"), "network/namespace.ip"))
        .contains("route add 10.0.0.0/8 via ")
        .doesNotContain("127.0.0.53");
  }

  @Test
  void itsCommandsComeBeforeThoseOfTheAppAndAfterThem() {
    AppSpec spec =
        FlowText.read(
            "pump",
            "{run: {command: [/usr/bin/app], preStart: [[/usr/bin/first]], postStop:"
                + " [[/usr/bin/last]]}, permissions: {internet: true, ports: [{port: 80}]},"
                + " network: Own}");
    CompiledApp app = ((Compilation.Compiled) Compiler.compile(spec, TestDevice.with(257))).app();
    assertThat(values(app, "ExecStartPre")).hasSize(5).last().isEqualTo(":\"/usr/bin/first\"");
    assertThat(values(app, "ExecStopPost"))
        .containsExactly(
            ":\"/usr/bin/last\"",
            // Not eth0, which the device has too: the process that stops may be of a version in its
            // network.
            "-+:\"/usr/bin/nsenter\" \"--target=1\" \"--net\" \"/usr/sbin/ip\" \"link\" \"delete\""
                + " \"sb-35487ad\"",
            "-+:\"/usr/bin/nsenter\" \"--target=1\" \"--net\" \"/usr/sbin/nft\" \"delete\""
                + " \"table\" \"ip\" \"sandbar-pump\"");
  }

  @Test
  void portsLeadToTheAppUnlessTheDeviceListensThere() {
    String rules =
        file(
            own("internet: true, ports: [{port: 8080}, {port: 0, protocol: UDP}]"),
            "network/ports.nft");
    assertThat(rules)
        .contains(
            "socket wildcard { 0, 1 } return comment \"sandbar\"\n    tcp dport 8080 dnat to 24")
        .doesNotContain("udp dport");
    // What other apps ask 127.0.0.53 is nobody's who has port 53.
    assertThat(rules.lines().filter(line -> line.contains("jump ports")))
        .hasSize(2)
        .allMatch(line -> line.contains("ip daddr != 127.0.0.0/8"));
    assertThat(own("internet: true").files()).noneMatch(it -> it.path().endsWith("ports.nft"));
  }

  /** In an image there is no ip(8), and what is in one is not run as root. */
  @Test
  void inAnImageItsCommandsAreTheOnlyOnes() {
    String image =
        "image: {path: /srv/a.squashfs, sha256: %s}, permissions: {internet: true}, network: Own"
            .formatted("a".repeat(64));
    AppSpec plain = FlowText.read("pump", "{run: {command: [/usr/bin/app]}, %s}".formatted(image));
    CompiledApp app = ((Compilation.Compiled) Compiler.compile(plain, TestDevice.with(257))).app();
    assertThat(values(app, "RootDirectoryStartOnly")).containsExactly("yes");
    String more = "{run: {command: [/usr/bin/app], reload: [[/bin/r]]}, %s}".formatted(image);
    assertThat(SpecReader.read(FlowText.app("pump", more))).isInstanceOf(SpecReader.Refused.class);
  }

  @Test
  void itsLinkIsExpectedWhereItIsMade() {
    assertThat(own("internet: true").link()).isEqualTo("eth0");
    assertThat(own("state: true").link()).isEmpty();
    assertThat(compiled("internet: true", "").orElseThrow().link()).isEmpty();
  }

  @Test
  void anAppThatReachesNothingHasNothingToJoin() {
    CompiledApp app = own("state: true");
    assertThat(values(app, "PrivateNetwork")).containsExactly("yes");
    assertThat(values(app, "ExecStartPre")).isEmpty();
    assertThat(app.files()).isEmpty();
  }

  @Test
  void everyAppHasAnAddressAndALinkOfItsOwn() {
    var links = new HashSet<String>();
    for (int i = 0; i < 1_000; i++) {
      var network =
          OwnNetwork.of(
              FlowText.read("app-" + i, "{run: {command: [/usr/bin/app]}}"),
              AddressSpace.PUBLIC,
              AddressSpace.PUBLIC,
              Extent.none(),
              false);
      String link =
          network.files().stream()
              .filter(file -> file.path().equals("network/device.ip"))
              .map(file -> file.text().replaceFirst("(?s).*dev (sb-[0-9a-f]{7}) up.*", "$1"))
              .findFirst()
              .orElseThrow();
      assertThat(link).hasSizeLessThanOrEqualTo(15).startsWith("sb-");
      links.add(link);
    }
    assertThat(links).hasSize(1_000);
  }

  @Test
  void aDeviceThatCannotJoinItIsNamed() {
    var app =
        FlowText.read(
            "pump",
            "{run: {command: [/usr/bin/app]}, permissions: {internet: true}, network: Own}");
    assertThat(Compiler.compile(app, TestDevice.without(Feature.OWN_NETWORK)))
        .isInstanceOfSatisfying(
            Compilation.Rejected.class,
            rejected ->
                assertThat(rejected.errors().getFirst().help())
                    .contains("iproute2", "net.ipv4.ip_forward=1"));
  }

  /** CAN interfaces are of the device's namespace, and nobody moves them. */
  @Test
  void whatOnlyTheDeviceHasIsRefused() {
    var app =
        FlowText.read(
            "pump", "{run: {command: [/usr/bin/app]}, permissions: {canBus: true}, network: Own}");
    assertThat(Compiler.compile(app, TestDevice.with(257)))
        .isInstanceOfSatisfying(
            Compilation.Rejected.class,
            rejected ->
                assertThat(rejected.errors().getFirst().message()).contains("permissions.canBus"));
  }

  /** The rules of the device name the servers in turn, and nothing where there is none. */
  @Test
  void theDeviceAnswersQuestionsForNames() {
    assertThat(SharedRules.rules(List.of("192.0.2.1", "192.0.2.2")))
        .contains("dnat to numgen inc mod 2 map { 0 : 192.0.2.1, 1 : 192.0.2.2 }")
        .contains("masquerade");
    assertThat(SharedRules.rules(List.of())).contains("masquerade").doesNotContain("dport 53");
    assertThat(SharedRules.none()).isEqualTo("table ip sandbar\ndelete table ip sandbar\n");
  }
}
