package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static dev.sandbar.core.compile.CompilerTest.compiled;
import static dev.sandbar.core.compile.CompilerTest.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.catalog.Resolution;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value.Withheld;
import dev.sandbar.core.property.RecordedUnits;
import dev.sandbar.core.property.Syscalls;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A line is left out only where another line of the same unit holds the same. */
class SpareLinesTest {

  private static final List<String> IO_URING =
      List.of("io_uring_setup", "io_uring_enter", "io_uring_register");

  /** What a spec says besides its permissions; some of it is refused, none of it opens a port. */
  private static final List<String> MORE =
      List.of(
          "",
          ", systemCalls: {allow: [\"@system-service\", \"@ipc\", \"@process\"]}",
          ", systemCalls: {deny: [bind]}",
          ", systemCalls: {deny: [bind, listen]}",
          ", systemCalls: {deny: [bind, listen, io_uring_setup, io_uring_enter,"
              + " io_uring_register]}",
          ", directives: {SystemCallFilter: \"@network-io @basic-io @file-system\"}",
          ", directives: {NetworkNamespacePath: /run/netns/uplink}",
          ", directives: {RestrictAddressFamilies: ~AF_PACKET}");

  @ParameterizedTest
  @EnumSource(Mode.class)
  void withoutAPortTheBindFilterOrTheSystemCallFilterStands(Mode mode) {
    int emitted = 0;
    int leftOut = 0;
    List<AppSpec> bases =
        MORE.stream()
            .map(more -> FlowText.read("app", "{" + RUN + ", mode: " + mode(mode) + more + "}"))
            .toList();
    List<DeviceFacts> devices = devices();
    for (Permissions permissions : pairs()) {
      for (DeviceFacts facts : devices) {
        boolean usual = facts.architecture().equals("x86-64");
        for (int more = 0; more < (usual ? MORE.size() : 1); more++) {
          if (Compiler.compile(with(bases.get(more), permissions), facts)
              instanceof Compilation.Compiled(var app, _)) {
            var binds = Resolution.of(mode, permissions).sandbox().network().binds();
            boolean deny = values(app, "SocketBindDeny").equals(List.of("any"));
            String what =
                facts.architecture() + " " + permissions.requests().keySet() + MORE.get(more);
            if (binds.isAll() || !binds.isNone()) {
              assertThat(deny).as(what).isEqualTo(!binds.isAll());
            } else {
              assertThat(deny).as(what).isEqualTo(!refusesListening(app, facts.architecture()));
            }
            assertThat(app.heldByFilter().isEmpty()).as(what).isEqualTo(deny || binds.isAll());
            emitted += deny ? 1 : 0;
            leftOut += app.heldByFilter().isEmpty() ? 0 : 1;
          }
        }
      }
    }
    assertThat(emitted).isGreaterThan(100);
    assertThat(leftOut).isGreaterThan(100);
  }

  /** By what is expected of systemd, and not by what the compiler thinks of its lines. */
  private static boolean refusesListening(CompiledApp app, String architecture) {
    if (!(app.effective().get("SystemCallFilter") instanceof Value.Filter(boolean allow, var names))
        || !(app.effective().get("SystemCallArchitectures") instanceof Value.Names(var native_))) {
      return false;
    }
    var calls = new TreeSet<>(List.of("bind", "listen"));
    calls.addAll(IO_URING);
    return native_.equals(new TreeSet<>(List.of("native")))
        && !List.of("s390x", "x86", "ppc64-le").contains(architecture)
        && calls.stream().noneMatch(call -> allow == names.contains(call));
  }

