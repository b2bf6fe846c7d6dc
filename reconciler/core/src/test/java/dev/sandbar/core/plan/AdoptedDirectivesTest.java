package dev.sandbar.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.TestDevice;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveOverride;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Effective.Setting;
import dev.sandbar.core.property.Tightness;
import dev.sandbar.core.property.Value;
import dev.sandbar.core.property.WallExceptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every directive that a spec may write, on services that are tight, open, and in between. */
@ParameterizedClass
@ValueSource(ints = {252, 257, 262})
class AdoptedDirectivesTest {

  private static final UnitName UNIT = new UnitName("mosquitto.service");

  private static final List<String> VALUES =
      List.of("yes", "no", "0", "1", "50%", "infinity", "4M", "~@mount", "@system-service");

  private static final List<String> OF_LISTS =
      List.of(
          "AF_INET",
          "~AF_INET",
          "~user",
          "user net",
          "native",
          "CAP_CHOWN",
          "~CAP_CHOWN",
          "any",
          "10.0.0.0/8",
          "/srv",
          "/dev/null rw",
          "ipv4:tcp:80",
          "null",
          "emerg");

  private static final List<List<Setting>> SERVICES =
      List.of(
          List.of(),
          lines(
              "ProtectSystem=strict",
              "ProtectHome=true",
              "PrivateTmp=disconnected",
              "ProtectControlGroups=strict",
              "DevicePolicy=strict",
              "DeviceAllow=/dev/rtc r",
              "MemoryMax=1M",
              "MemoryHigh=1M",
              "MemorySwapMax=0",
              "TasksMax=1",
              "CPUQuota=1%",
              "LimitMEMLOCK=0",
              "LimitNOFILE=1:2",
              "UMask=0777",
              "OOMScoreAdjust=1000",
              "Nice=19",
              "NoNewPrivileges=true",
              "PrivateDevices=1",
              "SystemCallFilter=@basic-io",
              "CapabilityBoundingSet=",
              "RestrictAddressFamilies=none",
              "RestrictNamespaces=yes",
              "IPAddressDeny=any",
              "IPAddressAllow=localhost",
              "SocketBindDeny=any"),
          lines("DynamicUser=yes", "ProtectHome=read-only", "MemoryMax=2M", "LimitNPROC=5"));

  private static final Set<String> OPEN_NOTHING = Set.of("Environment", "SystemCallErrorNumber");

  private static final Value UNLIMITED = new Value.Amount(-1);

  private static final String CLOCKS = "char-rtc";

  private final DeviceFacts facts;

  AdoptedDirectivesTest(int systemdVersion) {
    this.facts = TestDevice.with(systemdVersion);
  }

  private static List<Setting> lines(String... lines) {
    return Arrays.stream(lines)
        .map(line -> line.split("=", 2))
        .map(parts -> new Setting(parts[0], parts[1]))
        .toList();
  }

  static Stream<DirectiveInfo> directives() {
    return DirectiveTable.all().values().stream()
        .filter(it -> !(it.override() instanceof DirectiveOverride.Refused));
  }

  private static Stream<String> values(DirectiveInfo directive) {
    Stream<String> own =
        switch (directive.override()) {
          case DirectiveOverride.Setting(var closed, var open) ->
              Stream.of(closed.example(), open.example());
          case DirectiveOverride.OpenOnly(var open, _) -> Stream.of(open.example());
          case DirectiveOverride.Ladder(var words, _) ->
              words.stream().map(DirectiveOverride.Rung::word);
          case DirectiveOverride.Switch _,
              DirectiveOverride.Filter _,
              DirectiveOverride.Refused _ ->
              Stream.empty();
        };
    return Stream.of(own, VALUES.stream(), OF_LISTS.stream()).flatMap(it -> it).distinct();
  }

  private Optional<CompiledApp> compiled(DirectiveInfo directive, String value) {
    return compiled(
        "{run: {unit: %s}, mode: Open, directives: {%s: \"%s\"}}"
            .formatted(UNIT, directive.name(), value));
  }

  private Optional<CompiledApp> compiled(String text) {
    var spec = FlowText.read("broker", text);
    return switch (Compiler.compile(spec, facts)) {
      case Compilation.Compiled(var app, _) -> Optional.of(app);
      case Compilation.Rejected _ -> Optional.empty();
    };
  }

  private Optional<String> opened(CompiledApp app, List<Setting> service) {
    var seen =
        new Observation(
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeSet<>(),
            new TreeMap<>(Map.of(UNIT, service)));
    return Walls.opened(app, seen, facts.systemdVersion());
  }

