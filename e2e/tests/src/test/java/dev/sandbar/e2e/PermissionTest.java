package dev.sandbar.e2e;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.probe.Judged.Verdict;
import dev.sandbar.core.probe.ProbeJudgement;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.image.AppImage;
import dev.sandbar.vdev.image.ProbeReport;
import dev.sandbar.vdev.image.ProbeReport.Attempt;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What each permission opens and each directive closes, seen by the attack probe inside the app: it
 * opens or closes exactly that. All apps run at once on one device of each suite, applied by an
 * agent from one commit.
 */
@ParameterizedClass
@OnEachSystemd
final class PermissionTest {

  /** The probe in open mode with nothing withheld: what this kernel has to offer. */
  private static final String OPEN = "open";

  private static final String CLIENT_IMAGE = "/srv/images/client.squashfs";

  private static final Map<String, String> VOLUMES =
      Map.of(
          "records", "/srv/records",
          "pages", "/srv/pages",
          "other", "/srv/other",
          "shared", "/srv/shared");

  @SuppressWarnings("NullAway.Init")
  private static Workbench bench;

  PermissionTest(Suite suite) {
    assertThat(bench.device().suite()).isEqualTo(suite);
  }

  @SuppressWarnings("NullAway.Init")
  private static DeviceFacts facts;

  @SuppressWarnings("NullAway.Init")
  private static OfferedAttempts offered;

  @BeforeParameterizedClassInvocation
  static void boot(Suite suite) throws IOException {
    bench =
        Workbench.boot(
            suite,
            VOLUMES,
            PermissionRows.PREPARATION + ScriptedApps.PREPARATION + TalkingApps.preparation());
    var apps = new LinkedHashMap<String, String>();
    for (PermissionRows.Row row : rows()) {
      apps.put(row.name(), row.manifest(bench));
    }
    for (PermissionRows.Row row : openRows()) {
      apps.put(row.name(), row.manifest(bench));
    }
    apps.put(OPEN, Workbench.hostProbe(OPEN, "", "mode: Open"));
    apps.put(
        "state-file", bench.probe("state-file", "--out, report", "permissions: {state: true}"));
    apps.put("volumes", volumes());
    apps.putAll(ScriptedApps.all());
    apps.putAll(TalkingApps.all());
    apps.putAll(NamedUsers.all());
    apps.putAll(LinkedImage.apps(bench, Workbench.images().mosquittoClient()));
    bench.declare(apps);
    bench.awaitReady(apps.keySet());
    facts = bench.facts();
    offered = OfferedAttempts.of(bench, OPEN);
  }

  private static ProbeJudgement judged(PermissionRows.Row row, ProbeReport report) {
    return ProbeJudgements.inside(bench.compiled(row.name(), facts), facts, report, row.targets());
  }

  @AfterParameterizedClassInvocation
  static void remove() throws InterruptedException {
    bench.close();
  }

  /** Tries a volume it may write to, one it may read, and one that it did not ask for. */
  private static String volumes() {
    AppImage client = Workbench.images().mosquittoClient();
    bench.device().put(client.path(), CLIENT_IMAGE);
    String script =
        "cat /data/value; echo made >/data/made && echo WROTE; /data/tool --only dev-null || echo"
            + " NO-EXEC; echo x >/www/made || echo READ-ONLY; echo x >/sensors/made || echo"
            + " NOT-THERE; echo END; exec sleep infinity";
    return Workbench.manifest(
        "volumes",
        """
        image: {path: %s, sha256: %s}
          run: {command: [/usr/bin/sh, -c, "%s"]}
          permissions:
            storage:
              - {source: records, mountPath: /data, access: ReadWrite}
              - {source: pages, mountPath: /www, access: ReadOnly}
        """
            .formatted(CLIENT_IMAGE, client.sha256(), script));
  }

  static List<PermissionRows.Row> rows() {
    return PermissionRows.closed(bench.device().suite());
  }

