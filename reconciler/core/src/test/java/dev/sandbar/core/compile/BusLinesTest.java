package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permission.Level;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SliceLimits;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BusLinesTest {

  private static final String RUN = "run: {command: [/usr/bin/app]}";

  @Test
  void anAppHasTheSocketOfAFilterThatIsItsOwn() {
    CompiledApp app = compiled("permissions: {dbus: {talk: [org.example.Pump]}, bluetooth: true}");
    BusProxy proxy = BusProxy.of(app.spec()).orElseThrow();

    String unit = proxy.unit().value();
    assertThat(unit).matches("sandbard-bus@[0-9a-f]{28}[.]service");
    String instance = unit.substring("sandbard-bus@".length(), unit.length() - ".service".length());
    assertThat(app.text())
        .contains("Requires=" + unit + "\n", "After=" + unit + "\n")
        .contains("User=sb-" + instance + "\n", "DynamicUser=yes\n", "PrivateUsers=yes\n")
        .contains("BindReadOnlyPaths=/run/private/sandbar-bus/" + instance + ":/run/dbus\n")
        .contains("NoExecPaths=/run/dbus\n")
        .contains(
            "Environment=\"DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/dbus/system_bus_socket\"\n");
    assertThat(CompilerTest.values(app, "RestrictAddressFamilies")).containsExactly("AF_UNIX");
    assertThat(app.files())
        .extracting(AppFile::text)
        .containsExactly(
            """
            # The services on the system bus that app calls.
            SANDBAR_BUS_NAMES="--talk=org.bluez --talk=org.example.Pump"
            """);
    assertThat(FileStorePath.of(app.files().getFirst()))
        .isEqualTo("/var/lib/sandbar/files/bus-" + instance);
    assertThat(FileStorePath.name(app.files().getFirst()))
        .as("the whole digest of what is in it")
        .matches("bus-" + instance + "-[0-9a-f]{64}");
    assertThat(proxy.declared().get(BusProxy.Part.ARGUMENTS))
        .isEqualTo(
            "/usr/bin/xdg-dbus-proxy unix:path=/run/dbus/system_bus_socket /run/sandbar-bus/%s/system_bus_socket --filter --talk=org.bluez --talk=org.example.Pump"
                .formatted(instance));
    assertThat(app.directives())
        .filteredOn(line -> line.name().equals("Requires"))
        .extracting(Directive::because)
        .containsExactly("dbus, bluetooth");
  }

  @Test
  void anAppThatOwnsANameHasAFilterInTheGroupAndAFileOfTheBus() {
    CompiledApp app =
        compiled("permissions: {dbus: {own: [com.example.Tank], talk: [org.example.Pump]}}");
    BusProxy proxy = BusProxy.of(app.spec()).orElseThrow();
    BusPolicy policy = proxy.policy().orElseThrow();

    assertThat(proxy.unit().value()).matches("sandbard-own@[0-9a-f]{28}[.]service");
    assertThat(app.text())
        .contains("BindReadOnlyPaths=/run/private/sandbar-own/")
        .doesNotContain("SupplementaryGroups");
    assertThat(proxy.declared().get(BusProxy.Part.ARGUMENTS))
        .endsWith(" --filter --talk=org.example.Pump --own=com.example.Tank");
    assertThat(policy.file()).matches("sandbar-[0-9a-f]{28}[.]conf");
    assertThat(BusPolicy.isOwn(policy.file())).isTrue();
    assertThat(BusPolicy.isOwn("sandbar-mine.conf")).isFalse();
    assertThat(policy.text())
        .endsWith(
            """
            <busconfig>
              <policy group="sandbar-bus">
                <allow own="com.example.Tank"/>
              </policy>
              <policy context="default">
                <allow send_destination="com.example.Tank"/>
              </policy>
            </busconfig>
            """);
    assertThat(
            BusProxy.of(compiled("permissions: {bluetooth: true}").spec()).orElseThrow().policy())
        .isEmpty();
  }

  /** Who is in the group could own names of other apps. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "directives: {SupplementaryGroups: sandbar-bus}",
        "directives: {Group: sandbar-bus}",
        "mode: Open, directives: {SupplementaryGroups: sandbar-bus}",
        "mode: Open, directives: {Group: sandbar-bus}",
        "mode: Open, directives: {DynamicUser: true, SupplementaryGroups: sandbar-bus}",
      })
  void noAppIsInTheGroup(String spec) {
    assertThat(CompilerTest.errors("{" + RUN + ", " + spec + "}", TestDevice.with(257)))
        .isNotEmpty();
  }

  @Test
  void namesOfTheDeviceAreNotForApps() {
    DeviceFacts facts =
        TestDevice.with(257)
            .with(
                new BusServices(
                    new TreeSet<>(Set.of("org.bluez")), new TreeSet<>(Set.of("org.example"))));
    for (String name : List.of("org.bluez", "org.example.Pump", "org.example.Pump.Below")) {
      assertThat(CompilerTest.errors(owning(name), facts))
          .singleElement()
          .satisfies(
              error ->
                  assertThat(error.toString())
                      .contains(name + " belongs to a service of this device", "own another name"));
    }
    facts =
        facts.with(
            new BusServices(
                new TreeSet<>(Set.of("org.free.login")), new TreeSet<>(Set.of("org.example.a"))));
    for (String name : List.of("org.free", "org.example")) {
      assertThat(CompilerTest.errors(owning(name), facts))
          .singleElement()
          .satisfies(
              error ->
                  assertThat(error.toString())
                      .contains(
                          name
                              + " is above names of this device's services, such as "
                              + name
                              + "."));
    }
    for (String name :
        List.of("org.bluez.mine", "org.examples.Pump", "org.fre", "org.free.loginx")) {
      assertThat(CompilerTest.compiled(owning(name), facts).text()).contains("sandbard-own@");
    }
    assertThat(CompilerTest.errors(owning("a.b"), TestDevice.without(Feature.BUS_NAMES)))
        .singleElement()
        .satisfies(error -> assertThat(error.toString()).contains("lacks the group sandbar-bus"));
  }

  @Test
  void appsThatOwnOneNameAreAllRefused() {
    var compiled = new TreeMap<AppName, Compilation>();
    for (String name : List.of("a", "b")) {
      compiled.put(
          new AppName(name),
          Compiler.compile(FlowText.read(name, owning("x.Y")), TestDevice.with(257)));
    }
    compiled.put(
        new AppName("c"),
        Compiler.compile(FlowText.read("c", owning("x.Z")), TestDevice.with(257)));

    assertThat(AppClashes.refuse(compiled))
        .extracting(Diagnostic::message)
        .containsExactly(
            "permissions.dbus.own: app 'a' owns x.Y, and app 'b' does too",
            "permissions.dbus.own: app 'b' owns x.Y, and app 'a' does too");
    assertThat(compiled.values())
        .extracting(it -> it instanceof Compilation.Rejected)
        .containsExactly(true, true, false);
  }

  /** Who is BlueZ has what BlueZ opens. */
  @Test
  void aPolicyHoldsForNamesThatAreOwned() {
    assertThat(CompilerTest.errors(owning("org.bluez"), denying(Permission.BLUETOOTH)))
        .isNotEmpty();
    assertThat(CompilerTest.errors(owning("a.b"), denying(Permission.DBUS))).isNotEmpty();
    assertThat(CompilerTest.compiled(owning("a.b"), denying(Permission.BLUETOOTH)).text())
        .contains("sandbard-own@");
  }

  private static String owning(String name) {
    return "{%s, permissions: {dbus: {own: [%s]}}}".formatted(RUN, name);
  }

  @Test
  void anotherAppAndOtherNamesHaveAnotherFilter() {
    String one = "permissions: {dbus: {talk: [org.a.B]}}";
    assertThat(
            List.of(
                unit("app", one),
                unit("other", one),
                unit("app", "permissions: {dbus: {talk: [org.a.C]}}")))
        .doesNotHaveDuplicates();
    assertThat(unit("app", "permissions: {dbus: {talk: [org.a.B, org.a.A]}}"))
        .isEqualTo(unit("app", "permissions: {dbus: {talk: [org.a.A, org.a.B]}}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permissions: {dbus: false, bluetooth: false}",
        "permissions: {dbus: {talk: []}}",
        "permissions: {unixSockets: true}"
      })
  void withoutThereIsNone(String spec) {
    assertThat(compiled(spec).text()).doesNotContain("sandbar-bus", "\nUser=", "sandbard-bus@");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "permissions: {internet: true, dbus: {talk: [org.a.B]}}|opens the sockets too",
        "permissions: {networkStatus: true, bluetooth: true}|opens the sockets too",
      })
  void whatCannotBeHeldIsRefused(String spec, String why) {
    assertThat(CompilerTest.errors("{" + RUN + ", " + spec + "}", TestDevice.with(257)))
        .extracting(Diagnostic::message)
        .anySatisfy(message -> assertThat(message).contains(why));
  }

  @Test
  void aDeviceWithoutTheProgramRefuses() {
    assertThat(
            CompilerTest.errors(
                "{" + RUN + ", permissions: {bluetooth: true}}",
                TestDevice.without(Feature.BUS_PROXY)))
        .singleElement()
        .satisfies(
            error ->
                assertThat(error.toString())
                    .contains("lacks xdg-dbus-proxy", "install xdg-dbus-proxy"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.freedesktop.login1",
        "org.freedesktop.UDisks2",
        "io.systemd.Hostname",
        "org.freedesktop.PolicyKit1.Below",
        "org.freedesktop.Avahi",
        "org.freedesktop.hostname2",
        "org.example.Pump"
      })
  void anAppCallsOnlyWhatTheOwnerLists(String name) {
    String spec = "{%s, permissions: {dbus: {talk: [%s]}}}".formatted(RUN, name);

    assertThat(CompilerTest.errors(spec, TestDevice.with(257).with(DevicePolicy.DEFAULT)))
        .singleElement()
        .satisfies(
            error ->
                assertThat(error.toString())
                    .contains(name, "policy.dbus does not list it", "policy: {dbus: [...]}"));
    assertThat(CompilerTest.errors(spec, TestDevice.with(257).with(listing("org.example"))))
        .as("what is below a name is another service")
        .hasSize(1);
    assertThat(CompilerTest.compiled(spec, TestDevice.with(257).with(listing(name))).text())
        .contains("sandbard-bus@");
    // What runs by a spec that is no longer read stops too.
    Node unread = FlowText.parse("{spec: " + spec + "}");
    var why = List.of(Diagnostic.error(Problem.SYNTAX, Location.NOWHERE, "a", "b"));
    DeviceFacts facts = TestDevice.with(257);
    assertThat(Compiler.unreadable(unread, why, facts.with(DevicePolicy.DEFAULT)).errors())
        .hasSize(2);
    assertThat(Compiler.unreadable(unread, why, facts.with(listing(name))).errors()).isEqualTo(why);
  }

  private static DevicePolicy listing(String name) {
    return DevicePolicy.DEFAULT.withDbus(
        new Listed.Only<>(new TreeSet<>(Set.of(new BusName(name)))));
  }

  /** What an app is itself, and BlueZ by its own permission, no list has to name. */
  @Test
  void theListIsForWhatIsCalled() {
    for (String permissions : List.of("dbus: {own: [com.example.Tank]}", "bluetooth: true")) {
      assertThat(
              CompilerTest.compiled(
                      "{%s, permissions: {%s}}".formatted(RUN, permissions),
                      TestDevice.with(257).with(DevicePolicy.DEFAULT))
                  .text())
          .contains("sandbard-");
    }
  }

  @Test
  void aPolicyDeniesEachByWhatItOpens() {
    String dbus = "{" + RUN + ", permissions: {dbus: {talk: [org.example.Pump]}}}";
    String bluez = "{" + RUN + ", permissions: {dbus: {talk: [org.bluez]}}}";
    assertThat(CompilerTest.compiled(dbus, denying(Permission.UNIX_SOCKETS)).text())
        .contains("sandbard-bus@");
    assertThat(CompilerTest.errors(dbus, denying(Permission.DBUS))).isNotEmpty();
    assertThat(CompilerTest.errors(bluez, denying(Permission.BLUETOOTH))).isNotEmpty();
    assertThat(CompilerTest.compiled(dbus, denying(Permission.BLUETOOTH)).text())
        .contains("sandbard-bus@");
  }

  private static DeviceFacts denying(Permission permission) {
    return TestDevice.with(257)
        .with(
            new DevicePolicy(
                    true,
                    true,
                    true,
                    new TreeSet<>(Set.of(permission)),
                    Level.DANGEROUS,
                    SliceLimits.DEFAULT)
                .withDbus(new Listed.Any<>()));
  }

  private static String unit(String name, String spec) {
    return BusProxy.of(FlowText.read(name, "{" + RUN + ", " + spec + "}"))
        .orElseThrow()
        .unit()
        .value();
  }

  private static CompiledApp compiled(String spec) {
    return CompilerTest.compiled("{" + RUN + ", " + spec + "}", TestDevice.with(257));
  }
}
