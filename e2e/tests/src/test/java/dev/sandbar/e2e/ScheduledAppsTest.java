package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** Apps that run at times: {@code run.schedule}. */
class ScheduledAppsTest {

  /** It says that it runs, tries to leave its sandbox, and ends as its state directory says. */
  private static final String PROGRAM =
      """
      exec 2>/dev/null
      echo "run %s"
      (: >/etc/x) && echo OPEN
      read -r line </etc/shadow && echo OPEN
      (exec 3<>/dev/tcp/127.0.0.1/1) && echo OPEN
      until [ -e "$STATE_DIRECTORY/end" ]; do sleep 0.1; done
      read -r code <"$STATE_DIRECTORY/end"
      rm "$STATE_DIRECTORY/end"
      exit "$code"
      """;

  private static final String STATE = "/var/lib/private/sandbar-nightly";
  private static final String STAMPS = "/var/lib/systemd/timers/stamp-";

  private static final int BEGUN = Instant.now().atZone(ZoneOffset.UTC).getHour();

  private static String nightly(String version, String schedule) {
    return Apps.manifest(
        "nightly",
        """
        run: {command: [/bin/bash, /run/nightly/program], schedule: "%s"},
        permissions: {state: true},
        drift: {mode: Correct},
        files: [{path: /run/nightly/program, content: "%s"}]"""
            .formatted(
                schedule,
                PROGRAM
                    .formatted(version)
                    .replace("\\", "\\\\")
                    .replace("\"", "\\\"")
                    .replace("\n", "\\n")));
  }

  @ParameterizedTest
  @OnEachSystemd
  void anAppRunsAtItsTimes(Suite suite, @TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("steady.yaml", Apps.waiting("steady"))
            .commit("nightly.yaml", nightly("one", daily(0)));
    try (VirtualDevice device = VirtualDevice.named("schedule").suite(suite).boot()) {
      CalendarParity.check(device, 20261130 + suite.ordinal());
      missed(device, daily(0));
      try (DeviceLoop loop = start(device, repository)) {
        whatWasMissedRunsOnce(device, loop);
        aVersionThatIsNotDueDoesNotRun(device, loop, repository);
        whatSomebodyChangesIsPutBack(device, loop);
        aRunThatFailsIsReported(device, loop);
        aVersionThatFailsAtOnceIsTakenBack(device, loop, repository);
        theTargetStartsWhatHasNoSchedule(device, loop, repository);
        repository.commit("nightly.yaml", nightly("six", "* * * * *"));
        Apps.awaitApplied(loop, repository, "nightly");
      }
      theTargetBringsUpTheTimerAlone(device);
      if (suite == Suite.TRIXIE) {
        // No matter of systemd's version.
        await().atMost(Apps.SOON).until(() -> said(device).contains("run six"));
        end(device, 0);
      }
      try (DeviceLoop loop = start(device, repository)) {
        zonesAreOfTheDevice(device, loop, repository);
        repository.remove("nightly.yaml");
        Apps.awaitRemoved(loop, device, "nightly");
        await()
            .atMost(Apps.SOON)
            .until(() -> !sh(device, "ls /var/lib/systemd/timers").contains("nightly"));
      }
    }
  }