  @ParameterizedTest
  @ValueSource(ints = {252, 257, 262})
  void onEverySystemdTheClosedDefaultNeedsNoBindFilter(int version) {
    DeviceFacts facts = recorded(version);
    for (String permissions : List.of("", "internet: true", "localNetwork: true, state: true")) {
      CompiledApp app = compiled("{" + RUN + ", permissions: {" + permissions + "}}", facts);
      assertThat(values(app, "SocketBindDeny")).isEmpty();
      assertThat(app.heldByFilter())
          .isEqualTo(Map.of("SocketBindDeny", new TreeSet<>(List.of("bind", "listen"))));
      assertThat(app.kernel().seccompFilter()).isTrue();
      assertThat(app.kernel().cgroupPrograms().toString()).doesNotContain("BIND");
    }
  }

  /** socketcall(2) does what bind does, and cannot be distinguished from socket. */
  @ParameterizedTest
  @ValueSource(strings = {"x86", "s390x", "ppc64-le", "mips-le", "no-such"})
  void whereOneCallIsForManyTheBindFilterStays(String architecture) {
    CompiledApp app = compiled("{" + RUN + "}", on(architecture, TestDevice.with(257)));
    assertThat(values(app, "SocketBindDeny")).containsExactly("any");
    assertThat(app.heldByFilter()).isEmpty();
  }

  @Test
  void whoMayBindForAnotherReasonKeepsTheBindFilter() {
    CompiledApp app = compiled("{" + RUN + ", permissions: {canBus: true}}", TestDevice.with(257));
    assertThat(CompilerTest.allows(app, "SystemCallFilter", "bind")).isTrue();
    assertThat(values(app, "SocketBindDeny")).containsExactly("any");
  }

  /** What is not known to this systemd is not refused by its name either. */
  @Test
  void aCallThatSystemdDoesNotKnowIsNotRefusedByADenyList() {
    DeviceFacts facts = TestDevice.with(257);
    var known = new TreeSet<>(facts.knownSyscalls());
    known.remove("listen");
    var without =
        new DeviceFacts(
            facts.systemdVersion(),
            facts.kernel(),
            facts.architecture(),
            facts.features(),
            new Syscalls(facts.syscallGroups(), known),
            facts.labels(),
            facts.volumes());
    CompiledApp app =
        compiled(
            "{" + RUN + ", mode: Open, permissions: {ports: false}, systemCalls: {deny: [bind]}}",
            without);
    assertThat(values(app, "SocketBindDeny")).containsExactly("any");
  }

  private static List<Permissions> pairs() {
    var single = new ArrayList<Map<Permission, Request>>();
    for (Permission permission : Permission.values()) {
      single.add(PermissionCatalog.sample(permission).requests());
      single.add(Map.of(permission, new Request(new Withheld(), Location.NOWHERE)));
    }
    var pairs = new ArrayList<Permissions>();
    pairs.add(Permissions.NONE);
    for (int i = 0; i < single.size(); i++) {
      for (int j = i; j < single.size(); j++) {
        pairs.add(Permissions.NONE.with(single.get(i)).with(single.get(j)));
      }
    }
    return pairs;
  }

  private static List<DeviceFacts> devices() {
    return List.of(
        TestDevice.with(257), on("arm64", TestDevice.with(252)), on("s390x", TestDevice.with(257)));
  }

  /** A device of another architecture. */
  static DeviceFacts on(String architecture, DeviceFacts facts) {
    return new DeviceFacts(
        facts.systemdVersion(),
        facts.kernel(),
        architecture,
        facts.features(),
        facts.syscalls(),
        facts.labels(),
        facts.volumes());
  }

  /** With the table that systemd of this version gave. */
  private static DeviceFacts recorded(int version) {
    DeviceFacts facts = TestDevice.with(version);
    var context = RecordedUnits.context(version, "any.service");
    return new DeviceFacts(
        version,
        facts.kernel(),
        facts.architecture(),
        facts.features(),
        context.syscalls(),
        facts.labels(),
        facts.volumes());
  }

  private static String mode(Mode mode) {
    return mode == Mode.CLOSED ? "Closed" : "Open";
  }

  private static AppSpec with(AppSpec app, Permissions permissions) {
    return app.with(permissions);
  }
}
