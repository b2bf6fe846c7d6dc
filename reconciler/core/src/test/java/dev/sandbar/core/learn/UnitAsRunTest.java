package dev.sandbar.core.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.learn.ServiceObservation.Service;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Lifecycle;
import dev.sandbar.core.model.Lifecycle.StartType;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Specs of services whose units say less than what runs. */
class UnitAsRunTest {

  private static final Map<String, String> SETTINGS =
      Map.of(
          "/etc/gauge/gauge.conf",
          "dir /var/lib/gauge-old/x\npid\t/run/set.pid\nspool=/var/lib/set/spool;\n",
          "/etc/passwd",
          "set:x:900:900::/var/lib/set:/bin/sh",
          "/etc/other.conf",
          "nothing");

  private static LearnedSpec learned(
      String unit, Stayed stayed, List<String> unenforced, Use... uses) {
    var observation =
        ServiceObservation.of(
            "pump-1",
            new UnitName("gauge.service"),
            Instant.EPOCH,
            60,
            1,
            true,
            "",
            new Service.Unit(
                List.of(unit),
                new TreeMap<>(Map.of("KNOWN", "yes")),
                257,
                stayed,
                unenforced,
                List.of()),
            List.of(uses));
    return DeviceCombination.of(
                List.of(observation), false, _ -> new AppName("gauge"), new TreeMap<>(SETTINGS))
            instanceof Combination.Combined combined
        ? combined.spec()
        : org.assertj.core.api.Assertions.fail("refused");
  }

  private static AppSpec app(LearnedSpec learned) {
    assertThat(learned.usable()).as("%s", learned.notes()).isTrue();
    return SpecReader.read(learned.manifest()) instanceof SpecReader.Read(var app, _)
        ? app
        : org.assertj.core.api.Assertions.fail("not read: %s", learned.manifest());
  }

  private static Stayed another(String... words) {
    return new Stayed(List.of(words), "", true, false);
  }

  private static final String SCRIPT =
      """
      [Unit]
      SourcePath=/etc/init.d/gauge
      [Service]
      Type=forking
      Restart=no
      TimeoutSec=5min
      IgnoreSIGPIPE=no
      KillMode=process
      GuessMainPID=no
      RemainAfterExit=yes
      SuccessExitStatus=5 6
      ExecStart=/etc/init.d/gauge start
      ExecStop=/etc/init.d/gauge stop
      """;

  @Test
  void ofAScriptTheProgramThatStayedIsStarted() {
    LearnedSpec learned =
        learned(SCRIPT, another("/usr/sbin/gauged", "-c", "/etc/a b%c"), List.of());
    assertThat(app(learned).run().command())
        .containsExactly("/usr/sbin/gauged", "-c", "/etc/a b%c");
    assertThat(app(learned).run().lifecycle().type()).isEqualTo(StartType.FORKING);
    assertThat(learned.notes())
        .noneMatch(Learned.Note::change)
        .anyMatch(it -> it.help().contains("the program that stayed is /usr/sbin/gauged"))
        .noneMatch(it -> it.what().contains("KillMode") || it.what().contains("ExecStop"));
  }

  @Test
  void oneThatTheScriptSendsAwayItselfStaysInTheForeground() {
    LearnedSpec learned =
        learned(SCRIPT, new Stayed(List.of("/usr/sbin/gauged"), "", true, true), List.of());
    assertThat(app(learned).run().command()).containsExactly("/usr/sbin/gauged");
    assertThat(app(learned).run().lifecycle().type()).isEqualTo(StartType.EXEC);
    assertThat(learned.notes()).noneMatch(Learned.Note::change);
  }

  @Test
  void variablesThatNobodyKnowsAreWhatTheProcessGot() {
    String unit = "[Service]\nExecStart=/usr/bin/gauge $OPTS\n";
    Stayed stayed = new Stayed(List.of("/usr/bin/gauge", "--all", "$5"), "", false, false);
    assertThat(app(learned(unit, stayed, List.of())).run().command())
        .containsExactly("/usr/bin/gauge", "--all", "$5");
    LearnedSpec unseen = learned(unit, Stayed.UNSEEN, List.of());
    assertThat(unseen.notes())
        .filteredOn(Learned.Note::change)
        .singleElement()
        .satisfies(it -> assertThat(it.what()).contains("$OPTS"));
  }

