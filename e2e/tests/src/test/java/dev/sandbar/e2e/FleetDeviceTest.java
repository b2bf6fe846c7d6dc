package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.vdev.VirtualDevice;
import java.time.Duration;
import java.util.List;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;

/** A device that follows its bundle on a real API server, through all that can go wrong there. */
class FleetDeviceTest {
  private static final String SLEEP = "run: {command: [/usr/bin/sleep, infinity]}";
  private static final String CORRECT = SLEEP + ", drift: {mode: Correct}";

  private static void soon(ThrowingRunnable assertion) {
    await().atMost(Apps.SOON).pollInterval(Duration.ofMillis(300)).untilAsserted(assertion);
  }

  private static void awaitReported(FleetMember member, String app, long generation) {
    soon(
        () -> {
          assertThat(member.condition(app, "Ready"))
              .as(member.reported(app).toString())
              .isEqualTo("True");
          assertThat(Texts.at(member.reported(app), "generation"))
              .isEqualTo(Long.toString(generation));
          // The machine of the tests may have no controller to hand on to its virtual devices.
          boolean whole = Texts.items(member.reported(app), "notEnforced").isEmpty();
          assertThat(Texts.at(member.reported(app), "enforcement"))
              .isEqualTo(whole ? "Enforced" : "Degraded");
        });
  }

  @Test
  void runsItsBundleAndReportsWhatItFinds(@KubernetesApi ApiServer api) throws Exception {
    try (var device = VirtualDevice.named("citizen").boot();
        var member = FleetMember.enrol(api, api.newNamespace("fleet"), "citizen");
        var loop = DeviceLoop.start(device, member.link())) {
      member.with("pump", 1, SLEEP + ", permissions: {internet: true}").publish();
      awaitReported(member, "pump", 1);
      assertThat(Texts.items(member.reported("pump"), "granted").toString()).contains("internet");
      assertThat(Texts.at(member.reported("pump"), "revision")).isEqualTo("test@1");
      assertThat(Apps.state(device, "pump").strip()).isEqualTo("active");
      assertThat(Texts.at(member.object("devicebundle", "status"), "digest"))
          .isEqualTo(Texts.at(member.object("devicebundle", "spec"), "digest"));
      soon(
          () ->
              assertThat(Texts.at(member.object("device", "status", "facts"), "systemd"))
                  .isNotEmpty());
      assertThat(Texts.at(member.object("lease", "spec"), "holderIdentity")).isEqualTo("citizen");
      assertThat(Texts.at(loop.status(), "apiVersion")).isNotEmpty();
      assertThat(loop.revision()).startsWith("generation/");

      // A change is there at once; a wrong one leaves what runs.
      String files = ", files: [{path: /run/pump.conf, content: \"a: 1\\n\"}]";
      member.with("pump", 2, SLEEP + ", permissions: {state: true}" + files).publish();
      awaitReported(member, "pump", 2);
      assertThat(device.exec("sh", "-c", "cat /var/lib/sandbar/files/*").stdout())
          .isEqualTo("a: 1\n");
      member.with("pump", 3, "run: {command: [relative]}").with("valve", 1, SLEEP).publish();
      awaitReported(member, "valve", 1);
      soon(() -> assertThat(member.condition("pump", "Stalled")).isEqualTo("True"));
      assertThat(Texts.at(member.reported("pump"), "generation")).isEqualTo("2");
      assertThat(Apps.state(device, "pump").strip()).isEqualTo("active");

      // Drift is reported, told as an event, and over when it is over.
      device
          .exec("systemctl", "set-property", "--runtime", Apps.unit("valve"), "TasksMax=7")
          .orThrow();
      soon(
          () -> {
            assertThat(Texts.at(member.reported("valve"), "enforcement")).isEqualTo("Degraded");
            assertThat(Texts.items(member.reported("valve"), "drifts")).isNotEmpty();
            assertThat(member.condition("valve", "Drifted")).isEqualTo("True");
          });
      device.exec("systemctl", "revert", Apps.unit("valve")).orThrow();
      soon(() -> assertThat(member.events().toString()).contains("DriftDetected: valve:"));

      // What the bundle no longer names goes, also the last app.
      member.without("pump").without("valve").publish();
      soon(() -> assertThat(Apps.traces(device, "valve")).isEmpty());
      soon(() -> assertThat(Apps.traces(device, "pump")).isEmpty());
      soon(() -> assertThat(member.object("devicebundle", "status", "apps").fields()).isEmpty());
    }
  }

