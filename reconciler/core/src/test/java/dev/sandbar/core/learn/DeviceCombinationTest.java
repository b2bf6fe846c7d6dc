package dev.sandbar.core.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.convert.SpecTrial;
import dev.sandbar.core.learn.Combination.Cause;
import dev.sandbar.core.learn.Combination.Combined;
import dev.sandbar.core.learn.Combination.Refused;
import dev.sandbar.core.learn.Combination.Seen;
import dev.sandbar.core.learn.Combination.Taken;
import dev.sandbar.core.learn.ServiceObservation.Service;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What several devices saw of one service, as one spec. */
class DeviceCombinationTest {

  private static final String UNIT = "[Service]\nExecStart=/usr/bin/gauge --all\nProtectHome=yes\n";
  private static final AppName NAME = new AppName("gauge");

  private static final Use TALKS =
      new Use.Reached(new SocketAddress.Internet(Cidr.parse("203.0.113.9").orElseThrow(), 443));

  private static final String PUMP =
      """
      {run: {command: [/usr/bin/pump]}, permissions: {internet: true, jit: true, localNetwork: true,
      storage: [{source: media, mountPath: /data}], ports: [{name: web, port: 80}]},
      directives: {MemoryMax: 64M}}""";

  /** How the service is on the devices. */
  private enum Way {
    CLOSED,
    ADOPTED,
    APP;

    Service service(Random random) {
      return switch (this) {
        case CLOSED -> unit(UNIT);
        case ADOPTED ->
            random.nextBoolean()
                ? unit(UNIT)
                : new Service.Confined(NAME, List.of("[Service]\nProtectSystem=strict\n"), 257);
        case APP -> new Service.App(FlowText.app("pump", PUMP));
      };
    }
  }

  private static Service unit(String text) {
    return new Service.Unit(List.of(text), new TreeMap<>(), 257);
  }

  private static ServiceObservation seen(String device, Service service, Use... uses) {
    return ServiceObservation.of(
        device,
        new UnitName("gauge.service"),
        Instant.EPOCH,
        600,
        1,
        true,
        "",
        service,
        List.of(uses));
  }

  private static Combined combined(List<ServiceObservation> all, boolean adopt) {
    return DeviceCombination.of(all, adopt, _ -> NAME) instanceof Combined it
        ? it
        : org.assertj.core.api.Assertions.fail(
            "refused: %s", DeviceCombination.of(all, adopt, _ -> NAME));
  }

  private static Refused refused(boolean adopt, ServiceObservation... all) {
    return DeviceCombination.of(List.of(all), adopt, _ -> NAME) instanceof Refused it
        ? it
        : org.assertj.core.api.Assertions.fail("not refused");
  }

  private static AppSpec spec(Combined combined) {
    assertThat(SpecTrial.errors(combined.spec().manifest()))
        .as("%s", combined.spec().manifest())
        .isEmpty();
    return SpecReader.read(combined.spec().manifest()) instanceof SpecReader.Read(var app, _)
        ? app
        : org.assertj.core.api.Assertions.fail("not read");
  }

  private static Sandbox sandbox(AppSpec app) {
    return Compiler.sandbox(app, ReferenceDevice.facts(app));
  }

  private static Node field(Node manifest, String... path) {
    Node node = manifest;
    for (String key : path) {
      node = node.fields().getOrDefault(key, Node.mapping(List.of()));
    }
    return node;
  }

  private static List<ServiceObservation> some(Random random, Way way, String prefix) {
    var all = new ArrayList<ServiceObservation>();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      all.add(new RandomUses(random).of(prefix + i, way.service(random), 8));
    }
    return all;
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void whatAnyOfThemAllowsTheCombinedSpecAllows(Way way) {
    for (int seed = 0; seed < 20; seed++) {
      var random = new Random(seed);
      List<ServiceObservation> some = some(random, way, "a-");
      List<ServiceObservation> others = some(random, way, seed % 2 == 0 ? "a-" : "b-");
      var both = new ArrayList<>(some);
      both.addAll(others);
      boolean adopt = way == Way.ADOPTED;
      Combined of = combined(both, adopt);
      AppSpec whole = spec(of);
      for (List<ServiceObservation> part : List.of(some, others)) {
        Combined ofPart = combined(part, adopt);
        AppSpec app = spec(ofPart);
        if (way == Way.CLOSED && isNarrowed(app) && !isNarrowed(whole)) {
          // Loopback, which no spec opens beside all of the internet, is named.
          assertThat(of.spec().notes()).anyMatch(it -> it.help().contains("open no loopback"));
          continue;
        }
        assertThat(sandbox(whole).includes(sandbox(app)))
            .as("seed %d: %s%n%s", seed, of.spec().manifest(), ofPart.spec().manifest())
            .isTrue();
        if (!adopt) {
          assertThat(whole.permissions().requests().keySet())
              .containsAll(app.permissions().requests().keySet());
        }
        Node manifest = ofPart.spec().manifest();
        assertThat(field(manifest, "spec", "directives").fields().keySet())
            .as("directives of seed %d", seed)
            .containsAll(field(of.spec().manifest(), "spec", "directives").fields().keySet());
        assertThat(field(manifest, "spec", "systemCalls", "deny").toString())
            .satisfies(
                denied ->
                    assertThat(items(field(of.spec().manifest(), "spec", "systemCalls", "deny")))
                        .allSatisfy(group -> assertThat(denied).contains("=" + group + "]")));
      }
    }
  }

