package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static dev.sandbar.core.compile.CompilerTest.compiled;
import static dev.sandbar.core.compile.CompilerTest.errors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.AddressSet;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.property.DirectiveOverride.Switch;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a spec withholds by name, no directive opens and no system call brings back. */
class WithheldByNameTest {

  /** Values of directives that a reader could take for opening something. */
  private static final Map<String, List<String>> OPENING = opening();

  private static Map<String, List<String>> opening() {
    var opening = new TreeMap<String, List<String>>();
    DirectiveTable.overrides(Switch.class)
        .keySet()
        .forEach(name -> opening.put(name, List.of("no", "yes")));
    opening.put("IPAddressAllow", List.of("any", "203.0.113.0/24", "10.0.0.0/8", "localhost"));
    opening.put("IPAddressDeny", List.of("any", "203.0.113.0/24"));
    opening.put("LimitMEMLOCK", List.of("0", "64M", "infinity"));
    opening.put("NetworkNamespacePath", List.of("/run/netns/uplink", "/var/run/netns/uplink"));
    opening.put("PrivateNetwork", List.of("no", "yes"));
    opening.put(
        "RestrictAddressFamilies",
        List.of("AF_INET AF_INET6", "AF_UNIX", "AF_PACKET AF_VSOCK", "~AF_PACKET", "none"));
    opening.put("RestrictNamespaces", List.of("no", "net", "user", "~user", "yes"));
    opening.put("RootImage", List.of("/srv/app.squashfs", "/srv/media/x", "/dev/sda"));
    opening.put(
        "SystemCallFilter",
        List.of(
            "memfd_create read",
            "listen bind",
            "@system-service",
            "@network-io @basic-io",
            "io_uring_setup",
            "~@mount"));
    return opening;
  }

  private static final List<String> CALLS =
      List.of("@system-service", "@ipc", "@network-io", "@io-event", "memfd_create", "bind");

  @ParameterizedTest
  @EnumSource(Mode.class)
  void nothingOpensWhatIsWithheldByName(Mode mode) {
    int compared = 0;
    for (Permission permission : Permission.values()) {
      if (mode == Mode.OPEN && !permission.canBeWithheldInOpenMode()) {
        continue; // ClosedOnlyTest
      }
      String withheld = spec(mode, permission.key() + ": false", "");
      CompiledApp base = compiled(withheld, TestDevice.with(257));
      for (String more : overrides()) {
        String spec = spec(mode, permission.key() + ": false", more);
        if (SpecReader.read(FlowText.app("app", spec)) instanceof SpecReader.Read(var app, _)
            && Compiler.compile(app, TestDevice.with(257))
                instanceof Compilation.Compiled(var unit, _)) {
          compared++;
          assertNothingOpened(permission, spec, base, unit);
        }
      }
    }
    assertThat(compared).isGreaterThan(300);
  }

  private static List<String> overrides() {
    var overrides = new ArrayList<String>();
    OPENING.forEach(
        (name, values) ->
            values.forEach(
                value -> overrides.add(", directives: {" + name + ": \"" + value + "\"}")));
    CALLS.forEach(call -> overrides.add(", systemCalls: {allow: [\"" + call + "\"]}"));
    return overrides;
  }

  private static void assertNothingOpened(
      Permission permission, String spec, CompiledApp base, CompiledApp other) {
    var found = new ArrayList<String>();
    for (String name : walls(permission)) {
      Value before = base.effective().get(name);
      Value after = other.effective().get(name);
      boolean byFilter = other.heldByFilter().containsKey(name);
      if (before == null
          || after == null
          || !(byFilter
              || closes(name, after, before)
              || SysfsLinesTest.isAllButSys(name, after, before))) {
        found.add("%s: %s, then %s".formatted(name, before, after));
      }
    }
    assertThat(found).as(spec).isEmpty();
  }

