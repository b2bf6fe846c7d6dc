package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.compiled;
import static dev.sandbar.core.compile.CompilerTest.errors;
import static dev.sandbar.core.compile.CompilerTest.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How an app starts and stops, as lines of its unit. */
class LifecycleTest {

  @Test
  void everyMomentIsALine() {
    CompiledApp app =
        compiled(
            """
            {run: {
              command: [/usr/bin/app],
              type: Notify,
              watchdog: 30s,
              preStart: [[/usr/bin/prepare, "a b", $x], [/opt/tool/check]],
              postStart: [[/usr/bin/hello]],
              reload: [[/usr/bin/again]],
              preStop: [[/usr/bin/drain]],
              postStop: [[/usr/bin/sweep]],
              stopSignal: SIGINT,
              after: [broker, dbus.service, network-online.target]},
             permissions: {unixSockets: true}}
            """
                .replace("\n", " "),
            TestDevice.with(257));

    assertThat(values(app, "Type")).containsExactly("notify");
    assertThat(values(app, "NotifyAccess")).containsExactly("main");
    assertThat(values(app, "WatchdogSec")).containsExactly("30s");
    assertThat(values(app, "ExecStartPre"))
        .containsExactly(":\"/usr/bin/prepare\" \"a b\" \"$x\"", ":\"/opt/tool/check\"");
    assertThat(values(app, "ExecStartPost")).containsExactly(":\"/usr/bin/hello\"");
    assertThat(values(app, "ExecReload")).containsExactly(":\"/usr/bin/again\"");
    assertThat(values(app, "ExecStop")).containsExactly(":\"/usr/bin/drain\"");
    assertThat(values(app, "ExecStopPost")).containsExactly(":\"/usr/bin/sweep\"");
    assertThat(values(app, "KillSignal")).containsExactly("SIGINT");
    assertThat(values(app, "After"))
        .containsExactly("sandbar-broker.service dbus.service network-online.target");
    assertThat(values(app, "RestrictAddressFamilies")).containsExactly("AF_UNIX");
    assertThat(values(app, "PrivateNetwork")).containsExactly("yes");
  }

  /** A file system in its place would be another one for each command of the unit. */
  @Test
  void runtimeDirectoriesAreOfTheDevice() {
    CompiledApp app =
        compiled(
            "{run: {command: [/usr/bin/app], runtimeDirectories: [app, b.d]}}",
            TestDevice.with(257));
    RuntimeMount mount = RuntimeMount.of(app.spec()).orElseThrow();
    assertThat(values(app, "RuntimeDirectory"))
        .containsExactly("sandbar-runtime/app/app sandbar-runtime/app/b.d");
    assertThat(values(app, "RuntimeDirectoryMode")).containsExactly("0700");
    assertThat(values(app, "BindPaths"))
        .containsExactly(
            "/run/sandbar-runtime/app/app:/run/app", "/run/sandbar-runtime/app/b.d:/run/b.d");
    assertThat(values(app, "NoExecPaths")).contains("/run/app", "/run/b.d");
    assertThat(values(app, "Environment")).contains("\"RUNTIME_DIRECTORY=/run/app:/run/b.d\"");
    assertThat(values(app, "Requires")).containsExactly(mount.unit().value());
    assertThat(values(app, "After")).contains(mount.unit().value());
    assertThat(mount.unit().value()).isEqualTo("run-sandbar\\x2druntime-app.mount");
    assertThat(RuntimeMount.app(mount.unit())).contains(app.spec().name());
    assertThat(SocketMount.app(mount.unit())).isEmpty();
    assertThat(SideUnit.of(app))
        .singleElement()
        .satisfies(
            it -> assertThat(it.text()).contains("size=1M", "noexec", "StopWhenUnneeded=yes"));
  }

  /** Its end would remove them. */
  @Test
  void aHealthCheckSeesTheDirectoriesAndDoesNotHaveThem() {
    CompiledApp app =
        compiled(
            "{run: {command: [/usr/bin/app], runtimeDirectories: [app]},"
                + " health: {ready: {exec: {command: [/usr/bin/check]}}}}",
            TestDevice.with(257));
    assertThat(CheckUnit.of(app).orElseThrow().text())
        .contains("BindPaths=/run/sandbar-runtime/app/app:/run/app", "RUNTIME_DIRECTORY=/run/app")
        .doesNotContain("RuntimeDirectory=", "RuntimeDirectoryMode=");
  }

  @Test
  void theVariableNamesTheDirectoryOfSocketsTooAndTheSpecMaySetIt() {
    String spec =
        "{run: {command: [/usr/bin/app], runtimeDirectories: [app]%s}, network: Own, permissions:"
            + " {acceptFrom: [other]}}";
    assertThat(values(compiled(spec.formatted(""), TestDevice.with(257)), "Environment"))
        .contains("\"RUNTIME_DIRECTORY=/run/app:/run/sandbar-apps/app\"");
    String set = spec.formatted(", environment: {RUNTIME_DIRECTORY: /run/app/x}");
    assertThat(values(compiled(set, TestDevice.with(257)), "Environment"))
        .filteredOn(it -> it.contains("RUNTIME_DIRECTORY"))
        .containsExactly("\"RUNTIME_DIRECTORY=/run/app/x\"");
  }

  /** A program of the device can be executed wherever its command stands. */
  @Test
  void programsOfAllCommandsCanBeExecuted() {
    CompiledApp app =
        compiled(
            "{run: {command: [/usr/bin/app], preStart: [[/srv/tools/check]]}}",
            TestDevice.with(257));
    assertThat(values(app, "ExecPaths")).contains("/srv/tools");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "type: Notify|CONFLICT|grant permissions.unixSockets: true",
        "after: [app]|CONFLICT|remove it",
        "preStart: [[/tmp/x]]|UNSAFE_PATH|below /usr or /opt",
      })
  void whatIsWrongIsSaid(String field, Problem problem, String help) {
    assertThat(
            errors("{run: {command: [/usr/bin/app], %s}}".formatted(field), TestDevice.with(257)))
        .anySatisfy(
            d -> {
              assertThat(d.problem()).isEqualTo(problem);
              assertThat(d.help()).contains(help == null ? "" : help);
            });
  }

  /** A wall that is closed by name holds against it too. */
  @Test
  void inOpenModeNotifyNeedsItsSocket() {
    String run = "{run: {command: [/usr/bin/app], type: Notify}, mode: Open";
    CompiledApp open = compiled(run + "}", TestDevice.with(257));
    assertThat(values(open, "Type")).containsExactly("notify");
    assertThat(values(open, "BindReadOnlyPaths")).as("it sees the device's own").isEmpty();
    assertThat(errors(run + ", permissions: {unixSockets: false}}", TestDevice.with(257)))
        .singleElement()
        .satisfies(d -> assertThat(d.problem()).isEqualTo(Problem.CONFLICT));
    assertThat(errors(run + ", directives: {Type: exec}}", TestDevice.with(257)))
        .singleElement()
        .satisfies(d -> assertThat(d.help()).isEqualTo("remove directives.Type"));
  }
}