  static List<PermissionRows.Row> openRows() {
    return WithheldRows.of(bench.device().suite());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void aGrantOpensItsOwnAndNothingElse(PermissionRows.Row row) {
    ProbeReport report = bench.report(row.name());

    assertThat(ids(report.breaches())).isEqualTo(granted(row));
    assertThat(ids(report.failedControls())).isEqualTo(row.failedControls());
    ProbeJudgement judged = judged(row, report);
    assertThat(judged.with(Verdict.NOT_GRANTED)).as("what it opens is granted").isEmpty();
    assertThat(judged.with(Verdict.CONTROL_FAILED)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("openRows")
  void aDirectiveClosesItsOwnAndNothingElse(PermissionRows.Row row) {
    ProbeReport report = bench.report(row.name());
    SortedSet<String> opened = ids(report.breaches());

    var closed = new TreeSet<>(offered.base());
    closed.removeAll(opened);
    assertThat(closed).isEqualTo(offered.of(row.moves()));
    opened.removeAll(offered.base());
    // A network namespace of its own brings a fresh /sys, which is read-only on a virtual device.
    // A new /proc is mounted where a whole one is to be seen at that moment.
    assertThat(opened).isSubsetOf("sys-power-state", "nested-proc");
    assertThat(judged(row, report).with(Verdict.NOT_GRANTED)).isEmpty();
  }

  @Test
  void everyAppIsAsItsUnitSays() {
    List<String> apps =
        Stream.concat(rows().stream(), openRows().stream()).map(PermissionRows.Row::name).toList();
    ObservedApps observed = bench.observed(apps);
    for (String app : apps) {
      assertThat(observed.differences(app)).as(app).isEmpty();
      // Filters included, by which the agent would call it drift.
      assertThat(observed.attested(app).values())
          .filteredOn(it -> it.result() == Enforcement.DEGRADED)
          .as(app)
          .isEmpty();
    }
  }

  /**
   * systemd 257 forgets its filters on ports when it is reloaded, by a package's update for
   * example. The second app has one, where systemd can filter ports.
   */
  @ParameterizedTest
  @ValueSource(strings = {"internet", "can-bus"})
  void aReloadBySomebodyElseCostsNoAppItsFilters(String app) {
    bench.sh("systemctl daemon-reload");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(bench.differences(app)).isEmpty());
  }

  @Test
  void everyPermissionIsTried() {
    String specs =
        PermissionRows.closed(Suite.TRIXIE).stream()
            .map(PermissionRows.Row::spec)
            .reduce(volumes(), String::concat);
    // The device of HardwareTest runs udev, without which no app has this one.
    assertThat(Permission.values())
        .filteredOn(p -> p != Permission.USB)
        .allSatisfy(p -> assertThat(specs).contains(p.key() + ":"));
  }

  @Test
  void droppedPacketsAreNotAnswered() {
    ProbeReport report = bench.report("internet");
    for (String id : List.of("lan-tcp4", "lan-tcp6", "loopback-tcp4")) {
      assertThat(attempt(report, id).outcome()).as(id).isEqualTo(ProbeReport.Outcome.TIMEOUT);
    }
    assertThat(attempt(report, "lan-udp4").errno()).isEqualTo("EPERM");
  }

  @Test
  void stateIsWrittenAndOutlivesTheApp() {
    assertThat(ids(bench.report("state-file").breaches())).containsExactly("write-state");
    String kept = bench.device().read("/var/lib/private/sandbar-state-file/report");
    assertThat(ProbeReport.parse(kept).complete()).isTrue();
  }

  @Test
  void aVolumeIsSeenAtItsPlaceAndNeverExecuted() {
    VolumeApps.oneWritesAndExecutesNothing(bench);
    VolumeApps.bothWrite(bench);
  }

  @Test
  void aLinkOfAnImageDoesNotExecuteWhatTheAppWrote() {
    await().atMost(Apps.SOON).until(() -> bench.journal("linked").contains("END"));

    assertThat(bench.journal("linked")).contains("WROTE").doesNotContain("EXECUTED");
  }

  /** An app in open mode is root, and its image is of its digest all the same. */
  @Test
  void anImageIsNotChangedByBeingUsed() {
    for (String app : List.of("linked", "image-open")) {
      String path =
          bench.sh("systemctl show --value --property=RootImage sandbar-%s.service".formatted(app));
      assertThat(bench.sh("sha256sum " + path).substring(0, 64)).as(app).isIn(path.split("[-.]"));
    }
    assertThat(LinkedImage.namedIsUnchanged(bench)).isTrue();
  }

  /** Which of the three walls stands says the error: ENOENT hidden, EPERM not in the list. */
  @Test
  void aDeviceForReadingIsNotWritten() {
    assertThat(attempt(bench.report("device-read"), "device-serial").errno()).isEqualTo("EPERM");
    assertThat(attempt(bench.report("device-write"), "device-usb-serial").outcome())
        .isEqualTo(ProbeReport.Outcome.ABSENT);
  }

  /**
   * A folder is allowed by the class of its nodes, which a kernel without such a driver has not
   * got: the node is there and its group is right, and the list of devices refuses it.
   */
  @ParameterizedTest
  @CsvSource({"gpu, device-dri-card0, drm", "audio, device-snd-control, alsa"})
  void aFolderOfNodesIsThereForWhoHasItsPermission(String app, String id, String driver) {
    assertThat(attempt(bench.report("device-read"), id).errno()).isEqualTo("ENOENT");
    boolean known = bench.sh("cat /proc/devices").lines().anyMatch(it -> it.endsWith(" " + driver));
    assertThat(attempt(bench.report(app), id).errno())
        .isIn(known ? List.of("", "ENXIO", "ENODEV") : List.of("EPERM"));
  }

  /**
   * Groups are the nodes' own: that of a rule of the device, of what a link leads to, of what a
   * folder holds.
   */
  @Test
  void nodesOfTheirOwnGroupsAreOpened() {
    await().atMost(Apps.SOON).until(() -> bench.journal("nodes").contains("END"));

    assertThat(bench.journal("nodes").lines())
        .contains("OPEN /dev/plc0", "OPEN /dev/serial/by-id/usb-Acme")
        .anySatisfy(
            line -> assertThat(line).contains("SHUT /dev/input/event9").contains("No such device"))
        .anySatisfy(line -> assertThat(line).contains("SHUT /dev/ttyUSB0"));
    assertThat(bench.differences("nodes")).isEmpty();
  }

  @Test
  void aNodeOfAGroupThatIsAsGoodAsRootIsRefusedByName() {
    String wish = ScriptedApps.all().getOrDefault("nodes", "").replace("/dev/plc0", "/dev/other0");
    assertThat(Workbench.compilation(wish, bench.facts()))
        .isInstanceOfSatisfying(
            Compilation.Rejected.class,
            no ->
                assertThat(no.errors())
                    .singleElement()
                    .extracting(Diagnostic::message)
                    .asString()
                    .contains("/dev/other0 belongs to group disk"));
  }

  @Test
  void aNodeThatIsPluggedInLaterReachesItsApp() {
    await().atMost(Apps.SOON).until(() -> bench.journal("late-node").contains("SHUT /dev/plc7"));
    bench.sh("mknod -m 660 /dev/plc7 c 10 237; chgrp plc /dev/plc7; systemctl daemon-reload");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> bench.journal("late-node").contains("OPEN /dev/plc7"));
  }

  @Test
  void aSandboxInsideOfOneIsNoDrift() {
    await().atMost(Apps.SOON).until(() -> bench.journal("inside").contains("INSIDE 1"));
    assertThat(bench.differences("inside")).isEmpty();
    assertThat(bench.attested("inside").values())
        .noneMatch(it -> it.result() == Enforcement.DEGRADED);
  }

  @Test
  void appsOfOneNameAreNobodyElse() {
    NamedUsers.areNobodyElse(bench);
  }

  @Test
  void appsTalkWhereBothNameTheOther() throws IOException {
    TalkingApps.onlyNamedOnesTalk(bench);
    TalkingApps.whatChangesReachesClients(bench);
  }

  @Test
  void ofTheNameServersAddressesOnlyTheNameServiceIsReached() {
    await().atMost(Duration.ofSeconds(60)).until(() -> bench.journal("names").contains("END"));

    assertThat(bench.journal("names").lines())
        .contains(
            "tcp 127.0.0.53 53 OPEN",
            "udp 127.0.0.53 53 OPEN",
            "tcp 127.0.0.53 8099 SHUT",
            "tcp 10.8.8.8 53 OPEN",
            "udp 10.8.8.8 53 OPEN",
            "tcp 10.8.8.9 53 SHUT");
    // A datagram that is not answered may have arrived all the same. That another port of a server
    // on the local network is reached says docs/reference/limits.md.
    String arrived =
        bench.sh("journalctl --output=cat --no-pager --unit=answer.service | sort | uniq -c");
    assertThat(arrived).contains("1 udp 8099").doesNotContain("2 udp 8099");
  }

  /** Without CAP_SYS_RESOURCE, as in a container, systemd gives no app a real-time priority. */
  private static SortedSet<String> granted(PermissionRows.Row row) {
    if (!row.name().equals("realtime") || offered.raisesLimits()) {
      return offered.of(row.moves());
    }
    String unit = "sandbar-%s.service".formatted(row.name());
    assertThat(bench.sh("systemctl show --property=LimitRTPRIO,RestrictRealtime " + unit).lines())
        .containsExactlyInAnyOrder("LimitRTPRIO=49", "RestrictRealtime=no");
    assertThat(bench.attested(row.name()).values())
        .noneMatch(it -> it.result() == Enforcement.DEGRADED);
    return new TreeSet<>();
  }

  /** A kernel without modules answers nothing to the probe, so the right itself is looked at. */
  @Test
  void anAppInOpenModeLosesTheRightToLoadModules() {
    long module = 1L << 16;
    assertThat(boundingSet("open-modules") & module).isZero();
    assertThat(boundingSet(OPEN) & module).isNotZero();
  }

  private static long boundingSet(String app) {
    String pid =
        bench.sh("systemctl show --value --property=MainPID sandbar-%s.service".formatted(app));
    return OfferedAttempts.rights(bench, pid, "CapBnd");
  }

  private static Attempt attempt(ProbeReport report, String id) {
    return report.attempt(id).orElseThrow();
  }

  private static SortedSet<String> ids(List<Attempt> attempts) {
    return attempts.stream().map(Attempt::id).collect(toCollection(TreeSet::new));
  }
}