  private static boolean isNarrowed(AppSpec app) {
    return app.permissions().get(Permission.INTERNET_TO).isPresent();
  }

  private static List<String> items(Node list) {
    return list instanceof Node.Sequence(_, var items)
        ? items.stream().map(it -> it instanceof Node.Scalar(_, _, var text) ? text : "").toList()
        : List.of();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void orderNeverMattersAndTwiceIsOnce(Way way) {
    for (int seed = 0; seed < 6; seed++) {
      var random = new Random(seed);
      List<ServiceObservation> all = some(random, way, "a-");
      Combined once = combined(all, way == Way.ADOPTED);
      var twice = new ArrayList<>(all);
      twice.addAll(all);
      Collections.shuffle(twice, random);
      Combined again = combined(twice, way == Way.ADOPTED);
      assertThat(again).as("seed %d", seed).isEqualTo(once);
    }
  }

  @Test
  void aPermissionIsNamedWithTheDevicesThatTookIt() {
    Combined combined =
        combined(
            List.of(
                seen("pump-1", unit(UNIT), new Use.Has(Use.Trait.REALTIME)),
                seen("pump-2", unit(UNIT), new Use.Has(Use.Trait.REALTIME), TALKS)),
            false);
    assertThat(combined.taken())
        .extracting(Taken::name, it -> List.copyOf(it.devices()))
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("internet", List.of("pump-2")),
            org.assertj.core.groups.Tuple.tuple("realtime", List.of("pump-1", "pump-2")));
    assertThat(combined.taken().getFirst().causes())
        .extracting(Cause::what)
        .containsExactly("talks to 203.0.113.9:443");
    assertThat(combined.sent()).containsExactly("run.command");
  }

  @Test
  void aDeviceThatIsSeenTwiceCountsOnce() {
    ServiceObservation first = seen("pump-1", unit(UNIT), TALKS);
    ServiceObservation second = seen("pump-1", unit(UNIT), new Use.Has(Use.Trait.REALTIME));
    assertThat(combined(List.of(first, second, first), false).devices())
        .containsExactly(new Seen("pump-1", 2, 1200, true, ""));
  }

  @Test
  void otherUnitsAndOtherVersionsAreRefusedByTheNamesOfTheirDevices() {
    ServiceObservation other =
        ServiceObservation.of(
            "pump-9",
            new UnitName("nginx.service"),
            Instant.EPOCH,
            1,
            1,
            true,
            "",
            unit(UNIT),
            List.of());
    assertThat(refused(false, seen("pump-1", unit(UNIT)), other).what())
        .isEqualTo("gauge.service was watched on pump-1, but nginx.service on pump-9");
    Refused changed =
        refused(
            false,
            seen("pump-1", unit(UNIT)),
            seen("pump-2", unit(UNIT)),
            seen("pump-7", unit(UNIT + "User=root\n")));
    assertThat(changed.what())
        .isEqualTo("the unit file of gauge.service of pump-7 is not the one of pump-1 and pump-2");
    assertThat(changed.help()).contains("--adopt");
    assertThat(
            refused(
                    false,
                    seen("pump-1", new Service.App(FlowText.app("pump", PUMP))),
                    seen("pump-2", new Service.App(FlowText.app("pump", "{raw: {}}"))))
                .what())
        .contains("the version of gauge.service of pump-2 is not the one of pump-1");
  }

  /** A spec of another name would take the place of another app. */
  @Test
  void oneDeviceDoesNotNameTheAppOfTheOthers() {
    Service confined = new Service.Confined(new AppName("payroll"), List.of(), 257);
    Refused mixed = refused(true, seen("pump-1", unit(UNIT)), seen("pump-7", confined));
    assertThat(mixed.what())
        .isEqualTo("gauge.service is confined by payroll on pump-7, and the spec is of gauge");
    assertThat(mixed.help()).contains("--name payroll");
    Service other = new Service.Confined(NAME, List.of(), 257);
    assertThat(refused(false, seen("pump-1", other), seen("pump-7", confined)).help())
        .contains("the same app");
    assertThat(combined(List.of(seen("pump-1", confined)), false).sent())
        .containsExactly("metadata.name");
  }

