package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.catalog.AddressSpace;
import dev.sandbar.core.catalog.HostAddresses;
import dev.sandbar.core.catalog.HostAddresses.Host;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.FlowText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code internetTo} by the names of hosts. */
class HostLinesTest {

  private static final String RUN = "run: {command: [/usr/bin/app]}, ";
  private static final String ONE =
      "permissions: {internet: true, internetTo: [{host: a.example.com}]}";
  private static final String NAME_SERVER = "192.168.1.1";

  private static DeviceFacts facts(String... answers) {
    var addresses = new TreeSet<Cidr>();
    Stream.of(answers).map(Cidr::parse).forEach(it -> addresses.add(it.orElseThrow()));
    DeviceFacts device = TestDevice.with(257);
    return device
        .surrounded(device.owners(), new TreeSet<>(List.of(NAME_SERVER)))
        .with(
            new HostAddresses(
                new TreeMap<>(Map.of("a.example.com", new Host(addresses, new TreeSet<>())))));
  }

  private static CompiledApp compiled(String spec, DeviceFacts facts) {
    Compilation compilation =
        Compiler.compile(FlowText.read("pump", "{" + RUN + spec + "}"), facts);
    assertThat(compilation).isInstanceOf(Compilation.Compiled.class);
    return ((Compilation.Compiled) compilation).app();
  }

  private static AddressSet allowed(CompiledApp app) {
    var prefixes = new ArrayList<Cidr>();
    for (Directive line : app.directives()) {
      if (line.name().equals("IPAddressAllow")) {
        for (String word : line.value().split(" ", -1)) {
          prefixes.add(Cidr.parse(word).orElseThrow());
        }
      }
    }
    return AddressSet.of(prefixes);
  }

