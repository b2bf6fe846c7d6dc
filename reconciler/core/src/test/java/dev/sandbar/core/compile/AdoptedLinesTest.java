package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Effective.Setting;
import dev.sandbar.core.property.Tightness;
import dev.sandbar.core.property.Value;
import dev.sandbar.core.property.WallExceptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a drop-in adds to a service of the device. */
class AdoptedLinesTest {

  private static final String UNIT = "run: {unit: mosquitto.service}, mode: Open";

  /** Lines of services as packages have them. */
  private static final List<List<Setting>> SERVICES =
      List.of(
          lines("Type=notify"),
          lines(
              "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID",
              "AmbientCapabilities=CAP_NET_BIND_SERVICE",
              "SystemCallFilter=@system-service",
              "SystemCallFilter=~@resources",
              "RestrictAddressFamilies=AF_UNIX AF_INET",
              "RestrictNamespaces=user net"),
          lines(
              "SystemCallFilter=~@mount",
              "RestrictAddressFamilies=~AF_PACKET",
              "CapabilityBoundingSet=~CAP_SYS_ADMIN",
              "SystemCallArchitectures=native x86",
              "IPAddressAllow=203.0.113.0/24 10.0.0.0/8 localhost",
              "IPAddressDeny=any",
              "InaccessiblePaths=/home",
              "DeviceAllow=/dev/ttyUSB0 rw"),
          lines(
              "ProtectSystem=full",
              "PrivateTmp=yes",
              "NoNewPrivileges=yes",
              "ReadOnlyPaths=/opt",
              "LimitMEMLOCK=0"));

  private static List<Setting> lines(String... lines) {
    return Arrays.stream(lines)
        .map(line -> line.split("=", 2))
        .map(parts -> new Setting(parts[0], parts[1]))
        .toList();
  }

  private static CompiledApp compiled(String rest) {
    return switch (compile(rest)) {
      case Compilation.Compiled(var app, _) -> app;
      case Compilation.Rejected(_, var errors) -> throw new AssertionError(errors.toString());
    };
  }

  private static Compilation compile(String rest) {
    return Compiler.compile(FlowText.read("broker", "{" + UNIT + rest + "}"), TestDevice.with(257));
  }

  static Stream<String> withheld() {
    var one =
        Arrays.stream(Permission.values())
            .filter(Permission::canBeWithheldInOpenMode)
            .map(permission -> ", permissions: {" + permission.key() + ": false}");
    var several =
        Stream.of(
            ", permissions: {internet: false, localNetwork: true}",
            ", permissions: {internet: true, internetTo: [{cidr: 203.0.113.0/24}], localNetwork:"
                + " false}",
            ", permissions: {internet: false, localNetwork: true, ports: [{name: a, port: 1883}]}",
            ", permissions: {devices: false, serial: [{device: /dev/ttyUSB0}]}",
            ", systemCalls: {deny: [\"@mount\", ptrace]}",
            ", directives: {RestrictAddressFamilies: ~AF_INET6, RestrictNamespaces: yes}",
            ", directives: {ProtectSystem: strict, PrivateTmp: disconnected, ProtectHome: tmpfs}",
            ", directives: {InaccessiblePaths: [/srv], ReadOnlyPaths: [/var]}");
    return Stream.concat(one, several);
  }

  /** The property that all of this rests on: what is together closes what each closes alone. */
  @ParameterizedTest
  @MethodSource("withheld")
  void whatAServiceHasClosedStaysClosedAndWhatIsWithheldIsClosedToo(String rest) {
    CompiledApp app = compiled(rest);
    Effective.Context context = context();
    for (List<Setting> service : SERVICES) {
      var both = new ArrayList<>(service);
      app.directives().forEach(line -> both.add(new Setting(line.name(), line.value())));
      SortedMap<String, Value> before = Effective.of(service, context);
      SortedMap<String, Value> after = Effective.of(both, context);
      app.effective()
          .forEach(
              (name, wanted) ->
                  assertThat(closes(name, wanted, after))
                      .as(
                          "%s of %s with %s: wanted %s, is %s",
                          name, rest, service, wanted.show(), show(after, name))
                      .isTrue());
      before.forEach(
          (name, closed) -> {
            // How a call fails that is refused closes nothing.
            if (WallExceptions.listedBy(name).isEmpty()
                && !List.of("Environment", "SystemCallErrorNumber").contains(name)) {
              assertThat(closes(name, closed, after))
                  .as(
                      "%s of %s with %s: was %s, is %s",
                      name, rest, service, closed.show(), show(after, name))
                  .isTrue();
            }
          });
    }
  }

