package dev.sandbar.core.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.TestDevice;
import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.model.UnitName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The unit of the kit has the sandbox of the app's, and shares nothing with the app. */
class ProbedUnitTest {

  private static CompiledApp app(String spec) {
    var compiled =
        Compiler.compile(
            FlowText.read("pump", "{run: {command: [/usr/bin/pump, --now]}, " + spec + "}"),
            TestDevice.with(257));
    assertThat(compiled).as(compiled.toString()).isInstanceOf(Compilation.Compiled.class);
    return ((Compilation.Compiled) compiled).app();
  }

  private static ProbedUnit probed(String spec, String... dropIns) {
    CompiledApp app = app(spec);
    var files = new java.util.ArrayList<>(List.of(app.text()));
    files.addAll(List.of(dropIns));
    return ProbedUnit.of(app, files, ProbeTargets.DEFAULT);
  }

  @Test
  void everyDirectiveOfTheSandboxIsKeptAndNothingOfTheRun() {
    ProbedUnit unit = probed("permissions: {internet: true}");

    assertThat(unit.unit().value()).isEqualTo("sandbar.probe-pump.service");
    assertThat(unit.unit().ownApp()).as("no app's, to the agent").isEmpty();
    assertThat(unit.text().lines())
        .containsAll(
            app("permissions: {internet: true}")
                .text()
                .lines()
                .filter(line -> line.matches("(Protect|Restrict|System|Private|IP|NoExec|Slice).*"))
                .toList())
        .contains(
            "Slice=sandbar.slice", "DynamicUser=yes", "BindReadOnlyPaths=/run/sandbar-probe/kit")
        .noneMatch(
            line -> line.matches("(Restart|Environment|SyslogIdentifier|PartOf|WantedBy).*"));
    assertThat(unit.text().lines().filter(line -> line.startsWith("Exec")).toList())
        .filteredOn(line -> !line.startsWith("ExecPaths="))
        .singleElement()
        .asString()
        .startsWith("ExecStart=/run/sandbar-probe/kit --target4 ");
    assertThat(unit.leftOut()).isEmpty();
  }

  @Test
  void stateIsAnotherAndVolumesAreReadOnly() {
    ProbedUnit unit =
        probed(
            "permissions: {state: true, logs: true, storage: [{source: media, mountPath: /m, access:"
                + " ReadWrite}], devices: [{device: /dev/video0, access: ReadWrite}]}");

    assertThat(unit.text())
        .contains("\nStateDirectory=sandbar.probe-pump\n")
        .contains("\nNoExecPaths=/var/lib/sandbar.probe-pump\n")
        .contains("\nLogsDirectory=sandbar.probe-pump\n")
        .contains("\nNoExecPaths=/var/log/private/sandbar.probe-pump\n")
        .contains("\nBindReadOnlyPaths=/srv/media:/m\n")
        .contains("\nBindPaths=-/dev/video0\n")
        .doesNotContain("sandbar-pump");
    assertThat(unit.leftOut()).containsExactly("BindPaths");
  }

  @Test
  void whatADropInOpensIsKeptAndWhatItRunsIsNot() {
    ProbedUnit unit =
        probed(
            "mode: Closed",
            """
            # a comment \\
            [Service]
            ProtectHome=no
            ExecStartPre=+/bin/touch /root/x
            Exec\\
            Reload=/bin/true
            ExecTomorrow=/bin/true
            RestrictTomorrow=no
            CacheDirectory=sandbar-valve
            LoadCredential=key:/etc/key
            BindPaths=/etc
            RemainAfterExit=yes
            [Unit]
            OnFailure=reboot.target
            JoinsNamespaceOf=other.service
            [Install]
            WantedBy=multi-user.target
            """,
            "[Service]\rProtectSystem=no\0User=root\nPrivateTmp \\\n ; comment\n = no\n");

    assertThat(unit.text().lines())
        .contains(
            "ProtectHome=no",
            "RestrictTomorrow=no",
            "BindPaths=/etc",
            "JoinsNamespaceOf=other.service",
            "ProtectSystem=no",
            "User=root",
            "PrivateTmp=no")
        .noneMatch(
            line ->
                line.matches(
                    "(ExecStartPre|Exec Reload|ExecReload|ExecTomorrow|Cache|LoadCred|Remain|OnFailure|WantedBy).*"));
    assertThat(unit.leftOut()).containsExactly("CacheDirectory");
  }

