package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static dev.sandbar.core.compile.CompilerTest.compiled;
import static dev.sandbar.core.compile.CompilerTest.errors;
import static dev.sandbar.core.compile.CompilerTest.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bundle.Granted;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.OpenableDirectives;
import dev.sandbar.core.model.OpenableDirectives.Opening;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Tightness;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Of {@code raw}, that each entry opens its own wall and no other. */
class RawWallsTest {

  private static final String REASON = "asked for by this very test";

  private static final List<String> SPECS =
      List.of(
          "",
          ", permissions: {internet: true, jit: true, state: true}",
          ", permissions: {nestedSandbox: true, otherApps: true}",
          ", permissions: {localNetwork: true, ports: [{port: 80}], realtime: true, systemInfo: true}",
          ", permissions: {camera: true, unixSockets: true}, network: Own",
          ", permissions: {keyring: false}, systemCalls: {allow: [ptrace], deny: [\"@ipc\"]}",
          ", directives: {RestrictAddressFamilies: ~AF_INET}, permissions: {internet: true}");

  private static String entry(String directive, String value) {
    return "{directive: %s, value: %s, reason: %s}".formatted(directive, value, REASON);
  }

  private static String raw(String... entries) {
    return ", raw: [" + String.join(", ", entries) + "]";
  }

  private static List<String> tried(Opening opening) {
    return switch (opening) {
      case Opening.Off() -> List.of("no", "false");
      case Opening.Words(var words) -> words;
      case Opening.Names(var names) -> {
        var values = new ArrayList<>(names.subList(0, 4));
        values.add("[" + String.join(", ", names) + "]");
        yield values;
      }
      case Opening.Calls() ->
          List.of(
              "modify_ldt",
              "\"@mount\"",
              "[\"@clock\", \"@module\", \"@swap\"]",
              "name_to_handle_at userfaultfd");
    };
  }

  /** Whatever a spec names, an entry leaves everything else as it is, or closes more of it. */
  @ParameterizedTest
  @ValueSource(ints = {252, 257, 262})
  void everyEntryOpensItsOwnWallAndNoOther(int version) {
    DeviceFacts device = TestDevice.with(version);
    var opened = new TreeMap<String, Integer>();
    for (String spec : SPECS) {
      CompiledApp without = compiled("{" + RUN + spec + "}", device);
      OpenableDirectives.all()
          .forEach(
              (name, opening) -> {
                for (String value : tried(opening)) {
                  String with = "{" + RUN + spec + raw(entry(name, value)) + "}";
                  if (Compiler.compile(FlowText.read("app", with), device)
                      instanceof Compilation.Compiled(var app, _)) {
                    opened.merge(name, 1, Integer::sum);
                    differsInAlone(name, app, without, with);
                  }
                }
              });
    }
    // Capabilities take several entries.
    var all = new TreeMap<>(OpenableDirectives.all());
    all.keySet().removeAll(List.of("AmbientCapabilities", "CapabilityBoundingSet"));
    assertThat(opened.keySet()).isEqualTo(all.keySet());
  }

  private static void differsInAlone(
      String name, CompiledApp app, CompiledApp without, String spec) {
    assertThat(app.effective().get(name)).as(spec).isNotEqualTo(without.effective().get(name));
    DirectiveTable.all()
        .forEach(
            (other, directive) -> {
              Value closed = without.effective().get(other);
              Value now = app.effective().get(other);
              if (!other.equals(name)
                  && closed != null
                  && now != null
                  && !isStamp(other)
                  && !(name.equals(SysfsLinesTest.SETTINGS)
                      && SysfsLinesTest.isAllButSys(other, closed, now))) {
                assertThat(Tightness.closes(directive, closed, now))
                    .as("%s: %s was %s and is %s", spec, other, closed, now)
                    .isTrue();
              }
            });
    assertThat(app.directives().stream().filter(line -> line.because().equals("raw")))
        .as(spec)
        .isNotEmpty()
        .allMatch(line -> line.name().equals(name));
  }

  /** It carries the digest of the unit. */
  private static boolean isStamp(String name) {
    return name.equals("Environment");
  }