  /** The directives that withholding the permission stands on. */
  private static List<String> walls(Permission permission) {
    var walls = new ArrayList<String>(List.of("SystemCallFilter", "SystemCallArchitectures"));
    walls.addAll(
        switch (permission) {
          case INTERNET, INTERNET_TO, LOCAL_NETWORK ->
              List.of(
                  "RestrictAddressFamilies",
                  "IPAddressDeny",
                  "IPAddressAllow",
                  "SocketBindDeny",
                  "SocketBindAllow",
                  "RestrictNamespaces");
          case PORTS -> List.of("SocketBindDeny", "SocketBindAllow", "RestrictNamespaces");
          case NETWORK_NAMESPACE -> List.of("NetworkNamespacePath", "RestrictNamespaces");
          case STATE -> List.of("ProtectSystem", "PrivateTmp", "StateDirectory");
          case CACHE -> List.of("ProtectSystem", "CacheDirectory");
          case LOGS -> List.of("ProtectSystem", "LogsDirectory", "InaccessiblePaths");
          case STORAGE -> List.of("BindPaths", "BindReadOnlyPaths", "InaccessiblePaths");
          case SERIAL, USB, DEVICES, CAMERA, GPU, AUDIO, TPM, HARDWARE_RANDOM, GPIO, I2C, SPI ->
              List.of("PrivateDevices", "DevicePolicy", "DeviceAllow");
          case CAN_BUS, NETWORK_STATUS, UNIX_SOCKETS -> List.of("RestrictAddressFamilies");
          case RAW_NETWORK -> List.of("RestrictAddressFamilies", "CapabilityBoundingSet");
          case TALK_TO, ACCEPT_FROM, DBUS, BLUETOOTH, REBOOT, HOSTNAME, CLOCK, READ_LOGS, MOUNTS ->
              List.of("BindPaths", "BindReadOnlyPaths");
          case KERNEL_TUNING -> List.of("ProtectKernelTunables");
          case KERNEL_MODULES -> List.of("ProtectKernelModules");
          case JIT -> List.of("MemoryDenyWriteExecute");
          case KEYRING, SCHEDULING, DEBUG, RUN_FROM_DATA, ASYNC_IO -> List.of();
          case LOCK_MEMORY -> List.of("LimitMEMLOCK");
          case REALTIME -> List.of("RestrictRealtime");
          case OTHER_APPS -> List.of("ProtectProc");
          case SYSTEM_INFO -> List.of("ProcSubset");
          case NESTED_SANDBOX -> List.of("RestrictNamespaces");
        });
    return walls;
  }

  /** Lists of what is open; the other lists say what is closed. */
  private static final List<String> OPEN =
      List.of(
          "BindPaths",
          "BindReadOnlyPaths",
          "CapabilityBoundingSet",
          "IPAddressAllow",
          "NetworkNamespacePath",
          "RestrictNamespaces",
          "SocketBindAllow",
          "StateDirectory",
          "CacheDirectory",
          "LogsDirectory");

  /** Whether the second closes at least what the first does. */
  private static boolean closes(String name, Value after, Value before) {
    if (after.equals(before)) {
      return true;
    }
    return switch (before) {
      case Value.Flag(boolean on) -> !on;
      case Value.Filter b when after instanceof Value.Filter a -> {
        var opened = new TreeSet<>(a.allow() ? a.names() : b.names());
        opened.removeAll(a.allow() ? b.names() : a.names());
        // Between two allow lists or two deny lists; from deny to allow nothing denied is in it.
        yield a.allow() == b.allow()
            ? opened.isEmpty()
            : a.allow() && a.names().stream().noneMatch(b.names()::contains);
      }
      case Value.Names(var b) when name.equals("IPAddressAllow") ->
          after instanceof Value.Names(var a)
              && AddressSet.of(b.toArray(String[]::new))
                  .includes(AddressSet.of(a.toArray(String[]::new)));
      case Value.Names(var b) when after instanceof Value.Names(var a) ->
          OPEN.contains(name) ? b.containsAll(a) : a.containsAll(b);
      // What systemd adds itself, to attach an image for example; PrivateDevices hides it.
      case Value.Keyed(var b) when after instanceof Value.Keyed(var a) ->
          a.keySet().stream()
              .filter(node -> !b.containsKey(node))
              .allMatch(
                  node -> node.matches("char-rtc|block-.*|/dev/loop-control|/dev/mapper/control"));
      case Value.Text(String b) when after instanceof Value.Text(String a) ->
          (b.equals("no") || b.equals("full") || b.equals("yes")) && !a.equals("no");
      default -> false;
    };
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void aNamespaceThatIsWithheldIsNotJoined(Mode mode) {
    assertThat(
            errors(
                spec(
                    mode,
                    "networkNamespace: false",
                    ",\ndirectives: {NetworkNamespacePath: /run/netns/uplink}"),
                TestDevice.with(257)))
        .singleElement()
        .satisfies(
            e -> {
              assertThat(e.problem()).isEqualTo(Problem.CONFLICT);
              assertThat(e.message()).contains("permissions.networkNamespace withholds");
              assertThat(e.at().line()).isEqualTo(3);
            });
  }

  @Test
  void aSwitchThatAWithheldPermissionTurnsOnIsNotTurnedOff() {
    Map.of("devices", "PrivateDevices", "jit", "MemoryDenyWriteExecute", "state", "PrivateTmp")
        .forEach(
            (permission, name) ->
                assertThat(
                        errors(
                            spec(
                                Mode.OPEN,
                                permission + ": false",
                                ", directives: {" + name + ": \"no\"}"),
                            TestDevice.with(257)))
                    .singleElement()
                    .satisfies(e -> assertThat(e.message()).contains(name)));
  }

  private static String spec(Mode mode, String permission, String more) {
    return "{%s, mode: %s, permissions: {%s}%s}"
        .formatted(RUN, mode == Mode.CLOSED ? "Closed" : "Open", permission, more);
  }
}