  @Test
  void anImageOutsideOfTheStoreIsLinked() {
    CompiledApp app = app("image: {path: /srv/p.squashfs, sha256: %s}".formatted("a".repeat(64)));
    ProbedUnit unit = ProbedUnit.of(app, List.of(app.text()), ProbeTargets.DEFAULT);
    assertThat(unit.text()).contains("RootImage=/var/lib/sandbar/images/");
    assertThat(unit.withImage().text().lines())
        .contains("RootImage=/run/sandbar-probe/image.raw")
        .noneMatch(line -> line.startsWith("RootImage=/var"));
  }

  @Test
  void besideAnImageOutsideOfTheStoreIsNoTree() {
    String hash = "a".repeat(64);
    CompiledApp app =
        app("image: {path: /srv/p.squashfs, sha256: %s, rootHash: %s}".formatted(hash, hash));
    ProbedUnit unit = ProbedUnit.of(app, List.of(app.text()), ProbeTargets.DEFAULT);
    assertThat(unit.text()).contains("RootHash=");
    assertThat(unit.withImage().text())
        .contains("RootImage=/run/sandbar-probe/image.raw")
        .doesNotContain("RootHash", "RootVerity", "RootImagePolicy");
  }

  @Test
  void theLongestNameFits() {
    assertThat(ProbedUnit.unitOf(new dev.sandbar.core.model.AppName("a".repeat(50))))
        .isInstanceOf(UnitName.class);
  }

  /** The kit has the user of the service, and none of its directories, sockets and processes. */
  @Test
  void besideAServiceOfTheDeviceItIsTheUserOfTheService() {
    var compiled =
        Compiler.compile(
            FlowText.read(
                "pg",
                "{run: {unit: postgresql@15-main.service}, mode: Open, permissions: {debug: false}}"),
            TestDevice.with(257));
    CompiledApp app = ((Compilation.Compiled) compiled).app();
    String packaged =
        """
        [Unit]
        RequiresMountsFor=/etc/postgresql/%I /var/lib/postgresql/%I
        [Service]
        Type=forking
        User=postgres
        ExecStart=/usr/bin/pg_ctlcluster %i start
        PIDFile=/run/postgresql/%i.pid
        StateDirectory=pg
        Sockets=pg.socket
        SyslogIdentifier=postgresql@%i
        ReadWritePaths=/var/lib/%p/%i /srv/100%%
        ProtectSystem=full
        Slice=system-postgresql.slice
        """;
    ProbedUnit unit = ProbedUnit.of(app, List.of(packaged, app.text()), ProbeTargets.DEFAULT);
    assertThat(unit.unit().value()).isEqualTo("sandbar.probe-pg.service");
    assertThat(unit.leftOut()).containsExactly("StateDirectory");
    assertThat(unit.text().lines())
        .contains(
            "User=postgres",
            "ReadWritePaths=/var/lib/postgresql/15-main /srv/100%%",
            "ProtectSystem=full",
            "Slice=system-postgresql.slice",
            "RequiresMountsFor=/etc/postgresql/15/main /var/lib/postgresql/15/main")
        .anyMatch(line -> line.startsWith("SystemCallFilter=~"))
        .noneMatch(line -> line.matches("(StateDirectory|PIDFile|Sockets|Type=forking).*"))
        .noneMatch(line -> line.contains("pg_ctlcluster"));
  }
}
