package dev.sandbar.core.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permission.Level;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.model.UnitName;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SocketLinesTest {

  private static final String RUN = "run: {command: [/usr/bin/app]}";

  @Test
  void aServerHasItsDirectoryAndSaysWhomItLetsIn() {
    CompiledApp app = compiled("permissions: {acceptFrom: [b, a]}");

    assertThat(app.text())
        .contains("BindPaths=/run/sandbar-apps/app\n")
        .contains("NoExecPaths=/run/sandbar-apps/app\n")
        .contains("Environment=\"RUNTIME_DIRECTORY=/run/sandbar-apps/app\"\n")
        .contains("SupplementaryGroups=sandbar-apps\n", "UMask=0007\n");
    assertThat(CompilerTest.values(app, "RestrictAddressFamilies")).containsExactly("AF_UNIX");
    assertThat(CompilerTest.values(app, "PrivateNetwork")).containsExactly("yes");
    assertThat(CompilerTest.values(app, "SocketBindDeny")).containsExactly("any");
    assertThat(app.files())
        .extracting(AppFile::text)
        .containsExactly(
            """
            d /run/sandbar-apps 0700 root root
            d /run/sandbar-apps/app 2770 root sandbar-apps
            d /run/sandbar-apps/.accept 0700 root root
            R /run/sandbar-apps/.accept/app
            d /run/sandbar-apps/.accept/app 0700 root root
            L /run/sandbar-apps/.accept/app/a - - - - /run/sandbar-apps/app
            L /run/sandbar-apps/.accept/app/b - - - - /run/sandbar-apps/app
            """,
            "D /run/sandbar-apps/app 2770 root sandbar-apps\n");
    for (AppFile file : app.files()) {
      String loader = "sandbard-sockets@" + FileStorePath.name(file) + ".service\n";
      assertThat(app.text()).contains("Requires=" + loader, "After=" + loader);
    }
  }

  /** What one app fills is no other one's. */
  @Test
  void aServerHasAFileSystemOfItsOwn() {
    CompiledApp app = compiled("permissions: {acceptFrom: [b, a]}");
    var mount = new SocketMount(new AppName("two-words"));
    String unit = "run-sandbar\\x2dapps-two\\x2dwords.mount";
    assertThat(mount.unit().value()).isEqualTo(unit);
    assertThat(SocketMount.app(mount.unit())).contains(mount.app());
    for (String other :
        List.of(
            "run-sandbar\\x2dapps.mount",
            "run-sandbar\\x2dapps-two-words.mount",
            "run-sandbar\\x2dmounts-nas.mount")) {
      assertThat(SideUnit.app(new UnitName(other))).isEmpty();
    }
    SideUnit own = SideUnit.of(app).getFirst();
    assertThat(own.unit().value()).isEqualTo("run-sandbar\\x2dapps-app.mount");
    assertThat(app.text()).contains("Requires=" + own.unit() + "\n", "After=" + own.unit() + "\n");
    assertThat(own.text())
        .contains(
            "Where=/run/sandbar-apps/app\n",
            "Options=mode=2770,gid=sandbar-apps,size=1M,nr_inodes=4096,nosuid,nodev,noexec\n",
            "Before=umount.target sandbard-sockets.target\n");
    // The same for every version, for there is one of it.
    assertThat(SideUnit.of(compiled("permissions: {acceptFrom: [c]}"))).containsExactly(own);
    assertThat(SideUnit.of(compiled("permissions: {talkTo: [b]}"))).isEmpty();
  }

  @Test
  void aClientMountsWhereItIsLetInAndWritesNothing() {
    CompiledApp app = compiled("permissions: {talkTo: [b]}");

    assertThat(app.text())
        .contains("BindReadOnlyPaths=-/run/sandbar-apps/.accept/b/app:/run/sandbar-apps/b\n")
        .contains("NoExecPaths=-/run/sandbar-apps/b\n", "After=sandbard-sockets.target\n")
        .contains("SupplementaryGroups=sandbar-apps\n", "UMask=0077\n")
        .doesNotContain("Requires=", "RUNTIME_DIRECTORY");
    assertThat(CompilerTest.allows(app, "SystemCallFilter", "listen")).isFalse();
    assertThat(app.files()).isEmpty();
  }

  @Test
  void aVariableOfTheSpecStays() {
    CompiledApp app =
        CompilerTest.compiled(
            "{run: {command: [/usr/bin/app], environment: {RUNTIME_DIRECTORY: /x}},"
                + " permissions: {acceptFrom: [a]}}",
            TestDevice.with(257));
    assertThat(CompilerTest.values(app, "Environment"))
        .filteredOn(it -> it.contains("RUNTIME_DIRECTORY"))
        .containsExactly("\"RUNTIME_DIRECTORY=/x\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "permissions: {internet: true, talkTo: [a]}|opens the sockets too",
        "permissions: {networkStatus: true, acceptFrom: [a]}|opens the sockets too",
        "permissions: {localNetwork: true, unixSockets: true, acceptFrom: [a]}|lets the app listen",
        "permissions: {talkTo: [app]}|names the app itself",
      })
  void whatCannotBeHeldIsRefused(String spec, String why) {
    assertThat(CompilerTest.errors("{" + RUN + ", " + spec + "}", TestDevice.with(257)))
        .extracting(Diagnostic::message)
        .anySatisfy(message -> assertThat(message).contains(why));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "network: Own, permissions: {internet: true, talkTo: [a], acceptFrom: [b]}",
        "permissions: {internet: true, unixSockets: true, talkTo: [a]}",
        "permissions: {internet: true, unixSockets: true, ports: [{port: 8080}], acceptFrom: [a]}",
        "permissions: {networkNamespace: uplink, internet: true, acceptFrom: [a]}",
      })
  void besideANetworkItIsSaid(String spec) {
    assertThat(compiled(spec).text()).contains("/run/sandbar-apps/");
  }

  @Test
  void aDeviceWithoutTheUnitsRefuses() {
    assertThat(
            CompilerTest.errors(
                "{" + RUN + ", permissions: {talkTo: [a]}}",
                TestDevice.without(Feature.APP_SOCKETS)))
        .singleElement()
        .satisfies(
            error ->
                assertThat(error.toString())
                    .contains("lacks the group sandbar-apps", "package of Sandbar"));
  }

  /** What sockets between apps take is not what a policy denies by the name of another. */
  @Test
  void aPolicyDeniesThemByTheirOwnName() {
    String spec = "{" + RUN + ", permissions: {acceptFrom: [a]}}";
    assertThat(
            CompilerTest.compiled(spec, denying(Permission.UNIX_SOCKETS, Permission.PORTS)).text())
        .contains("/run/sandbar-apps/app");
    assertThat(CompilerTest.errors(spec, denying(Permission.ACCEPT_FROM))).isNotEmpty();
    assertThat(
            CompilerTest.errors(
                "{" + RUN + ", network: Own, permissions: {internet: true, acceptFrom: [a]}}",
                denying(Permission.PORTS)))
        .isNotEmpty();
  }

  private static DeviceFacts denying(Permission... permissions) {
    return TestDevice.with(257)
        .with(
            new DevicePolicy(
                true,
                true,
                true,
                new TreeSet<>(Set.of(permissions)),
                Level.DANGEROUS,
                SliceLimits.DEFAULT));
  }

  @Test
  void theMissingSideIsNamed() {
    AppSpec server = FlowText.read("server", "{" + RUN + ", permissions: {acceptFrom: [a, b]}}");
    AppSpec a = FlowText.read("a", "{" + RUN + ", permissions: {talkTo: [server, gone, bad]}}");
    AppSpec b = FlowText.read("b", "{" + RUN + "}");
    AppSpec c = FlowText.read("c", "{" + RUN + ", permissions: {talkTo: [server]}}");

    assertThat(MissingPeers.find(List.of(server, a, b, c), Set.of(new AppName("bad"))))
        .extracting(Diagnostic::message)
        .containsExactly(
            "permissions.talkTo: this device has no app 'gone', so app 'a' runs without it",
            "permissions.talkTo: app 'server' does not list app 'c' in acceptFrom, so nothing is"
                + " opened between them",
            "permissions.acceptFrom: app 'b' does not list app 'server' in talkTo, so nothing is"
                + " opened between them");
  }

  private static CompiledApp compiled(String spec) {
    return CompilerTest.compiled("{" + RUN + ", " + spec + "}", TestDevice.with(257));
  }
}
