package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SliceLimits;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Raw packets leave the network of an app to where its permissions say, and by consent alone. */
class RawEgressTest {

  private static final DevicePolicy LISTED =
      DevicePolicy.DEFAULT.withRaw(new Listed.Only<>(new TreeSet<>(List.of("rawNetwork"))));

  private static String spec(String more) {
    return "{run: {command: [/usr/bin/app]}, %s}".formatted(more);
  }

  private static Compilation compile(String more, DevicePolicy policy) {
    return Compiler.compile(FlowText.read("pump", spec(more)), TestDevice.with(257).with(policy));
  }

  private static CompiledApp compiled(String more) {
    return switch (compile(more, LISTED)) {
      case Compilation.Compiled(var app, _) -> app;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  private static String egress(CompiledApp app) {
    return app.files().stream()
        .filter(file -> file.path().equals("network/egress.nft"))
        .map(AppFile::text)
        .findFirst()
        .orElse("");
  }

  @Test
  void framesAreHeldBetweenTheInterfaceAndItsOtherEnd() {
    CompiledApp app =
        compiled(
            "network: Own, permissions: {rawNetwork: true, internet: true, internetTo: [{cidr:"
                + " 203.0.113.0/24}]}");
    assertThat(egress(app))
        .contains(
            "type filter hook egress device \"eth0\" priority 0; policy drop;",
            "ether daddr 02:00:00:00:00:01 @ll,96,16 0x0800 ip saddr "
                + OwnNetwork.address(new AppName("pump"))
                + " ip daddr { 203.0.113.0/24 } ip hdrlength 5 accept");
    List<String> commands =
        app.directives().stream()
            .filter(line -> line.name().equals("ExecStartPre"))
            .map(Directive::value)
            .toList();
    assertThat(commands).hasSize(4);
    assertThat(commands.get(0)).contains("sbin/ip\"", "-batch");
    assertThat(commands.get(1)).contains("sbin/nft\"").doesNotContain("nsenter");
    assertThat(commands.get(2)).contains("nsenter", "-batch");
    assertThat(app.tables())
        .anySatisfy(
            table -> {
              assertThat(table.name()).isEqualTo("netdev sandbar");
              assertThat(table.place()).isEqualTo(RuleTable.Place.APP);
              assertThat(table.chains()).containsEntry("egress", new RuleTable.Rules(1, 1, false));
            });
    assertThat(app.text())
        .contains("CapabilityBoundingSet=CAP_NET_RAW", "AF_PACKET")
        .doesNotContain("PrivateUsers=yes");
  }

  @Test
  void anAppThatReachesNothingHasNoFrameToSend() {
    CompiledApp app = compiled("permissions: {rawNetwork: true, internet: false}");
    assertThat(app.text()).contains("PrivateNetwork=yes", "RestrictAddressFamilies=AF_PACKET");
    assertThat(egress(app)).isEmpty();
  }

  /** Who connects from the device has that address, and gets an answer. */
  @Test
  void programsOfTheDeviceAreAnswered() {
    assertThat(
            egress(
                compiled(
                    "network: Own, permissions: {rawNetwork: true, internet: true, localNetwork:"
                        + " true, ports: [{port: 8080, from: Anywhere}]}")))
        .contains("240.0.0.1");
  }

  @Test
  void aCapabilityThatRawOpensIsHeldToo() {
    String raw =
        ", raw: [{directive: CapabilityBoundingSet, value: CAP_NET_RAW, reason: sends its own pings"
            + " at last}, {directive: AmbientCapabilities, value: CAP_NET_RAW, reason: sends its"
            + " own pings at last}, {directive: PrivateUsers, value: no, reason: pings by itself"
            + " with it}]";
    Compilation compilation =
        compile("network: Own, permissions: {internet: true}" + raw, DevicePolicy.NONE);
    assertThat(compilation).isInstanceOf(Compilation.Compiled.class);
    assertThat(egress(((Compilation.Compiled) compilation).app())).contains("policy drop");
    assertThat(egress(compiled("network: Own, permissions: {internet: true}"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "permissions: {rawNetwork: true, internet: true} | add network: Own, or remove rawNetwork",
        "permissions: {rawNetwork: true, canBus: true} | add network: Own, or remove rawNetwork",
        "permissions: {rawNetwork: true, networkNamespace: uplink} | add network: Own, or remove"
            + " rawNetwork",
        "network: Own, permissions: {rawNetwork: true, internet: true, internetTo: [{host:"
            + " a.example.com}]} | name prefixes by cidr, or remove rawNetwork",
        "network: Own, permissions: {rawNetwork: true, internet: true, internetTo: [{cidr:"
            + " 203.0.113.7, ports: [{port: 443}]}]} | remove rawNetwork, or from and ports",
        "network: Own, permissions: {rawNetwork: true, internet: true, ports: [{port: 8080, from:"
            + " ThisDevice}]} | remove rawNetwork, or from and ports",
        "permissions: {rawNetwork: true}, directives: {PrivateUsers: true} | remove one of them",
      })
  void whatCannotBeHeldIsRefused(String more, String help) {
    assertThat(compile(more, DevicePolicy.NONE))
        .isInstanceOfSatisfying(
            Compilation.Rejected.class,
            it -> assertThat(it.errors()).extracting(Diagnostic::help).contains(help));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rawNetwork: true", "ACCESS_RAW_NETWORK: \"yes\""})
  void theOwnerListsItByName(String permission) {
    String more = "permissions: {" + permission + "}";
    assertThat(compile(more, LISTED)).isInstanceOf(Compilation.Compiled.class);
    assertThat(compile(more, DevicePolicy.DEFAULT))
        .isInstanceOfSatisfying(
            Compilation.Rejected.class,
            it ->
                assertThat(it.errors())
                    .singleElement()
                    .satisfies(
                        error -> {
                          assertThat(error.problem()).isEqualTo(Problem.POLICY_DENIED);
                          assertThat(error.message()).contains("policy.raw does not list it");
                          assertThat(error.help()).contains("policy: {raw: [...]}");
                        }));
    var sensitive =
        new DevicePolicy(
                true, true, true, new TreeSet<>(), Permission.Level.SENSITIVE, SliceLimits.DEFAULT)
            .withRaw(new Listed.Any<>());
    assertThat(compile(more, sensitive))
        .isInstanceOfSatisfying(
            Compilation.Rejected.class,
            it ->
                assertThat(it.errors())
                    .singleElement()
                    .satisfies(e -> assertThat(e.message()).contains("its level is Dangerous")));
    // A version whose spec is no longer read stops too.
    var why = List.of(Diagnostic.error(Problem.SYNTAX, Location.NOWHERE, "a", "b"));
    var manifest = FlowText.parse("{spec: " + spec(more) + "}");
    var facts = TestDevice.with(257);
    assertThat(Compiler.unreadable(manifest, why, facts.with(DevicePolicy.DEFAULT)).errors())
        .hasSize(2);
    assertThat(Compiler.unreadable(manifest, why, facts.with(LISTED)).errors()).isEqualTo(why);
    var withheld = FlowText.parse("{spec: " + spec("permissions: {rawNetwork: false}") + "}");
    assertThat(Compiler.unreadable(withheld, why, facts.with(DevicePolicy.DEFAULT)).errors())
        .isEqualTo(why);
  }
}
