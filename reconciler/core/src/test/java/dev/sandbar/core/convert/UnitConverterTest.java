package dev.sandbar.core.convert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.Directive;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.convert.Converted.Left;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.SpecReader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Unit files as specs. */
class UnitConverterTest {

  private static final String MOSQUITTO =
      """
      # A comment
      [Unit]
      Description=Mosquitto MQTT Broker
      Documentation=man:mosquitto.conf(5) man:mosquitto(8)
      After=network.target multi-user.target
      Wants=network.target

      [Service]
      Type=notify
      NotifyAccess=main
      Environment="MODE=edge site" LEVEL=2
      ExecStartPre=/bin/mkdir -m 740 -p /var/log/mosquitto
      ExecStart=/usr/sbin/mosquitto -c /etc/mosquitto/mosquitto.conf \\
        --mode ${MODE} $EXTRA
      ExecReload=/bin/kill -HUP $MAINPID
      Restart=on-failure
      User=mosquitto
      StateDirectory=mosquitto
      WatchdogSec=1min
      KillSignal=SIGINT
      NoNewPrivileges=yes
      ProtectSystem=full
      ProtectHome=yes
      SystemCallFilter=@system-service
      SystemCallFilter=~@mount
      MemoryMax=64M
      MemoryMax=128M
      OOMScoreAdjust=-900
      BindPaths=/srv/data
      FooBar=1

      [Install]
      WantedBy=multi-user.target
      """;

  private static Converted convert(String text, Mode mode) {
    return UnitConverter.convert(
        UnitFile.read(text),
        new AppName("app"),
        "app.service",
        mode,
        Map.of(),
        it -> Optional.of("/usr/bin/" + it));
  }

  private static CompiledApp compiled(Converted converted) {
    assertThat(converted.usable()).as(converted.left().toString()).isTrue();
    if (SpecReader.read(converted.manifest()) instanceof SpecReader.Read(var app, _)
        && Compiler.compile(app, ReferenceDevice.facts(app))
            instanceof Compilation.Compiled(var unit, _)) {
      return unit;
    }
    throw new AssertionError(converted.manifest().toString());
  }

  private static List<String> values(CompiledApp app, String name) {
    return app.directives().stream()
        .filter(line -> line.name().equals(name))
        .map(Directive::value)
        .toList();
  }

  @Test
  void aUnitOfADaemonInOpenModeClosesWhatItCloses() {
    Converted converted = convert(MOSQUITTO, Mode.OPEN);
    CompiledApp app = compiled(converted);

    assertThat(values(app, "Type")).containsExactly("notify");
    assertThat(values(app, "ExecStart"))
        .containsExactly(
            ":\"/usr/sbin/mosquitto\" \"-c\" \"/etc/mosquitto/mosquitto.conf\" \"--mode\" \"edge"
                + " site\"");
    assertThat(values(app, "ExecStartPre"))
        .containsExactly(":\"/bin/mkdir\" \"-m\" \"740\" \"-p\" \"/var/log/mosquitto\"");
    assertThat(values(app, "After")).containsExactly("network.target");
    assertThat(values(app, "User")).containsExactly("mosquitto");
    assertThat(values(app, "DynamicUser")).isEmpty();
    assertThat(values(app, "ProtectSystem")).containsExactly("full");
    assertThat(values(app, "ProtectHome")).containsExactly("yes");
    assertThat(values(app, "WatchdogSec")).containsExactly("60s");
    assertThat(values(app, "KillSignal")).containsExactly("SIGINT");
    assertThat(values(app, "MemoryMax")).containsExactly("128M");
    assertThat(values(app, "OOMScoreAdjust")).containsExactly("-900");
    assertThat(values(app, "StateDirectory")).containsExactly("mosquitto");
    assertThat(values(app, "SystemCallErrorNumber")).containsExactly("kill");
    assertThat(values(app, "ExecReload"))
        .containsExactly(":\"/bin/sh\" \"-c\" \"exec /bin/kill -HUP \\\"$MAINPID\\\"\"");
    assertThat(values(app, "PrivateNetwork")).isEmpty();
    assertThat(converted.left())
        .extracting(Left::what)
        .containsExactly(
            "After=multi-user.target",
            "Wants=network.target",
            "ExecStart=... $EXTRA",
            "BindPaths=/srv/data",
            "FooBar=1");
    assertThat(converted.left()).allSatisfy(it -> assertThat(it.help()).isNotEmpty());
    assertThat(converted.left()).extracting(Left::line).isSorted().doesNotContain(0);
  }

