package dev.sandbar.core.trial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.TestDevice;
import dev.sandbar.core.learn.SocketAddress;
import dev.sandbar.core.learn.Use;
import dev.sandbar.core.model.Cidr;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.Permissions.Port.Protocol;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The trial has the sandbox of the app, and systemd itself ends it. */
class TrialUnitsTest {

  private static CompiledApp app(String spec) {
    var compiled =
        Compiler.compile(
            FlowText.read("pump", "{run: {command: [/usr/bin/pump, --now]%s".formatted(spec)),
            TestDevice.with(257));
    assertThat(compiled).as(compiled.toString()).isInstanceOf(Compilation.Compiled.class);
    return ((Compilation.Compiled) compiled).app();
  }

  private static TrialUnits tried(String spec) {
    return TrialUnits.of(app(spec), new UnitName("pump.service"), Duration.ofSeconds(20));
  }

  @Test
  void itHasTheSandboxOfTheApp() {
    String spec = "}, permissions: {internet: true}";
    TrialUnits units = tried(spec + "}");

    assertThat(units.unit().value()).isEqualTo("sandbar.trial-pump.service");
    assertThat(units.unit().ownApp()).as("no app's, to the agent").isEmpty();
    assertThat(units.text().lines())
        .containsAll(
            app(spec + "}")
                .text()
                .lines()
                .filter(
                    it -> it.matches("(Protect|Restrict|System|Private|IP|NoExec|Slice|Exec).*"))
                .toList())
        .noneMatch(it -> it.matches("(PartOf|WantedBy)=.*"));
  }

  /** An app of the same name may run, whose directories the end of the trial leaves alone. */
  @Test
  void itsDirectoriesBelowRunAreNotThoseOfAnApp() {
    CompiledApp app = app(", runtimeDirectories: [pump]}}");

    assertThat(Replaceability.of(app)).isEmpty();
    assertThat(tried(", runtimeDirectories: [pump]}}").text())
        .contains(
            "\nRuntimeDirectory=sandbar-runtime/sandbar.trial-pump.pump\n",
            "\nBindPaths=/run/sandbar-runtime/sandbar.trial-pump.pump:/run/pump\n")
        .doesNotContain("sandbar-runtime/pump", "\nRequires=run-");
  }

  @Test
  void systemdStartsTheServiceWhenItEndsAndByATimer() {
    TrialUnits units = tried("}}");

    assertThat(units.text())
        .contains(
            "\nConflicts=pump.service\n",
            "\nAfter=pump.service\n",
            "\nRequires=sandbar.trial-pump.timer\n",
            "\nAfter=sandbar.trial-pump.timer\n",
            "\nOnFailure=pump.service\n",
            "\nOnSuccess=pump.service\n",
            "\nRuntimeMaxSec=25\n");
    assertThat(units.timerText())
        .contains("\nConflicts=pump.service\n", "\nOnActiveSec=60\n", "\nUnit=pump.service\n");
  }

  @Test
  void whatItsSpecSaysOfItsEndDoesNotCount() {
    String text =
        tried(
                ", preStop: [[/usr/bin/wait]], postStop: [[/usr/bin/wait]], reload: [[/usr/bin/wait]]},"
                    + " directives: {Restart: always, TimeoutStopSec: 90, RestartForceExitStatus: 1}}")
            .text();

    assertThat(text).doesNotContain("/usr/bin/wait", "RestartForceExitStatus");
    for (String last :
        List.of("Restart=no", "TimeoutStopSec=5", "KillSignal=SIGKILL", "WatchdogSignal=SIGKILL")) {
      String name = last.substring(0, last.indexOf('=') + 1);
      assertThat(text.substring(text.lastIndexOf("\n" + name)).lines().skip(1).findFirst())
          .contains(last);
    }
  }

  @Test
  void itsDirectoriesAndFilesAreItsOwn() {
    TrialUnits units =
        tried(
            "}, permissions: {state: true}, files: [{path: /run/pump/conf, content:"
                + " in /var/lib/sandbar-pump/x not /var/lib/sandbar-pump-2}]}");

    assertThat(units.text())
        .contains("\nStateDirectory=sandbar.trial-pump\n", "/run/sandbar-trial/sha256-")
        .doesNotContain("/var/lib/sandbar-pump", "/var/lib/sandbar/files/");
    assertThat(units.files())
        .singleElement()
        .satisfies(
            file -> {
              assertThat(file.path()).startsWith("/run/sandbar-trial/sha256-");
              assertThat(file.text())
                  .isEqualTo("in /var/lib/sandbar.trial-pump/x not /var/lib/sandbar-pump-2");
            });
  }

  @Test
  void itPassesIfItStaysUpAndListensAsTheServiceDoes() {
    Set<Use> before = Set.of(bound(Protocol.TCP, 1883), bound(Protocol.UDP, 40_000));

    assertThat(TrialJudgement.of(loaded("active", 0), before, Set.of()).reasons())
        .containsExactly("it does not listen on tcp port 1883, as the service does");
    assertThat(TrialJudgement.of(loaded("active", 0), before, before).passed()).isTrue();
    assertThat(TrialJudgement.of(loaded("failed", 226), before, before).reasons())
        .singleElement()
        .asString()
        .startsWith("it did not stay up: result exit-code, exit status 226: the file system");
  }

  private static Use bound(Protocol protocol, int port) {
    return new Use.Bound(
        protocol, new SocketAddress.Internet(Cidr.parse("0.0.0.0").orElseThrow(), port));
  }

  private static Loaded loaded(String state, int status) {
    return new Loaded(
        "loaded",
        state,
        "running",
        "static",
        "/run/systemd/system/sandbar.trial-pump.service",
        List.of(),
        false,
        "1",
        "",
        "exit-code",
        status,
        0);
  }
}