  @Test
  void itsPlacesAreThoseOfTheApp() {
    String unit =
        """
        [Service]
        ExecStart=/usr/bin/gauge --data=/var/lib/gauge/db -P/run/gauge.pid /var/lib/gauge-old
        ExecStartPre=/bin/sh -c 'mkdir -p /var/lib/gauge; >>/var/log/gauge.log'
        Environment=CACHE=/var/cache/gauge
        PIDFile=/run/gauge.pid
        ExecStartPre=-/bin/mkdir -p /var/run/gauge/empty
        ExecStartPre=/usr/bin/install -d -o gauge /run/gauge
        """;
    LearnedSpec learned =
        learned(
            unit,
            Stayed.UNSEEN,
            List.of(),
            new Use.Wrote("/var/lib/gauge/db"),
            new Use.Wrote("/var/cache/gauge/x"),
            new Use.Wrote("/var/run/gauge.pid.tmp"),
            new Use.Wrote("/run/other.pid"),
            new Use.Wrote("/var/log/gauge.log"));
    AppSpec app = app(learned);
    assertThat(app.run().command())
        .containsExactly(
            "/usr/bin/gauge",
            "--data=/var/lib/sandbar-gauge/db",
            "-P/tmp/gauge.pid",
            "/var/lib/gauge-old");
    assertThat(app.run().lifecycle().commands().values())
        .containsExactly(
            List.of(
                new Lifecycle.Command(
                    false,
                    List.of(
                        "/bin/sh",
                        "-c",
                        "mkdir -p /var/lib/sandbar-gauge; >>/var/log/sandbar-gauge/gauge.log"))));
    assertThat(app.run().environment()).containsEntry("CACHE", "/var/cache/sandbar-gauge");
    assertThat(app.run().runtimeDirectories())
        .extracting(AppSpec.Named::name)
        .containsExactly("gauge");
    assertThat(app.permissions().requests())
        .containsOnlyKeys(Permission.STATE, Permission.CACHE, Permission.LOGS);
    assertThat(learned.notes())
        .filteredOn(Learned.Note::change)
        .singleElement()
        .satisfies(it -> assertThat(it.what()).isEqualTo("writes to /run/other.pid"));
    assertThat(learned.notes())
        .anyMatch(it -> it.what().equals("ExecStartPre=-/bin/mkdir -p /var/run/gauge/empty"));
    assertThat(learned.notes())
        .anyMatch(it -> it.what().startsWith("keeps what it has in /run/gauge.pid, /var/cache/"));
  }

  /** An app has eight; a path that leaves its folder is in none. */
  @Test
  void whatIsInNoFolderOfItsOwnHasToChange() {
    Use[] uses =
        Stream.concat(
                IntStream.range(0, 9).mapToObj(i -> new Use.Wrote("/run/d%d/x".formatted(i))),
                Stream.of(new Use.Wrote("/run/d0/../../etc/x")))
            .toArray(Use[]::new);
    LearnedSpec learned =
        learned("[Service]\nExecStart=/usr/bin/gauge\n", Stayed.UNSEEN, List.of(), uses);
    assertThat(app(learned).run().runtimeDirectories()).hasSize(8);
    assertThat(learned.notes())
        .filteredOn(Learned.Note::change)
        .extracting(Learned.Note::what)
        .containsExactlyInAnyOrder("writes to /run/d8/x", "writes to /run/d0/../../etc/x");
    assertThat(learned.notes())
        .anyMatch(it -> it.what().startsWith("keeps what it has in /run/d0"));
  }

  @Test
  void whatItHasInFoldersOfRunStaysThere() {
    LearnedSpec learned =
        learned(
            "[Service]\nExecStart=/usr/bin/gauge -s /run/gauge/a/s -k /var/run/gauge /run/gauges"
                + " /run/systemd/notify\n",
            Stayed.UNSEEN,
            List.of(),
            new Use.Wrote("//run//gauge/a/s"),
            new Use.Wrote("/run/gauge/gauge.pid"),
            new Use.Wrote("/run/gauge"),
            new Use.Wrote("/var/run/spool/x"),
            new Use.Wrote("/run/systemd/notify"));
    assertThat(app(learned).run().command())
        .containsExactly(
            "/usr/bin/gauge",
            "-s",
            "/run/gauge/a/s",
            "-k",
            "/var/run/gauge",
            "/run/gauges",
            "/run/systemd/notify");
    assertThat(app(learned).run().runtimeDirectories())
        .extracting(AppSpec.Named::name)
        .containsExactly("gauge", "spool");
    assertThat(app(learned).run().lifecycle().commands().values())
        .containsExactly(
            List.of(new Lifecycle.Command(false, List.of("/usr/bin/mkdir", "-p", "/run/gauge/a"))));
    assertThat(learned.notes())
        .filteredOn(Learned.Note::change)
        .extracting(Learned.Note::what)
        .containsExactly("writes to /run/systemd/notify");
  }