  @Test
  void inClosedModeTheModeSaysMostOfIt() {
    Converted converted = convert(MOSQUITTO, Mode.CLOSED);
    CompiledApp app = compiled(converted);

    assertThat(values(app, "PrivateUsers")).containsExactly("yes");
    assertThat(values(app, "MemoryMax")).containsExactly("128M");
    assertThat(values(app, "RestrictAddressFamilies")).containsExactly("AF_INET AF_INET6 AF_UNIX");
    var directives = SpecNodes.directives(converted.manifest()).fields();
    assertThat(directives.keySet())
        .doesNotContain("NoNewPrivileges", "ProtectHome", "ProtectSystem", "SystemCallFilter")
        .contains("MemoryMax", "Restart");
    assertThat(converted.left())
        .extracting(Left::what)
        .contains("ProtectSystem=full", "OOMScoreAdjust=-900");
  }

  @Test
  void aUnitWithoutANetworkGetsNoneInClosedMode() {
    String unit = "[Service]\nExecStart=/usr/bin/x\n%s\n";
    for (String line : List.of("PrivateNetwork=yes", "RestrictAddressFamilies=AF_UNIX")) {
      assertThat(values(compiled(convert(unit.formatted(line), Mode.CLOSED)), "PrivateNetwork"))
          .as(line)
          .containsExactly("yes");
    }
    assertThat(values(compiled(convert(unit.formatted("Nice=5"), Mode.CLOSED)), "PrivateNetwork"))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ExecStart=/usr/bin/a\\nExecStart=/usr/bin/b|one program",
        "ExecStart=/usr/bin/a %i|specifier",
        "Type=oneshot\\nExecStart=/usr/bin/a|run.schedule",
        "ExecStart=+/usr/bin/a|in its sandbox",
        "ExecStart=-/usr/bin/a|started again however it ended",
        "ExecStart=/usr/bin/a\\nExecStartPre=!/usr/bin/b|run.after",
        "ExecStart=@/usr/bin/a b|a link of that name",
        "ExecStart=/usr/bin/a\\nEnvironment=SANDBAR_X=1|another name",
        "ExecStart=/usr/bin/a\\nKillSignal=SIGKILL|SIGTERM",
        "ExecStart=/usr/bin/a\\nCapabilityBoundingSet=CAP_NONSENSE|capabilities(7)",
        "ExecStart=/usr/bin/a\\nAmbientCapabilities=CAP_NONSENSE|capabilities(7)",
        "ExecStart=/usr/bin/a\\nUser=%i|name the user itself",
        "ExecStart=/usr/bin/a\\nStateDirectory=../etc|relative paths",
        "ExecStart=/usr/bin/a\\nStateDirectory=sandbar-b/x|has another name",
        "ExecStart=/usr/bin/a\\nRuntimeDirectory=private|use another name",
        "ExecStart=/usr/bin/a\\nUnsetEnvironment=SANDBAR_GENERATION|use another name",
        "ExecStart=/usr/bin/a\\nType=dbus|add directives.BusName",
        "ExecStart=/usr/bin/a\\nSystemCallFilter=~@clock nonsense|systemd does not know it",
        "ExecStart=/usr/bin/a\\nSystemCallFilter=~chown:EACCES|error of all others",
        "ExecStart=/usr/bin/a\\nExecReload=/bin/kill '(' $MAINPID|nobody knows",
        "ExecStart=/usr/bin/a\\nWatchdogSec=10ms|whole seconds",
        "ExecStart=/usr/bin/a\\nLoadCredential=x:/y|use secrets",
        "ExecStart=/usr/bin/a\\nNotifyAccess=main|NotifyAccess=none",
        "ExecStart=/usr/bin/a\\nSystemCallFilter=~@clock\\nSystemCallFilter=adjtimex|one list",
        "ExecStart=/usr/bin/a\\n"
            + "SystemCallFilter=@clock\\n"
            + "SystemCallFilter=~adjtimex\\n"
            + "SystemCallFilter=adjtimex|one list",
        "ExecStart=/usr/bin/a\\nnonsense|NAME=VALUE",
        "ExecStart=/usr/bin/a\\n[Timer]\\nOnBootSec=1|only",
        "ExecStart=/usr/bin/a\\n[Install]\\nAlias=b.service|one name",
        "ExecStart=/usr/bin/a \"b|quote",
        "ExecStart=./relative|absolute path",
        "ExecStart=|command",
        "ExecStart=;|no command before",
        "ExecStart=/usr/bin/a\\nExecStartPre=; /usr/bin/b|no command before",
      })
  void whatCannotBeCarriedIsNamed(String lines, String help) {
    Converted converted = convert("[Service]\n" + lines.replace("\\n", "\n"), Mode.OPEN);
    assertThat(converted.left()).anySatisfy(it -> assertThat(it.what() + it.help()).contains(help));
  }

  /** As systemd runs them (systemd.service(5), Command lines). */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "ExecStart=/usr/bin/a\\nExecStartPre=-/usr/bin/b c;ExecStartPre=-:\"/usr/bin/b\" \"c\"",
        "ExecStart=/usr/bin/a\\nExecStopPost=-@/usr/bin/b /usr/bin/b c;ExecStopPost=-:\"/usr/bin/b\" \"c\"",
        "ExecStart=/usr/bin/a\\nExecReload=-/bin/kill -HUP $MAINPID;ExecReload=-:\"/bin/sh\" \"-c\" \"exec /bin/kill -HUP \\\"$MAINPID\\\"\"",
        "ExecStart=:/usr/bin/a $B;ExecStart=:\"/usr/bin/a\" \"$B\"",
        "ExecStart=!!/usr/bin/a b;ExecStart=:\"/usr/bin/a\" \"b\"",
      })
  void prefixesAreCarried(String lines, String written) {
    for (Mode mode : Mode.values()) {
      Converted converted = convert("[Service]\n" + lines.replace("\\n", "\n"), mode);
      assertThat(converted.left()).isEmpty();
      assertThat(compiled(converted).text()).contains("\n" + written + "\n");
    }
  }

  /** The word behind a path with an at sign is no argument. */
  @Test
  void theNameOfAProgramIsNoArgument() {
    assertThat(
            values(
                compiled(convert(unit("ExecStopPost=@/usr/bin/b c d"), Mode.OPEN)), "ExecStopPost"))
        .containsExactly(":\"/usr/bin/b\" \"d\"");
  }

  /** A unit that a timer starts runs its commands one after the other. */
  @Test
  void aUnitThatEndsHasASchedule() {
    UnitFile unit =
        UnitFile.read(
            "[Service]\nType=oneshot\nExecStart=/usr/bin/a 1\nExecStart=/usr/bin/a 2\n"
                + "ExecStartPre=/usr/bin/before\nExecStart=/usr/bin/a 3\n");
    Converted converted =
        UnitConverter.scheduled(
            unit, new AppName("a"), "a.service", Mode.OPEN, Map.of(), Programs.NONE, "0 2 * * *");
    assertThat(converted.left()).isEmpty();
    CompiledApp app = compiled(converted);
    assertThat(values(app, "ExecStartPre"))
        .containsExactly(":\"/usr/bin/before\"", ":\"/usr/bin/a\" \"1\"", ":\"/usr/bin/a\" \"2\"");
    assertThat(values(app, "ExecStart")).containsExactly(":\"/usr/bin/a\" \"3\"");
    assertThat(values(app, "Restart")).containsExactly("no");
  }

  /** A user of its own has a stronger /tmp than what is withheld beside it would write. */
  @Test
  void anAppOfItsOwnUserHasTheTemporaryFolderOfIts() {
    Converted converted = convert(unit("DynamicUser=yes"), Mode.OPEN);
    assertThat(converted.left()).isEmpty();
    assertThat(values(compiled(converted), "PrivateTmp")).isEmpty();
  }

  /** What systemd makes of lines together is said too. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OPEN|[Unit]\\nDefaultDependencies=no\\n[Service]\\nPrivateTmp=yes|PrivateTmp: disconnected",
        "OPEN|ProtectKernelTunables=yes|the app has BindReadOnlyPaths=/sys",
        "CLOSED|Type=dbus\\nBusName=com.example.A\\nNotifyAccess=main|NotifyAccess=none",
        "CLOSED|Type=dbus\\nBusName=com.example.A|{own: [NAME]}",
        "CLOSED|DeviceAllow=/dev/rfkill rw|char-rtc",
      })
  void aDifferenceIsNamed(Mode mode, String lines, String help) {
    Converted converted = convert(unit(lines), mode);
    assertThat(converted.left()).anySatisfy(it -> assertThat(it.help()).contains(help));
  }

  /** And not what follows from it. */
  @Test
  void theFirstOfWhatIsNamedIsTheCause() {
    assertThat(convert("[Service]\nExecStart=/usr/bin/a %i\nNice=1\n", Mode.OPEN).left())
        .singleElement()
        .satisfies(it -> assertThat(it.what()).startsWith("ExecStart="));
  }

  /** systemd ends lines at more characters than one. */
  @Test
  void linesEndWhereSystemdEndsThem() {
    assertThat(UnitFile.read("[Service]\r\n# a\rNice=1\0User=b\n\rUMask=0 \\\r\n# c\r\n7").lines())
        .extracting(it -> it.name() + "=" + it.value())
        .containsExactly("Nice=1", "User=b", "UMask=0  7");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SocketBindAllow=tcp:80|import with --closed",
        "SocketBindDeny=any|import with --closed",
        "ReadOnlyPaths=/a\\nReadOnlyPaths=/sys /dev /tmp|",
        "ProtectSystem=strict\\nReadWritePaths=/a\\nReadWritePaths=/b|",
        "LimitNOFILE=10\\nLimitNOFILE=20|",
        "SupplementaryGroups=a\\nSupplementaryGroups=b|",
        "StateDirectory=a\\nStateDirectory=b|",
        "User=a\\nCapabilityBoundingSet=CAP_KILL\\nAmbientCapabilities=CAP_KILL|",
        "UMask=77|",
        "ExecStop=/a ; /b ; /c ; /d ; /e|at most 4 commands",
      })
  void whatOpenModeHasIsSaidOfOpenMode(String line, @Nullable String help) {
    Converted converted = convert(unit(line), Mode.OPEN);
    assertThat(converted.left().stream().map(Converted.Left::help).toList())
        .hasSize(help == null ? 0 : 1)
        .allMatch(it -> help != null && it.contains(help));
  }

  @Test
  void aLineThatResetsOrReplacesCounts() {
    UnitFile unit =
        UnitFile.read(
            "[Service]\n"
                + "SystemCallFilter=@a\n"
                + "SystemCallFilter=\n"
                + "SystemCallFilter=@b\n"
                + "Nice=1\n"
                + "Nice=2\n");
    assertThat(unit.lines()).extracting(UnitFile.Line::value).containsExactly("@b", "2");
    assertThat(unit.lines()).extracting(UnitFile.Line::number).containsExactly(4, 6);
  }

  /** An empty assignment is what systemd makes of it, and not always as if nothing were there. */
  @Test
  void anEmptyAssignmentIsAValue() {
    UnitFile unit =
        UnitFile.read(
            "[Unit]\n"
                + "After=a.service\n"
                + "After=\n"
                + "[Service]\n"
                + "ProtectSystem=strict\n"
                + "ProtectSystem=\n"
                + "CapabilityBoundingSet=CAP_CHOWN\n"
                + "CapabilityBoundingSet=\n"
                + "DeviceAllow=/dev/a\n"
                + "DeviceAllow=\n"
                + "IPAddressDeny=any\n"
                + "IPAddressDeny=\n"
                + "SystemCallFilter=@a\n"
                + "SystemCallFilter=\n"
                + "Foo=1\n"
                + "Foo=\n");
    assertThat(unit.lines())
        .extracting(it -> it.name() + "=" + it.value())
        .containsExactly(
            "After=a.service",
            "After=",
            "ProtectSystem=strict",
            "ProtectSystem=",
            "CapabilityBoundingSet=CAP_CHOWN",
            "CapabilityBoundingSet=",
            "Foo=1",
            "Foo=");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Delegate=|without a value it is not as if it were not there",
        "RestrictNetworkInterfaces=|without a value it is not as if it were not there",
        "NoNewPrivileges=yes\\nNoNewPrivileges=|systemd passes over it",
        "ProtectHome=|systemd passes over it",
        "LimitCORE=0\\nLimitCORE=|systemd passes over it",
        "[Unit]\\nAfter=|systemd passes over it",
        "Foo=|Sandbar does not know it",
        "Environment=A|is not NAME=VALUE",
      })
  void anEmptyAssignmentIsCarriedOrNamed(String lines, String help) {
    for (Mode mode : Mode.values()) {
      Converted converted =
          convert("[Service]\nExecStart=/usr/bin/a\n" + lines.replace("\\n", "\n"), mode);
      assertThat(converted.left())
          .as(mode + " " + lines)
          .anySatisfy(it -> assertThat(it.help()).contains(help));
    }
  }

  /** Whatever the order of the lines is, the app of such a unit has its user. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "User=daemon\\nDynamicUser=no|daemon|",
        "DynamicUser=no\\nUser=daemon|daemon|",
        "User=daemon\\nGroup=adm|daemon|",
        "User=a\\nUser=b|b|",
        "DynamicUser=yes\\nUser=daemon|daemon|yes",
        "User=%i\\nDynamicUser=no||yes",
        "User=root||",
        "Group=adm||",
      })
  void anAppInOpenModeHasTheUserOfTheUnit(
      String lines, @Nullable String user, @Nullable String dynamic) {
    CompiledApp app = compiled(convert(unit(lines), Mode.OPEN));
    assertThat(String.join(" ", values(app, "User"))).isEqualTo(user == null ? "" : user);
    assertThat(String.join(" ", values(app, "DynamicUser")))
        .isEqualTo(dynamic == null ? "" : dynamic);
    assertThat(values(compiled(convert(unit(lines), Mode.CLOSED)), "DynamicUser"))
        .containsExactly("yes");
  }

  private static String unit(String lines) {
    return "[Service]\nExecStart=/usr/bin/a\n" + lines.replace("\\n", "\n");
  }

  /** An app in open mode has the capabilities of the unit: no more, and no fewer. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CapabilityBoundingSet=|''|",
        "CapabilityBoundingSet=CAP_CHOWN|CAP_CHOWN|",
        "CapabilityBoundingSet=cap_chown|CAP_CHOWN|",
        "CapabilityBoundingSet=~CAP_CHOWN|~CAP_CHOWN|",
        "CapabilityBoundingSet=CAP_KILL\\nCapabilityBoundingSet=CAP_CHOWN|CAP_CHOWN CAP_KILL|",
        "CapabilityBoundingSet=CAP_KILL CAP_CHOWN\\nCapabilityBoundingSet=~CAP_CHOWN|CAP_KILL|",
        "CapabilityBoundingSet=CAP_CHOWN\\nCapabilityBoundingSet=|''|",
        "CapabilityBoundingSet=CAP_KILL\\nCapabilityBoundingSet=\\nCapabilityBoundingSet=CAP_CHOWN|CAP_CHOWN|",
        "User=a\\nCapabilityBoundingSet=|''|",
        "DynamicUser=yes\\nCapabilityBoundingSet=CAP_CHOWN|CAP_CHOWN|",
        "User=a\\nAmbientCapabilities=CAP_CHOWN||CAP_CHOWN",
        "AmbientCapabilities=CAP_CHOWN\\nAmbientCapabilities=||",
        "AmbientCapabilities=CAP_KILL\\nAmbientCapabilities=CAP_CHOWN||CAP_CHOWN CAP_KILL",
        "CapabilityBoundingSet=CAP_CHOWN\\nAmbientCapabilities=CAP_CHOWN|CAP_CHOWN|CAP_CHOWN",
        "SystemCallFilter=@clock\\nSystemCallFilter=||",
      })
  void anAppInOpenModeHasTheCapabilitiesOfTheUnit(
      String lines, @Nullable String bounding, @Nullable String ambient) {
    Converted converted = convert(unit(lines), Mode.OPEN);
    CompiledApp app = compiled(converted);
    assertThat(converted.left()).isEmpty();
    assertThat(values(app, "CapabilityBoundingSet"))
        .isEqualTo(bounding == null ? List.of() : List.of(bounding));
    assertThat(values(app, "AmbientCapabilities"))
        .isEqualTo(ambient == null ? List.of() : List.of(ambient));
  }

  /** Without such a line the app would have all that it takes away. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CapabilityBoundingSet=CAP_NONSENSE|true",
        "SecureBits=noroot noroot-locked|false",
        "SecureBits=nonsense|true",
        "User=sandbar-other|true",
        "AmbientCapabilities=CAP_NONSENSE|false",
        "RestrictNetworkInterfaces=eth0\\nRestrictNetworkInterfaces=|false",
        "NoNewPrivileges=yes\\nNoNewPrivileges=|false",
      })
  void aLineAboutCapabilitiesThatCannotBeReadRefusesAnImportInOpenMode(
      String lines, boolean refused) {
    assertThat(convert(unit(lines), Mode.OPEN).widening().isPresent()).isEqualTo(refused);
    assertThat(convert(unit(lines), Mode.CLOSED).widening()).isEmpty();
  }

  /** A directory of the same name, whatever else is left of the line. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "RuntimeDirectory=a b.d\\nRuntimeDirectory=a|a b.d|",
        "RuntimeDirectory=a b/c|a|RuntimeDirectory=... 'b/c'",
        "RuntimeDirectory=%N systemd|app|RuntimeDirectory=... 'systemd'",
        "RuntimeDirectory=a:b ../c||RuntimeDirectory=... 'a:b', RuntimeDirectory=... '../c'",
      })
  void closedModeCarriesRuntimeDirectories(
      String lines, @Nullable String carried, @Nullable String left) {
    Converted converted = convert(unit(lines), Mode.CLOSED);
    assertThat(
            compiled(converted).spec().run().runtimeDirectories().stream()
                .map(AppSpec.Named::name)
                .collect(Collectors.joining(" ")))
        .isEqualTo(carried == null ? "" : carried);
    assertThat(converted.left().stream().map(Left::what).collect(Collectors.joining(", ")))
        .isEqualTo(left == null ? "" : left);
  }

  /** What systemd passes over takes nothing back. */
  @Test
  void aWallOutlivesAnEmptyAssignmentThatSystemdPassesOver() {
    Converted converted =
        convert(
            "[Service]\nExecStart=/usr/bin/a\nNoNewPrivileges=yes\nNoNewPrivileges=\n"
                + "ProtectKernelLogs=yes\nProtectKernelLogs=\n",
            Mode.OPEN);
    assertThat(compiled(converted).text())
        .contains("\nNoNewPrivileges=yes\n", "\nProtectKernelLogs=yes\n");
  }

  /** What the commonest lines of real units say, holds in open mode. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "RuntimeDirectory=a b/c\\nRuntimeDirectory=d|RuntimeDirectory|a b/c d",
        "RuntimeDirectoryMode=2750|RuntimeDirectoryMode|2750",
        "RuntimeDirectoryPreserve=yes|RuntimeDirectoryPreserve|yes",
        "StateDirectory=a|StateDirectory|a",
        "CacheDirectory=a|CacheDirectory|a",
        "LogsDirectory=a|LogsDirectory|a",
        "ConfigurationDirectory=a|ConfigurationDirectory|a",
        "StateDirectory=%N|StateDirectory|app",
        "ReadWriteDirectories=-/var/lib/a\\nReadWritePaths=/srv|ReadWritePaths|-/var/lib/a /srv",
        "ReadOnlyPaths=/|ReadOnlyPaths|/",
        "InaccessibleDirectories=/sys /tmp|InaccessiblePaths|/sys /tmp",
        "ProtectHome=True|ProtectHome|yes",
        "PrivateMounts=no|PrivateMounts|",
        "ProtectProc=ptraceable|ProtectProc|ptraceable",
        "DevicePolicy=closed|DevicePolicy|closed",
        "PassEnvironment=A\\nPassEnvironment=B|PassEnvironment|A B",
        "TasksMax=99%|TasksMax|99%",
        "UnsetEnvironment=LANG|UnsetEnvironment|LANG",
        "StandardInput=file:/etc/x|StandardInput|file:/etc/x",
        "StandardOutput=syslog|StandardOutput|journal",
        "Type=forking\\nPIDFile=%t/a.pid|PIDFile|/run/a.pid",
        "Type=dbus\\nBusName=com.example.A|Type|dbus",
        "SystemCallFilter=~@clock|SystemCallErrorNumber|kill",
        "SystemCallFilter=~@clock\\nSystemCallErrorNumber=EACCES|SystemCallErrorNumber|EACCES",
        "SystemCallFilter=~ @clock|SystemCallFilter|~@clock",
        "ExecStartPre=x y|ExecStartPre|:\"/usr/bin/x\" \"y\"",
      })
  void whatRealUnitsSayHoldsInOpenMode(String lines, String directive, @Nullable String value) {
    Converted converted = convert(unit(lines), Mode.OPEN);
    CompiledApp app = compiled(converted);
    assertThat(converted.left()).isEmpty();
    assertThat(values(app, directive)).isEqualTo(value == null ? List.of() : List.of(value));
  }
}
