package dev.sandbar.core.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.convert.UnitFile;
import dev.sandbar.core.learn.Use.Trait;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.SpecReader;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Specs of what services did. */
class LearnedSpecTest {

  private static final String UNIT =
      """
      [Unit]
      Description=A gauge
      [Service]
      User=gauge
      ExecStart=/usr/bin/gauge --all
      RestrictRealtime=yes
      ProtectHome=yes
      StateDirectory=gauge
      """;

  private static SocketAddress.Internet at(String host, int port) {
    return new SocketAddress.Internet(Cidr.parse(host).orElseThrow(), port);
  }

  private static LearnedSpec ofUnit(Use... uses) {
    return LearnedSpec.of(
        UnitFile.read(UNIT),
        new AppName("gauge"),
        "gauge.service",
        Map.of(),
        Lessons.of(List.of(uses)));
  }

  private static AppSpec read(Node manifest) {
    return SpecReader.read(manifest) instanceof SpecReader.Read(var app, _)
        ? app
        : org.assertj.core.api.Assertions.fail("not read: %s", manifest);
  }

  @Test
  void aServiceIsClosedButForWhatItDid() {
    LearnedSpec learned =
        ofUnit(
            new Use.Bound(Protocol.TCP, at("0.0.0.0", 1883)),
            new Use.Bound(Protocol.UDP, at("0.0.0.0", 53)),
            new Use.Called("umask"),
            new Use.Called("fsync"),
            new Use.Device("/dev/ttyUSB0", false));
    assertThat(learned.usable()).as("%s", learned.notes()).isTrue();
    AppSpec app = read(learned.manifest());
    assertThat(app.mode()).isEqualTo(AppSpec.Mode.CLOSED);
    assertThat(app.run().command()).containsExactly("/usr/bin/gauge", "--all");
    assertThat(app.permissions().requests())
        .containsOnlyKeys(
            Permission.LOCAL_NETWORK, Permission.PORTS, Permission.SERIAL, Permission.STATE);
    assertThat(learned.reasons().get("ports"))
        .containsExactly("is bound to tcp port 1883", "is bound to udp port 53");
  }

  /** What the unit says is outweighed by what the service was seen to do. */
  @Test
  void aLineOfTheUnitThatIsInTheWayIsLeftOutAndNamed() {
    LearnedSpec learned = ofUnit(new Use.Has(Trait.REALTIME));
    assertThat(learned.usable()).as("%s", learned.notes()).isTrue();
    assertThat(read(learned.manifest()).permissions().requests())
        .containsOnlyKeys(Permission.REALTIME, Permission.STATE);
    assertThat(learned.notes()).anyMatch(it -> it.what().contains("RestrictRealtime=yes"));
  }

  @Test
  void whatNoSpecMayAskForIsNamedAndTheRestIsThere() {
    LearnedSpec learned =
        ofUnit(new Use.Device("/dev/mem", true), new Use.Device("/dev/i2c-30", true));
    assertThat(learned.usable()).as("%s", learned.notes()).isTrue();
    assertThat(learned.notes()).anyMatch(it -> it.what().contains("/dev/mem"));
    assertThat(learned.manifest().toString()).contains("/dev/i2c-30").doesNotContain("/dev/mem");
  }

  private static LearnedSpec ofApp(String spec, Use... uses) {
    Node manifest = FlowText.app("pump", spec);
    return LearnedSpec.of(manifest, read(manifest), Lessons.of(List.of(uses)));
  }

  @Test
  void anAppLosesWhatItDidNotUse() {
    LearnedSpec learned =
        ofApp(
            """
            {run: {command: [/usr/bin/pump]}, permissions: {internet: true,
            internetTo: [{cidr: 203.0.113.0/24}], jit: true, state: true, keyring: false,
            storage: [{source: media, mountPath: /data}]}}""",
            new Use.Wrote("/var/lib/private/sandbar-pump/x"));
    assertThat(learned.unused()).containsExactlyInAnyOrder(Permission.INTERNET, Permission.JIT);
    assertThat(read(learned.manifest()).permissions().requests())
        .containsOnlyKeys(Permission.STATE, Permission.KEYRING, Permission.STORAGE);
    assertThat(learned.usable()).isTrue();
    assertThat(learned.notes()).isEmpty();
  }

  @Test
  void anAppKeepsTheNetworkThatItsPortsNeedAndPortsThatItDoesNotBindAreNamed() {
    LearnedSpec learned =
        ofApp(
            """
            {run: {command: [/usr/bin/pump]}, permissions: {localNetwork: true,
            ports: [{name: a, port: 80}, {name: b, port: 8080}]}}""",
            new Use.Bound(Protocol.TCP, at("0.0.0.0", 8080)));
    assertThat(learned.unused()).isEmpty();
    assertThat(learned.notes())
        .singleElement()
        .satisfies(it -> assertThat(it.what()).isEqualTo("has not bound port 80/tcp"));
  }

  @Test
  void anAppInOpenModeIsClosed() {
    LearnedSpec learned =
        ofApp(
            "{run: {command: [/usr/bin/pump]}, mode: Open, permissions: {internet: false}}",
            new Use.Reached(at("192.168.1.7", 502)));
    AppSpec app = read(learned.manifest());
    assertThat(app.mode()).isEqualTo(AppSpec.Mode.CLOSED);
    assertThat(app.permissions().requests()).containsOnlyKeys(Permission.LOCAL_NETWORK);
  }
}