  private static String stamp(CompiledApp app) {
    return app.directives().stream()
        .map(Directive::value)
        .filter(value -> value.contains(CompiledApp.GENERATION_VARIABLE))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void opensTheAddressesOfTheHostAndTheNameServers() {
    assertThat(allowed(compiled(ONE, facts("198.51.100.2", "2600::1"))))
        .isEqualTo(AddressSet.of("198.51.100.2", "2600::1", NAME_SERVER));
    assertThat(allowed(compiled(ONE, facts()))).isEqualTo(AddressSet.of(NAME_SERVER));
    String both =
        "permissions: {internet: true, internetTo: [{host: a.example.com}, {cidr: 127.0.0.53}]}";
    assertThat(allowed(compiled(both, facts("198.51.100.2"))))
        .isEqualTo(AddressSet.of("198.51.100.2", NAME_SERVER, "127.0.0.53"));
    // By addresses alone an app resolves nothing, as before there were hosts.
    String prefix = "permissions: {internet: true, internetTo: [{cidr: 198.51.100.2}]}";
    assertThat(allowed(compiled(prefix, facts()))).isEqualTo(AddressSet.of("198.51.100.2"));
  }

  /** Also those on the internet, and none that another program could be behind. */
  @Test
  void opensEveryNameServerOfTheDevice() {
    DeviceFacts device = facts("198.51.100.2");
    var servers =
        new TreeSet<>(List.of("9.9.9.9", "2620:fe::fe", "127.0.0.1", "::1", "fe80::1%eth0"));
    assertThat(allowed(compiled(ONE, device.surrounded(device.owners(), servers))))
        .isEqualTo(AddressSet.of("198.51.100.2", "9.9.9.9", "2620:fe::fe", "fe80::1"));
  }

  /** A directive of the spec narrows them like any other. */
  @Test
  void directivesNarrowThem() {
    DeviceFacts facts = facts("198.51.100.2", "203.0.113.2");
    assertThat(
            allowed(compiled(ONE + ", directives: {IPAddressDeny: 203.0.113.0/24}", facts))
                .meet(AddressSpace.PUBLIC))
        .isEqualTo(AddressSet.of("198.51.100.2"));
    // Whether it is valid does not depend on what a name server says.
    String allow = ONE + ", directives: {IPAddressAllow: 198.51.100.0/24}";
    assertThat(allowed(compiled(allow, facts()))).isEqualTo(AddressSet.NONE);
    assertThat(allowed(compiled(allow, facts))).isEqualTo(AddressSet.of("198.51.100.2"));
  }

  /** Neither a restart nor a new version of the app. */
  @ParameterizedTest
  @ValueSource(strings = {"", ", network: Own", ", mode: Open"})
  void otherAddressesChangeOneLineOnly(String also) {
    CompiledApp none = compiled(ONE + also, facts());
    CompiledApp one = compiled(ONE + also, facts("198.51.100.2"));
    CompiledApp other = compiled(ONE + also, facts("203.0.113.2"));
    assertThat(List.of(none.generation(), other.generation())).containsOnly(one.generation());
    assertThat(List.of(stamp(none), stamp(other))).containsOnly(stamp(one));
    assertThat(List.of(none.files(), other.files())).containsOnly(one.files());
    assertThat(one.rendered()).isNotEqualTo(other.rendered());
    var differing =
        Stream.concat(one.text().lines(), other.text().lines())
            .filter(line -> !one.text().contains(line) || !other.text().contains(line))
            .map(line -> line.split("=", 2)[0])
            .collect(Collectors.toSet());
    assertThat(differing).containsExactly("IPAddressAllow");
  }

  /** The digest without addresses is that of no other spec. */
  @Test
  void anotherHostOrPrefixIsAnotherVersion() {
    var generations = new TreeSet<String>();
    List<String> specs =
        List.of(
            "internetTo: [{host: a.example.com}]",
            "internetTo: [{host: a.example.com}, {cidr: 198.51.100.2}]",
            "internetTo: [{cidr: 198.51.100.2}]",
            "localNetwork: true, internetTo: [{host: a.example.com}]");
    for (String spec : specs) {
      generations.add(
          compiled("permissions: {internet: true, " + spec + "}", facts("198.51.100.2"))
              .generation()
              .hex());
    }
    assertThat(generations).hasSameSizeAs(specs);
  }

  @Test
  void routesOfAnOwnNetworkLeadWhereverAHostCanBe() {
    CompiledApp app = compiled(ONE + ", network: Own", facts());
    String script =
        app.files().stream()
            .filter(file -> file.path().equals(OwnNetwork.SCRIPT))
            .map(AppFile::text)
            .findFirst()
            .orElseThrow();
    var routed = new ArrayList<Cidr>();
    for (String line : script.lines().toList()) {
      if (line.startsWith("route add ") && line.contains(" via ")) {
        routed.add(Cidr.parse(line.split(" ", 4)[2]).orElseThrow());
      }
    }
    AddressSet v4 = AddressSpace.PUBLIC.meet(AddressSet.of("0.0.0.0/0"));
    assertThat(AddressSet.of(routed)).isEqualTo(v4.join(AddressSpace.DNS_STUB));
    assertThat(allowed(app)).isEqualTo(AddressSpace.LOOPBACK);
  }

  /** Of a hostile name server. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "169.254.169.254",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.7",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::ffff:198.51.100.2",
        "::a00:1",
        "64:ff9b::a00:1",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "2002:a00:1::",
        "2001:0:a00:1::"
      })
  void anAnswerOpensTheInternetOnly(String address) {
    String mapped =
        address.startsWith("::ffff:") ? v6("0".repeat(20) + "ffff" + "0a000001") : address;
    for (String network : List.of("", ", network: Own")) {
      assertThat(allowed(compiled(ONE + network, facts(mapped, "198.51.100.2"))))
          .isEqualTo(allowed(compiled(ONE + network, facts("198.51.100.2"))));
    }
  }

  private static String v6(String hex) {
    return String.join(":", hex.split("(?<=\\G.{4})"));
  }

  @Test
  void noAnswersOpenMoreThanInternetDoes() {
    var random = new Random(11);
    AddressSet internet = allowed(compiled("permissions: {internet: true}", facts()));
    for (int i = 0; i < 200; i++) {
      var answers = new String[random.nextInt(80)];
      for (int k = 0; k < answers.length; k++) {
        byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
        random.nextBytes(bytes);
        answers[k] = Cidr.of(bytes, random.nextInt(bytes.length * 8 + 1)).toString();
      }
      AddressSet allowed = allowed(compiled(ONE, facts(answers)));
      assertThat(internet.includes(allowed)).isTrue();
      assertThat(allowed.prefixes().size()).isLessThanOrEqualTo(HostAddresses.MOST_ADDRESSES + 1);
    }
  }

  @Test
  void healthDoesNotDependOnAnswers() {
    String checked =
        "permissions: {internet: true, internetTo: [{host: a.example.com}], ports: [{port: 8080}]},"
            + " health: {ready: {http: {port: 8080}}}";
    for (DeviceFacts facts : List.of(facts(), facts("198.51.100.2"))) {
      assertThat(Compiler.compile(FlowText.read("pump", "{" + RUN + checked + "}"), facts))
          .isInstanceOf(Compilation.Rejected.class);
    }
  }
}
