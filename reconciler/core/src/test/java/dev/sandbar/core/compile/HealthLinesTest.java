package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.compiled;
import static dev.sandbar.core.compile.CompilerTest.errors;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code health:} needs, and the unit of a check. */
class HealthLinesTest {

  private static final String APP = "run: {command: [/usr/bin/app]}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      emptyValue = "",
      nullValues = "NULL",
      value = {
        "health: {ready: {tcp: {port: 8080}}}|port 8080, which the app may not bind",
        "health: {ready: {tcp: {port: 8080}}}, permissions: {internet: true, ports: [{port: 8081}]}|which the app may not bind",
        "health: {ready: {tcp: {port: 8080}}}, permissions: {internet: true, ports: [{port: 8080, protocol: UDP}]}|which the app may not bind",
        "health: {ready: {tcp: {port: 8080}}}, permissions: {internet: true, ports: [{port: 8080}]}|''",
        "health: {ready: {tcp: {port: 8085}}}, permissions: {internet: true, ports: [{port: 8080, endPort: 8090}]}|''",
        "health: {ready: {tcp: {port: 80}}}, mode: Open|''",
        "health: {ready: {tcp: {port: 80}}}, mode: Open, permissions: {ports: false}|which the app may not bind",
        "health: {ready: {http: {port: 8080}}}, permissions: {internet: true, ports: [{port: 8080}]}|the app may not answer it",
        "health: {ready: {http: {port: 8080}}}, permissions: {localNetwork: true, ports: [{port: 8080}]}|''",
        "'health: {ready: {http: {port: 8080}}}, permissions: {internet: true, internetTo: [{cidr: 127.0.0.1/32}], ports: [{port: 8080}]}'|''",
        "'health: {ready: {http: {port: 8080}}}, network: Own, permissions: {internet: true, ports: [{port: 8080}]}'|the app may not answer it",
        "health: {ready: {exec: {command: [/usr/bin/check]}}}|''",
        "health: {ready: {exec: {command: [/srv/tools/check]}}}|stands where the app can execute nothing",
        "health: {ready: {exec: {command: [/srv/tools/check]}}}, mode: Open|''",
        "'health: {ready: {exec: {command: [/run/x]}}}, files: [{path: /run/x, content: y, mode: \"0555\"}]'|''",
        "'health: {ready: {exec: {command: [/run/x]}}}, files: [{path: /run/x, content: y}]'|stands where the app can execute nothing",
        "'health: {ready: {exec: {command: [/srv/check]}}}, image: {path: /srv/a.raw, sha256: 3b1f8c2a7d904e5566778899aabbccddeeff00112233445566778899aabbccdd}'|''",
      })
  void theRestOfTheSpecMustAllowTheCheck(String spec, String error) {
    String whole = "{" + APP + ", " + spec + "}";
    if (error.isEmpty()) {
      assertThat(compiled(whole, TestDevice.with(257)).spec().health().isChecked()).isTrue();
    } else {
      assertThat(errors(whole, TestDevice.with(257))).singleElement().asString().contains(error);
    }
  }

  @Test
  void aServiceOfTheDeviceHasNoSandboxForACommand() {
    assertThat(
            errors(
                    "{run: {unit: web.service}, mode: Open, health: {ready: {exec: {command: [/usr/bin/x]}}}}",
                    TestDevice.with(257))
                .toString())
        .contains("run.unit has none of its own");
  }

  @Test
  void aCheckHasTheSandboxOfTheAppAndNothingOfItsRun() {
    CompiledApp app =
        compiled(
            "{run: {command: [/usr/bin/app, start], type: Notify, watchdog: 30s, preStart: [[/usr/bin/prepare]],"
                + " environment: {A: b}, workingDirectory: /srv}, permissions: {state: true, unixSockets: true},"
                + " health: {ready: {exec: {command: [/usr/bin/check, \"$x\"]}}, timeout: 7s}}",
            TestDevice.with(257));
    CheckUnit check = CheckUnit.of(app).orElseThrow();

    assertThat(check.unit().value()).isEqualTo("sandbar.check-app.service");
    assertThat(check.text().lines())
        .contains(
            "DynamicUser=yes",
            "User=sandbar-app",
            "StateDirectory=sandbar-app",
            "Slice=sandbar.slice",
            "PrivateNetwork=yes",
            "NoNewPrivileges=yes",
            "Environment=\"A=b\"",
            "WorkingDirectory=/srv",
            "Type=oneshot",
            "ExecStart=:\"/usr/bin/check\" \"$x\"",
            "TimeoutStartSec=7s",
            "RemoveIPC=no")
        .noneMatch(line -> line.startsWith("ExecStartPre") || line.startsWith("WatchdogSec"))
        .noneMatch(line -> line.startsWith("Restart=") || line.contains("/usr/bin/app"));
    // Nothing of the sandbox is missing.
    assertThat(check.text().lines())
        .containsAll(
            app.directives().stream()
                .filter(
                    line ->
                        line.name()
                            .matches(
                                "Protect.*|Private.*|Restrict.*|SystemCall.*|IP.*|Cap.*|.*Paths|Device.*|Limit.*"))
                .map(Directive::line)
                .toList());
    assertThat(check.inNetworkOf(42).text().lines())
        .contains("NetworkNamespacePath=/proc/42/ns/net")
        .doesNotContain("PrivateNetwork=yes");
  }

  /** What nobody asks for is the same unit. */
  @Test
  void healthIsNothingOfTheUnit() {
    String with = "{" + APP + ", health: {settle: 30s, maxRestarts: 2}}";
    assertThat(compiled(with, TestDevice.with(257)).generation())
        .isEqualTo(compiled("{" + APP + "}", TestDevice.with(257)).generation());
  }
}