  /** What is refused by the compiler or on the device needs no look; all else may only close. */
  @ParameterizedTest
  @MethodSource("directives")
  void noDirectiveOfASpecGivesAServiceMore(DirectiveInfo directive) {
    values(directive)
        .forEach(
            value ->
                compiled(directive, value)
                    .ifPresent(
                        app ->
                            SERVICES.stream()
                                .filter(service -> opened(app, service).isEmpty())
                                .forEach(service -> closes(app, service, value))));
  }

  private void closes(CompiledApp app, List<Setting> service, String value) {
    var both = new ArrayList<>(service);
    app.directives().forEach(line -> both.add(new Setting(line.name(), line.value())));
    SortedMap<String, Value> before = Effective.of(service, facts.context(UNIT));
    SortedMap<String, Value> after = Effective.of(both, facts.context(UNIT));
    before.forEach(
        (name, was) -> {
          if (!OPEN_NOTHING.contains(name)
              && !(WallExceptions.listedBy(name).isPresent() && isUnset(before, name))) {
            // What a share of memory comes to is not known, and no more than everything.
            Value is = withoutClocks(after.getOrDefault(name, UNLIMITED));
            assertThat(isAtMost(name, was, is))
                .as("%s of %s: was %s, is %s", name, value, was.show(), is.show())
                .isTrue();
          }
        });
  }

  /** ProtectClock allows reading of the clocks that the device has (systemd.exec(5)). */
  private static Value withoutClocks(Value value) {
    if (!(value instanceof Value.Keyed(var entries))) {
      return value;
    }
    var others = new TreeMap<>(entries);
    others.remove(CLOCKS, "r");
    return new Value.Keyed(others);
  }

  /** Without a wall exceptions in it open nothing. */
  private boolean isUnset(SortedMap<String, Value> before, String name) {
    String wall = WallExceptions.listedBy(name).orElseThrow().wall();
    return Optional.ofNullable(before.get(wall))
        .equals(Effective.unset(DirectiveTable.find(wall).orElseThrow(), facts.systemdVersion()));
  }

  private static boolean isAtMost(String name, Value was, Value is) {
    if (was instanceof Value.Amount(long most) && is instanceof Value.Amount(long bits)) {
      return Long.compareUnsigned(bits, most) <= 0;
    }
    return Tightness.closes(DirectiveTable.find(name).orElseThrow(), was, is);
  }

  /** Else walls would be refused that no package has. */
  @ParameterizedTest
  @MethodSource("directives")
  void aServiceThatSaysNothingTakesEveryWall(DirectiveInfo directive) {
    values(directive)
        .forEach(
            value ->
                compiled(directive, value)
                    .ifPresent(
                        app ->
                            assertThat(opened(app, List.of()))
                                .as(directive.name() + "=" + value)
                                .isEmpty()));
  }

  @Test
  void ofValuesThatTakeThePlaceOfTheServicesOnlyCeilingsAreAccepted() {
    assertThat(
            directives()
                .filter(it -> it.override() instanceof DirectiveOverride.Setting)
                .filter(
                    it -> values(it).anyMatch(v -> !v.equals("0") && compiled(it, v).isPresent()))
                .map(DirectiveInfo::name))
        .containsExactlyInAnyOrder(
            "MemoryMax", "MemoryHigh", "MemorySwapMax", "TasksMax", "CPUQuota");
  }

  @Test
  void aCeilingBelowThatOfTheServiceIsAccepted() {
    DirectiveInfo memory = DirectiveTable.find("MemoryMax").orElseThrow();
    CompiledApp app = compiled(memory, "4M").orElseThrow();
    assertThat(opened(app, lines("MemoryMax=8M"))).isEmpty();
    assertThat(opened(app, List.of())).isEmpty();
    assertThat(opened(app, lines("MemoryMax=8M", "MemoryMax=")))
        .as("an empty line takes back what was before")
        .isEmpty();
    assertThat(opened(app, lines("MemoryMax=2M")))
        .get()
        .asString()
        .contains("MemoryMax=2097152 itself");
    assertThat(opened(app, lines("MemoryMax=10%"))).as("what it comes to is not known").isPresent();
  }

  /** As Debian's memcached.service has its devices, for one. */
  @Test
  void clocksAreNoDeviceThatTheAppOpens() {
    List<Setting> service = lines("PrivateDevices=true");
    CompiledApp clock =
        compiled(
                "{run: {unit: %s}, mode: Open, directives: {ProtectClock: true},".formatted(UNIT)
                    + " permissions: {serial: false, usb: false}}")
            .orElseThrow();
    assertThat(clock.directives()).extracting(line -> line.name()).contains("DeviceAllow");
    assertThat(opened(clock, service)).isEmpty();
    closes(clock, service, "ProtectClock");
    assertThat(opened(clock, lines("PrivateDevices=true", "ProtectClock=true"))).isEmpty();
  }
}