  @Test
  void offlineItKeepsWatchAndAfterwardsReportsTheLatest(
      @KubernetesApi(scope = KubernetesApi.Scope.CLASS) ApiServer api) throws Exception {
    try (var device = VirtualDevice.named("offline").boot();
        var member = FleetMember.enrol(api, api.newNamespace("fleet"), "offline")) {
      member.with("pump", 1, CORRECT).with("still", 1, CORRECT).publish();
      String still;
      try (var loop = DeviceLoop.start(device, member.link())) {
        awaitReported(member, "pump", 1);
        awaitReported(member, "still", 1);
        still = Apps.pid(device, "still");
        String pid = Apps.pid(device, "pump");
        api.killApiServer();
        Apps.stop(device, "pump");
        soon(() -> assertThat(Apps.state(device, "pump").strip()).isEqualTo("active"));
        Apps.awaitNoDrift(loop, "pump");
        assertThat(Apps.pid(device, "pump")).isNotEqualTo(pid);
        soon(() -> assertThat(loop.sourceProblem()).isNotEmpty());
        api.startApiServer();
        member.with("pump", 2, CORRECT + ", permissions: {state: true}").publish();
        awaitReported(member, "pump", 2);
        soon(() -> assertThat(loop.sourceProblem()).isEmpty());
        // Data that the server has forgotten how to continue: etcd restarted, everything expired.
        api.restartEtcd();
        api.awaitReady();
        member.with("pump", 3, CORRECT).publish();
        awaitReported(member, "pump", 3);
        assertThat(Apps.pid(device, "still")).as("through both outages").isEqualTo(still);
        member.network().cut();
      }
      // An agent that starts while the server is gone works with the bundle on the disk.
      device.exec("sh", "-c", "echo '# edited' >> " + Apps.file("pump")).orThrow();
      try (var loop = DeviceLoop.start(device, member.link())) {
        // The status of the agent before it says the same until this one has looked.
        soon(() -> assertThat(device.read(Apps.file("pump"))).doesNotContain("edited"));
        Apps.awaitReady(loop, "pump");
        Apps.awaitNoDrift(loop, "pump");
        member.with("pump", 4, CORRECT + ", permissions: {state: true}").publish();
        member.network().restore();
        awaitReported(member, "pump", 4);
        assertThat(Apps.pid(device, "still")).isEqualTo(still);
      }
    }
  }

  @Test
  void aPowerCutOfflineBringsEverythingBack(@KubernetesApi ApiServer api) throws Exception {
    try (var device = VirtualDevice.named("cut").boot();
        var member = FleetMember.enrol(api, api.newNamespace("fleet"), "cut")) {
      member.with("pump", 1, CORRECT).publish();
      try (var _ = DeviceLoop.start(device, member.link())) {
        awaitReported(member, "pump", 1);
        member.network().cut();
      }
      device.powerCut();
      device.boot();
      soon(() -> assertThat(Apps.state(device, "pump").strip()).isEqualTo("active"));
      try (var loop = DeviceLoop.start(device, member.link())) {
        Apps.awaitReady(loop, "pump");
        Apps.stop(device, "pump");
        soon(() -> assertThat(Apps.state(device, "pump").strip()).isEqualTo("active"));
        member.network().restore();
        awaitReported(member, "pump", 1);
      }
    }
  }

  @Test
  void aDeletedBundleRemovesNothingAndOneMadeAgainHolds(@KubernetesApi ApiServer api)
      throws Exception {
    try (var device = VirtualDevice.named("again").boot();
        var member = FleetMember.enrol(api, api.newNamespace("fleet"), "again");
        var loop = DeviceLoop.start(device, member.link())) {
      member.with("pump", 1, SLEEP).with("valve", 1, SLEEP).publish();
      awaitReported(member, "pump", 1);
      awaitReported(member, "valve", 1);
      String pid = Apps.pid(device, "pump");
      member.deleteBundle();
      soon(() -> assertThat(loop.sourceProblem()).contains("deleted"));
      member.without("pump").publish();
      awaitReported(member, "valve", 1);
      assertThat(Apps.pid(device, "pump")).as("not at once").isEqualTo(pid);
      soon(() -> assertThat(Apps.traces(device, "pump")).isEmpty());
      member.with("pump", 1, SLEEP).publish();
      awaitReported(member, "pump", 1);
    }
  }

  @Test
  void eachDeviceSeesItsOwnBundleAlone(@KubernetesApi ApiServer api) throws Exception {
    String namespace = api.newNamespace("fleet");
    try (var one = VirtualDevice.named("one").boot();
        var two = VirtualDevice.named("two").boot();
        var first = FleetMember.enrol(api, namespace, "one");
        var second = FleetMember.enrol(api, namespace, "two");
        var _ = DeviceLoop.start(one, first.link());
        var _ = DeviceLoop.start(two, second.link())) {
      first.with("pump", 1, SLEEP).publish();
      second.with("valve", 1, SLEEP).publish();
      awaitReported(first, "pump", 1);
      awaitReported(second, "valve", 1);
      assertThat(Apps.traces(one, "valve")).isEmpty();
      assertThat(Apps.traces(two, "pump")).isEmpty();
      assertThat(first.object("devicebundle", "status", "apps").fields()).containsOnlyKeys("pump");
    }
  }

  @Test
  void aDeviceThatLeavesTakesItsAppsAlongOrNot(@KubernetesApi ApiServer api) throws Exception {
    for (Decommission how : List.of(Decommission.KEEP_APPS, Decommission.REMOVE_APPS)) {
      String name = how == Decommission.KEEP_APPS ? "keeps" : "removes";
      try (var device = VirtualDevice.named(name).boot();
          var member = FleetMember.enrol(api, api.newNamespace("fleet"), name);
          var loop = DeviceLoop.start(device, member.link())) {
        member.with("pump", 1, SLEEP).publish();
        awaitReported(member, "pump", 1);
        member.leaving(how).publish();
        assertThat(loop.awaitDecommissioned(Apps.SOON)).as(name).isTrue();
        assertThat(member.isWiped()).isTrue();
        assertThat(Texts.at(member.object("devicebundle", "status"), "decommissioned"))
            .isEqualTo("true");
        if (how == Decommission.KEEP_APPS) {
          assertThat(Apps.state(device, "pump").strip()).isEqualTo("active");
        } else {
          assertThat(Apps.traces(device, "pump")).isEmpty();
        }
      }
    }
  }
}