  private static String show(SortedMap<String, Value> values, String name) {
    return Objects.requireNonNull(values.get(name)).show();
  }

  private static boolean closes(String name, Value wanted, SortedMap<String, Value> found) {
    return Tightness.closes(
        DirectiveTable.find(name).orElseThrow(), wanted, Objects.requireNonNull(found.get(name)));
  }

  private static Effective.Context context() {
    return TestDevice.with(257).context(new UnitName("mosquitto.service"));
  }

  @Test
  void theDropInHasNothingButWalls() {
    CompiledApp app = compiled(", permissions: {internet: false}");
    assertThat(app.unit()).isEqualTo(new UnitName("mosquitto.service"));
    assertThat(app.text())
        .startsWith("# Written by Sandbar from the AppSandbox broker.\n")
        .contains("\n[Service]\n")
        .doesNotContain("[Unit]", "[Install]", "ExecStart", "Slice", "User", "Restart");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          , permissions: {state: true}                                    | permissions.state gives an app
          , permissions: {storage: [{source: media, mountPath: /data}]}   | permissions.storage gives an app
          , permissions: {networkNamespace: uplink}                       | permissions.networkNamespace gives
          , directives: {DynamicUser: yes}                                | directives.DynamicUser is for a program
          , directives: {RootImage: /srv/a.squashfs}                      | directives.RootImage is for a program
          , directives: {Restart: always}                                 | directives.Restart is for a program
          , directives: {SystemCallFilter: "@system-service"}             | directives.SystemCallFilter lists what is allowed
          , directives: {LimitNOFILE: 1000}                               | directives.LimitNOFILE could give
          , directives: {LimitMEMLOCK: infinity}                          | directives.LimitMEMLOCK could give
          , directives: {RestrictAddressFamilies: AF_INET}                | directives.RestrictAddressFamilies lists
          """)
  void whatWouldGiveTheServiceMoreIsRefused(String rest, String message) {
    assertThat(compile(rest)).isInstanceOf(Compilation.Rejected.class);
    assertThat(((Compilation.Rejected) compile(rest)).errors().toString())
        .contains(message.strip());
  }

  @Test
  void theOwnerListsWhatAppsMayConfine() {
    var spec = FlowText.read("broker", "{" + UNIT + ", permissions: {internet: false}}");
    var facts = TestDevice.with(257);
    assertThat(Compiler.compile(spec, facts.with(DevicePolicy.DEFAULT)))
        .isInstanceOfSatisfying(
            Compilation.Rejected.class,
            rejected ->
                assertThat(rejected.errors())
                    .singleElement()
                    .satisfies(
                        d -> {
                          assertThat(d.problem()).isEqualTo(Problem.POLICY_DENIED);
                          assertThat(d.help()).contains("adopt: [");
                        }));
    // Open mode gives a service nothing, so that the owner need not allow it.
    var listed =
        new DevicePolicy(
                false,
                false,
                true,
                new TreeSet<>(List.of(Permission.INTERNET)),
                Permission.Level.NORMAL,
                SliceLimits.DEFAULT)
            .withAdopt(
                new Listed.Only<>(new TreeSet<>(List.of(new UnitName("mosquitto.service")))));
    assertThat(Compiler.compile(spec, facts.with(listed))).isInstanceOf(Compilation.Compiled.class);
  }
}