  private static DeviceLoop start(VirtualDevice device, GitRepository repository)
      throws IOException {
    return DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(1)));
  }

  /** Once a day, at an hour that does not come while a test runs; each is another. */
  static String daily(int number) {
    return "0 %d * * *".formatted(hour(number));
  }

  private static String at(int number) {
    return "%02d:00:00".formatted(hour(number));
  }

  private static int hour(int number) {
    return (BEGUN + 3 + number) % 24;
  }

  private static String timer(String schedule) {
    return CalendarParity.timer("nightly", schedule).unit().value();
  }

  private static String sh(VirtualDevice device, String script) {
    return device.exec("bash", "-c", script).stdout();
  }

  private static List<String> said(VirtualDevice device) {
    return device
        .exec("journalctl", "-u", Apps.unit("nightly"), "-t", "nightly", "-o", "cat", "--no-pager")
        .stdout()
        .lines()
        .toList();
  }

  /** The timer last ran the app two days ago, and the device was off since. */
  private static void missed(VirtualDevice device, String schedule) {
    device
        .exec(
            "sh",
            "-ec",
            "mkdir -p /var/lib/systemd/timers; touch -d '2 days ago' " + STAMPS + timer(schedule))
        .orThrow();
  }

  /** The program reads the file as soon as it is there, and so it is there with its content. */
  private static void end(VirtualDevice device, int code) {
    device
        .exec("sh", "-ec", "echo %1$d >%2$s/code; mv %2$s/code %2$s/end".formatted(code, STATE))
        .orThrow();
    await().atMost(Apps.SOON).until(() -> !Apps.state(device, "nightly").equals("active"));
  }

  /** This timer starts the app, now and at boot, and nothing else does. */
  private static void awaitTimer(VirtualDevice device, String schedule) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(sh(device, "systemctl is-active " + timer(schedule)).strip())
                  .isEqualTo("active");
              assertThat(sh(device, "ls /etc/systemd/system/sandbar.target.wants").lines())
                  .containsExactlyInAnyOrder(timer(schedule), Apps.unit("steady"));
              assertThat(active(device)).containsExactly(timer(schedule));
            });
  }

  private static List<String> active(VirtualDevice device) {
    return sh(
            device,
            "systemctl list-units --plain --no-legend --state=active 'sandbar-*.timer' | cut -d' ' -f1")
        .lines()
        .toList();
  }

  private static void whatWasMissedRunsOnce(VirtualDevice device, DeviceLoop loop)
      throws IOException {
    Apps.awaitReady(loop, "nightly", "steady");
    Apps.awaitSaid(device, "nightly", "run one");
    assertThat(loop.why("nightly", "Healthy")).isEqualTo("Succeeded: running");
    Apps.awaitNoDrift(loop, "nightly");
    awaitTimer(device, daily(0));
    assertThat(Apps.show(device, "nightly", "TriggeredBy")).contains(timer(daily(0)));

    end(device, 0);
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.why("nightly", "Healthy"))
                    .matches(
                        "Scheduled: last run 20[0-9T:-]+Z, next run 20[0-9-]+T" + at(0) + "Z"));
    Apps.awaitNoDrift(loop, "nightly");
    assertThat(loop.condition("nightly", "Healthy")).isEqualTo("True");
    assertThat(Apps.state(device, "nightly")).isEqualTo("inactive");
    assertThat(said(device)).containsExactly("run one");
  }

  private static void aVersionThatIsNotDueDoesNotRun(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    repository.commit("nightly.yaml", nightly("two", daily(1)));
    Apps.awaitApplied(loop, repository, "nightly");
    awaitTimer(device, daily(1));
    assertThat(Apps.state(device, "nightly")).isEqualTo("inactive");
    Apps.awaitNoDrift(loop, "nightly");
    assertThat(loop.why("nightly", "Healthy"))
        .matches("Scheduled: next run 20[0-9-]+T" + at(1) + "Z");
    assertThat(said(device)).containsExactly("run one");
    // No version names it any more.
    await()
        .atMost(Apps.SOON)
        .until(
            () ->
                !sh(device, "ls /etc/systemd/system /var/lib/systemd/timers")
                    .contains(timer(daily(0))));
  }

  private static void whatSomebodyChangesIsPutBack(VirtualDevice device, DeviceLoop loop) {
    String timer = timer(daily(1));
    String wants = "/etc/systemd/system/sandbar.target.wants/";
    for (String change :
        List.of(
            "systemctl stop " + timer,
            "rm " + wants + timer,
            "systemctl disable --now " + timer,
            // It would run at the next boot, whatever the time is.
            "ln -s ../" + Apps.unit("nightly") + " " + wants)) {
      device.exec("sh", "-ec", change).orThrow();
      awaitTimer(device, daily(1));
      Apps.awaitNoDrift(loop, "nightly");
    }
    String file = "/etc/systemd/system/" + timer;
    String before = sh(device, "cat " + file);
    device
        .exec(
            "sh",
            "-ec",
            "mkdir %1$s.d; echo '[Timer]\nOnCalendar=hourly' | tee -a %1$s >%1$s.d/more.conf; systemctl daemon-reload"
                .formatted(file))
        .orThrow();
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(sh(device, "cat " + file)).isEqualTo(before);
              assertThat(sh(device, "ls -A " + file + ".d")).isEmpty();
              assertThat(sh(device, "systemctl show -P TimersCalendar " + timer))
                  .contains(at(1))
                  .doesNotContain("*:00:00 ;");
            });
    awaitTimer(device, daily(1));
    Apps.awaitNoDrift(loop, "nightly");
    assertThat(said(device)).containsExactly("run one");
  }

  /** A person may run it at any time: that is no drift. */
  private static void aRunThatFailsIsReported(VirtualDevice device, DeviceLoop loop) {
    device.exec("systemctl", "start", Apps.unit("nightly")).orThrow();
    await().atMost(Apps.SOON).until(() -> said(device).contains("run two"));
    Apps.awaitNoDrift(loop, "nightly");
    end(device, 3);
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(loop.condition("nightly", "Ready")).isEqualTo("False");
              assertThat(loop.why("nightly", "Ready")).contains("failed: exit-code, status 3");
              assertThat(loop.drifts("nightly")).isEmpty();
            });
    assertThat(said(device)).containsExactly("run one", "run two");
    awaitTimer(device, daily(1));
  }

  /** It is due as it is applied, and fails while it is on probation. */
  private static void aVersionThatFailsAtOnceIsTakenBack(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    missed(device, daily(2));
    repository.commit(
        "nightly.yaml",
        nightly("three", daily(2))
            .replace("drift:", "health: {settle: 60s}, drift:")
            .replace("until [ -e", "exit 5; until [ -e"));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(loop.condition("nightly", "Ready")).isEqualTo("False");
              assertThat(loop.why("nightly", "Ready"))
                  .contains("it did not stay up: result exit-code, exit status 5");
            });
    awaitTimer(device, daily(1));
    assertThat(sh(device, "cat " + Apps.file("nightly"))).contains(timer(daily(1)));
    assertThat(said(device)).containsExactly("run one", "run two", "run three");
    assertThat(Apps.state(device, "nightly")).isEqualTo("inactive");
  }

  private static void theTargetStartsWhatHasNoSchedule(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    repository.commit(
        "nightly.yaml",
        nightly("four", daily(3)).replace(", schedule: \"%s\"".formatted(daily(3)), ""));
    Apps.awaitApplied(loop, repository, "nightly");
    await().atMost(Apps.SOON).until(() -> said(device).contains("run four"));
    assertThat(active(device)).isEmpty();
    assertThat(sh(device, "ls /etc/systemd/system/sandbar.target.wants").lines())
        .containsExactlyInAnyOrder(Apps.unit("nightly"), Apps.unit("steady"));
    Apps.awaitNoDrift(loop, "nightly");

    // What runs goes on as the new version, and ends as that.
    repository.commit("nightly.yaml", nightly("five", daily(3)));
    Apps.awaitApplied(loop, repository, "nightly");
    await().atMost(Apps.SOON).until(() -> said(device).contains("run five"));
    awaitTimer(device, daily(3));
    end(device, 0);
    Apps.awaitNoDrift(loop, "nightly");
  }

  /** As at a boot; there is no agent now. */
  private static void theTargetBringsUpTheTimerAlone(VirtualDevice device) {
    device.exec("systemctl", "stop", "sandbar.target").orThrow();
    // It was started after its timers, and so systemd stops them once it is down.
    await().atMost(Apps.SOON).until(() -> active(device).isEmpty());
    device.exec("systemctl", "start", "sandbar.target").orThrow();
    assertThat(active(device)).containsExactly(timer("* * * * *"));
    await().atMost(Apps.SOON).until(() -> Apps.state(device, "steady").equals("active"));
    assertThat(said(device)).doesNotContain("OPEN");
  }

  private static void zonesAreOfTheDevice(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    device
        .exec(
            "sh",
            "-ec",
            "mkdir /tmp/zones; mv /usr/share/zoneinfo/tzdata.zi /usr/share/zoneinfo/zone1970.tab /tmp/zones")
        .orThrow();
    repository.commit(
        "zoned.yaml",
        Apps.manifest(
            "zoned",
            "run: {command: [/usr/bin/true], schedule: \"30 1 * * *\", timeZone: Europe/Berlin}"));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.problems().toString())
                    .contains(
                        "run.timeZone Europe/Berlin: this device lacks the time zone database")
                    .contains("install tzdata"));
    device.exec("sh", "-ec", "mv /tmp/zones/* /usr/share/zoneinfo/").orThrow();
    Apps.awaitReady(loop, "zoned");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.why("zoned", "Healthy"))
                    .matches("Scheduled: (last run .*, )?next run 20[0-9-]+T(00|23):30:00Z"));
    repository.remove("zoned.yaml");
    Apps.awaitRemoved(loop, device, "zoned");
  }
}