  @Test
  void whoBecomesAUserIsToldNone() {
    String unit = "[Service]\nExecStart=/etc/init.d/gauge start\n";
    Stayed stayed =
        new Stayed(
            List.of("/usr/bin/gauge", "-u", "gauge", "--user=gauge", "-x", "gauge"),
            "gauge",
            true,
            false);
    LearnedSpec learned = learned(unit, stayed, List.of(), new Use.Called("setuid"));
    assertThat(app(learned).run().command()).containsExactly("/usr/bin/gauge", "-x", "gauge");
    assertThat(learned.notes())
        .anyMatch(it -> it.what().equals("becomes the user gauge by -u gauge"))
        .anyMatch(it -> it.what().equals("becomes the user gauge by --user=gauge"));
    assertThat(app(learned(unit, stayed, List.of())).run().command())
        .contains("-u", "--user=gauge");
  }

  @Test
  void whatTheDeviceDoesNotEnforceIsLeftOut() {
    String unit = "[Service]\nExecStart=/usr/bin/gauge\nTasksMax=100\nMemoryMax=64M\n";
    LearnedSpec learned = learned(unit, Stayed.UNSEEN, List.of("TasksMax"));
    assertThat(app(learned).directives()).extracting(it -> it.name()).containsExactly("MemoryMax");
    assertThat(learned.notes()).anyMatch(it -> it.what().equals("TasksMax=100"));
  }

  /** Of an app the main process alone is heard. */
  @Test
  void aSignThatNeedNotComeIsNotWaitedFor() {
    String unit = "[Service]\nType=notify\nExecStart=/usr/bin/gauge\nNotifyAccess=";
    AppSpec all = app(learned(unit + "all\n", Stayed.UNSEEN, List.of()));
    assertThat(all.run().lifecycle().type()).isEqualTo(StartType.EXEC);
    assertThat(all.permissions().requests()).isEmpty();
    AppSpec main = app(learned(unit + "main\n", Stayed.UNSEEN, List.of()));
    assertThat(main.run().lifecycle().type()).isEqualTo(StartType.NOTIFY);
  }

  /** Its package has made the folder, and the app has to make its own. */
  @Test
  void settingsThatNamePlacesAreFilesOfTheSpec() {
    LearnedSpec learned =
        learned(
            "[Service]\nExecStart=/usr/bin/gauge\n",
            Stayed.UNSEEN,
            List.of(),
            new Use.Wrote("/var/lib/set/spool/1"),
            new Use.Wrote("/run/set.pid"),
            new Use.ReadSettings("/etc/gauge/gauge.conf"));
    AppSpec app = app(learned);
    assertThat(learned.manifest().toString())
        .contains(
            "dir /var/lib/gauge-old/x\npid\t/tmp/set.pid\nspool=/var/lib/sandbar-gauge/spool;")
        .doesNotContain("nothing", "/etc/passwd");
    assertThat(app.run().lifecycle().commands().values())
        .containsExactly(
            List.of(
                new Lifecycle.Command(
                    false, List.of("/usr/bin/mkdir", "-p", "/var/lib/sandbar-gauge/spool"))));
    assertThat(learned.notes()).noneMatch(Learned.Note::change);
  }

  @Test
  void settingsThatTheAppCannotReadHaveToChange() {
    var unit =
        new Service.Unit(
            List.of("[Service]\nExecStart=/usr/bin/gauge\n"),
            new TreeMap<>(),
            257,
            Stayed.UNSEEN,
            List.of(),
            List.of("/etc/gauge/key", "/etc/shadow"));
    assertThat(UnitAsRun.of(unit, new AppName("gauge"), new TreeMap<>(), List.of()).notes())
        .singleElement()
        .matches(it -> it.change() && it.what().contains("/etc/gauge/key"));
  }
}