  /** What one device has closed better stays, wherever it is. */
  @Test
  void aWallThatWouldOpenAServiceOnOneDeviceIsNotWrittenAndNamed() {
    Combined combined =
        combined(
            List.of(
                seen("pump-1", unit(UNIT.replace("ProtectHome=yes\n", ""))),
                seen("pump-2", unit(UNIT))),
            true);
    assertThat(field(combined.spec().manifest(), "spec", "directives").fields())
        .containsKey("ProtectSystem")
        .doesNotContainKey("ProtectHome");
    assertThat(combined.spec().notes())
        .anyMatch(it -> it.what().contains("ProtectHome= of its own, or more so, on pump-2 only"));
  }

  @Test
  void oneDeviceThatWasNotSeenFromTheStartKeepsWallsAway() {
    ServiceObservation late =
        ServiceObservation.of(
            "pump-2",
            new UnitName("gauge.service"),
            Instant.EPOCH,
            600,
            1,
            true,
            "no BPF here",
            unit(UNIT),
            List.of());
    Node manifest = combined(List.of(seen("pump-1", unit(UNIT)), late), true).spec().manifest();
    assertThat(field(manifest, "spec").fields()).doesNotContainKeys("directives", "systemCalls");
    assertThat(field(manifest, "spec", "permissions").fields())
        .containsKeys(Permission.INTERNET.key(), Permission.REALTIME.key())
        .doesNotContainKey(Permission.KEYRING.key());
  }

  /** Whatever a device says it did, it comes to words of permissions and known calls. */
  @Test
  void aLyingDeviceCannotBringInWhatNoPermissionIs() {
    Combined combined =
        combined(
            List.of(
                seen("pump-1", unit(UNIT)),
                seen(
                    "pump-2",
                    unit(UNIT),
                    new Use.Called("@mount"),
                    new Use.Called("mount"),
                    new Use.Called("fsync, raw: {}"),
                    new Use.Device("/dev/mem", true),
                    new Use.Device("/dev/../etc/shadow", true),
                    new Use.Wrote("/etc/shadow"))),
            false);
    AppSpec app = spec(combined);
    assertThat(app.permissions().requests()).isEmpty();
    assertThat(field(combined.spec().manifest(), "spec").fields())
        .doesNotContainKeys("raw", "systemCalls");
    assertThat(combined.spec().notes()).anyMatch(it -> it.what().contains("calls @mount"));
  }

  /** What no observation is the reason for is named: the devices may have made it up. */
  @Test
  void whatTheDevicesSentIsNamed() {
    String hostile =
        """
        {run: {command: [/usr/bin/pump]}, permissions: {internet: true,
        storage: [{source: media, mountPath: /data}], keyring: false},
        systemCalls: {allow: [fsync]}, directives: {MemoryMax: 64M}}""";
    Combined combined =
        combined(
            List.of(seen("pump-1", new Service.App(FlowText.app("pump", hostile)), TALKS)), false);
    assertThat(combined.sent())
        .containsExactlyInAnyOrder(
            "metadata.name",
            "run.command",
            "permissions.storage",
            "systemCalls.allow",
            "directives.MemoryMax");
  }

  /** No spec opens both, and the other device must not be left without any. */
  @Test
  void aPortThatTheKernelPicksIsLeftOutBesideOneBelow1024() {
    var any = Cidr.parse("0.0.0.0").orElseThrow();
    Combined combined =
        combined(
            List.of(
                seen(
                    "pump-1",
                    unit(UNIT),
                    new Use.Bound(Protocol.UDP, new SocketAddress.Internet(any, 0))),
                seen(
                    "pump-2",
                    unit(UNIT),
                    new Use.Bound(Protocol.TCP, new SocketAddress.Internet(any, 22)))),
            false);
    assertThat(spec(combined).permissions().requests())
        .containsOnlyKeys(Permission.LOCAL_NETWORK, Permission.PORTS);
    assertThat(combined.spec().notes())
        .anyMatch(it -> it.what().contains("a port that the kernel picks, beside"));
  }

  /** More than a spec may have is found out before each of them is tried. */
  @Test
  void anyNumberOfPortsAndDevicesEndsSoon() {
    var many = new ArrayList<Use>();
    for (int i = 0; i < 9_000; i++) {
      many.add(new Use.Device("/dev/x" + i, true));
      many.add(
          new Use.Bound(
              Protocol.TCP,
              new SocketAddress.Internet(Cidr.parse("0.0.0.0").orElseThrow(), 1 + i)));
    }
    Combined combined =
        combined(
            List.of(
                seen("pump-1", unit(UNIT), TALKS),
                seen("pump-2", unit(UNIT), many.toArray(Use[]::new))),
            false);
    assertThat(combined.spec().usable()).isFalse();
    assertThat(combined.taken())
        .filteredOn(it -> it.name().equals("ports"))
        .singleElement()
        .satisfies(it -> assertThat(it.devices()).containsExactly("pump-2"));
  }
}