  @Test
  void everyOtherDirectiveOfTheTableIsRefused() {
    for (String name : DirectiveTable.all().keySet()) {
      if (!OpenableDirectives.names().contains(name)) {
        assertThat(errors("{" + RUN + raw(entry(name, "no")) + "}", TestDevice.with(257)))
            .as(name)
            .anySatisfy(
                it -> {
                  assertThat(it.message()).contains(name + " is no wall that raw can open");
                  assertThat(it.help()).isNotEmpty();
                });
      }
    }
    assertThat(DirectiveTable.all().keySet()).containsAll(OpenableDirectives.names());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SystemCalFilter | x | unknown directive 'SystemCalFilter' | did you mean SystemCallFilter?",
        "User | root | User is no wall that raw can open | each app has its own user",
        "DynamicUser | no | DynamicUser is no wall that raw can open | use a permission, or mode: Open",
        "NoNewPrivileges | no | is no wall that raw can open | use a permission, or mode: Open",
        "Slice | system.slice | is no wall that raw can open | the slice of Sandbar",
        "CapabilityBoundingSet | CAP_SYS_ADMIN | CapabilityBoundingSet='CAP_SYS_ADMIN' is not usable | CAP_",
        "AmbientCapabilities | CAP_DAC_OVERRIDE | is not usable | CAP_",
        "AmbientCapabilities | '[CAP_NET_RAW, CAP_SYS_PTRACE]' | ='CAP_SYS_PTRACE' is not usable | CAP_",
        "AmbientCapabilities | ~CAP_SYSLOG | is not usable | CAP_",
        "RestrictNamespaces | no | is not usable | ",
        "RestrictNamespaces | '[ipc, cgroup]' | ='cgroup' is not usable | ",
        "RestrictAddressFamilies | AF_PAKET | is not usable | did you mean AF_PACKET?",
        "RestrictAddressFamilies | none | is not usable | ",
        "LockPersonality | yes | LockPersonality='yes' is not usable | write no",
        "ProtectHome | no | is not usable | write tmpfs or read-only",
        "ProtectProc | ptraceable | is not usable | write noaccess or default",
        "SystemCallFilter | ~ptrace | is not usable | write for example modify_ldt",
        "SystemCallFilter | \"@modul\" | is not usable | did you mean @module?",
        "SystemCallFilter | ptrace | is not usable | systemCalls: {allow: [ptrace]}",
        "SystemCallFilter | io_uring_setup | is not usable | permissions.asyncIO",
        "SystemCallFilter | \"@privileged\" | is not usable | no app gets it",
        "SystemCallFilter | \"@reboot\" | which has kexec_ | no app gets it",
        "SystemCallFilter | request_key | is not usable | as root and outside of every sandbox",
        "ProtectProc | \"a\\\\nUser=root\" | holds a newline | ",
      })
  void whatCannotBeOpenedIsRefusedWithWhatToWrite(
      String directive, String value, String message, String help) {
    List<Diagnostic> found =
        SpecReader.read(
                    FlowText.app(
                        "app",
                        "{" + RUN + raw(entry(directive, value.replace("\\\\", "\\"))) + "}"))
                instanceof SpecReader.Read(var app, _)
            ? Compiler.compile(app, TestDevice.with(257))
                    instanceof Compilation.Rejected(_, var errors)
                ? errors
                : List.of()
            : SpecReader.read(
                    FlowText.app(
                        "app",
                        "{" + RUN + raw(entry(directive, value.replace("\\\\", "\\"))) + "}"))
                .diagnostics();

    assertThat(found)
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.message()).contains(message);
              assertThat(it.help()).contains(help == null ? "" : help);
              assertThat(it.at().line()).isPositive();
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "permissions: {jit: true} | MemoryDenyWriteExecute | no",
        "permissions: {internet: true} | PrivateNetwork | no",
        "permissions: {internet: true} | RestrictAddressFamilies | AF_INET",
        "permissions: {realtime: true} | RestrictRealtime | no",
        "permissions: {systemInfo: true} | ProcSubset | all",
        "systemCalls: {deny: [modify_ldt]} | SystemCallFilter | modify_ldt",
      })
  void anEntryWithoutEffectIsRefused(String spec, String directive, String value) {
    assertThat(
            errors(
                "{" + RUN + ", " + spec + raw(entry(directive, value)) + "}", TestDevice.with(257)))
        .anySatisfy(it -> assertThat(it.message()).contains("opens nothing"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nestedSandbox | RestrictNamespaces | user",
        "internet | RestrictAddressFamilies | AF_PACKET",
        "localNetwork | RestrictAddressFamilies | AF_VSOCK",
        "canBus | RestrictAddressFamilies | AF_CAN",
        "unixSockets | RestrictAddressFamilies | AF_UNIX",
        "jit | MemoryDenyWriteExecute | no",
        "realtime | RestrictRealtime | no",
        "otherApps | ProtectProc | default",
        "systemInfo | ProcSubset | all",
        "systemInfo | SystemCallFilter | \"@mount\"",
      })
  void whatIsWithheldByNameStaysWithheld(String permission, String directive, String value) {
    String entry = raw(entry(directive, value));
    assertThat(
            errors(
                "{%s, permissions: {%s: false}%s}".formatted(RUN, permission, entry),
                TestDevice.with(257)))
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.problem()).isEqualTo(Problem.CONFLICT);
              assertThat(it.message())
                  .isEqualTo("raw: %s opens what permissions.%s withholds", directive, permission);
            });
    // Without the word it is said, here and to the fleet.
    var app = FlowText.read("app", "{" + RUN + entry + "}");
    assertThat(Compiler.compile(app, TestDevice.with(257)))
        .isInstanceOfSatisfying(
            Compilation.Compiled.class,
            it ->
                assertThat(it.warnings())
                    .anySatisfy(
                        warning -> assertThat(warning.message()).contains(directive, permission)));
    assertThat(Granted.of(app)).contains("raw=" + directive, permission + "=raw:" + directive);
  }

  @Test
  void theOtherWallsOfAPermissionStand() {
    CompiledApp app =
        compiled(
            "{" + RUN + raw(entry("RestrictAddressFamilies", "AF_INET")) + "}",
            TestDevice.with(257));
    assertThat(values(app, "PrivateNetwork")).containsExactly("yes");
    assertThat(values(app, "IPAddressDeny")).containsExactly("any");
    assertThat(values(app, "RestrictAddressFamilies")).containsExactly("AF_INET");
    assertThat(Granted.of(app.spec())).containsExactly("raw=RestrictAddressFamilies");
  }

  @Test
  void capabilitiesAreOpenedInAllTheirWallsOrRefused() {
    String bounding = entry("CapabilityBoundingSet", "CAP_SYS_TIME");
    String ambient = entry("AmbientCapabilities", "CAP_SYS_TIME");
    String users = entry("PrivateUsers", "no");
    String clock = entry("ProtectClock", "no");
    String calls = entry("SystemCallFilter", "\"@clock\"");
    DeviceFacts device = TestDevice.with(257);
    for (String some : List.of(raw(bounding), raw(ambient), raw(ambient, bounding, users, calls))) {
      assertThat(errors("{" + RUN + some + "}", device))
          .anySatisfy(
              it ->
                  assertThat(it.message())
                      .containsAnyOf("different capabilities", "opens nothing"));
    }
    assertThat(errors("{" + RUN + raw(ambient, bounding, clock) + "}", device))
        .singleElement()
        .satisfies(it -> assertThat(it.help()).contains("PrivateUsers"));
    CompiledApp app =
        compiled("{" + RUN + raw(ambient, bounding, users, clock, calls) + "}", device);
    assertThat(app.kernel().capabilities()).isEqualTo(1L << 25);
    assertThat(app.effective().get("CapabilityBoundingSet"))
        .isEqualTo(app.effective().get("AmbientCapabilities"));
    assertThat(app.effective().get("ProtectClock")).isEqualTo(new Value.Flag(false));
  }

  /** A service of the device keeps what it has, and open mode has no walls of its own. */
  @Test
  void openModeHasNothingToOpen() {
    assertThat(
            SpecReader.read(
                    FlowText.app(
                        "app",
                        "{" + RUN + ", mode: Open" + raw(entry("LockPersonality", "no")) + "}"))
                .diagnostics())
        .singleElement()
        .satisfies(it -> assertThat(it.help()).contains("mode: Closed"));
  }

  @Test
  void anotherReasonIsNoOtherVersion() {
    String entry = entry("LockPersonality", "no");
    CompiledApp app = compiled("{" + RUN + raw(entry) + "}", TestDevice.with(257));
    CompiledApp same =
        compiled(
            "{" + RUN + raw(entry.replace(REASON, "somebody found a better one")) + "}",
            TestDevice.with(257));
    assertThat(same.text()).isEqualTo(app.text()).doesNotContain(REASON);
    assertThat(Map.of("raw", app.spec().raw().getFirst().reason())).containsValue(REASON);
  }
}
