package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the server forgets and what owners delete stops nothing on the device. */
class FleetFaultsTest {
  private static final String CORRECT =
      "run: {command: [/usr/bin/sleep, infinity]}, drift: {mode: Correct}";

  private static void soon(ThrowingRunnable assertion) {
    await().atMost(Apps.SOON).pollInterval(Duration.ofMillis(300)).untilAsserted(assertion);
  }

  private static void awaitReported(FleetMember member, String app, long generation) {
    soon(
        () -> {
          assertThat(member.condition(app, "Ready")).isEqualTo("True");
          assertThat(Texts.at(member.reported(app), "generation"))
              .isEqualTo(Long.toString(generation));
        });
  }

  @Test
  void aVersionThatTheServerNoLongerKnowsIsReadAgain(
      @KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api) throws Exception {
    try (var device = VirtualDevice.named("toolate").boot();
        var member = FleetMember.enrol(api, api.newNamespace("fleet"), "toolate");
        var loop = DeviceLoop.start(device, member.link())) {
      member.with("pump", 1, CORRECT).with("still", 1, CORRECT).publish();
      awaitReported(member, "pump", 1);
      awaitReported(member, "still", 1);
      String still = Apps.pid(device, "still");
      // A watch that ends goes on where it was.
      member.network().dropConnections();
      member.with("pump", 2, CORRECT + ", permissions: {state: true}").publish();
      awaitReported(member, "pump", 2);
      assertThat(Apps.pid(device, "still")).as("after a watch that ended").isEqualTo(still);

      member.network().cut();
      String seen = Texts.at(member.object("devicebundle", "metadata"), "resourceVersion");
      member.with("pump", 3, CORRECT).publish();
      member.with("valve", 1, CORRECT).publish();
      // Its watch cache begins anew and holds nothing of what was before.
      api.stopApiServer();
      api.startApiServer();
      assertThat(member.watchFrom(seen)).contains("410");
      member.network().restore();
      awaitReported(member, "pump", 3);
      awaitReported(member, "valve", 1);
      assertThat(Apps.pid(device, "still")).as("after 410").isEqualTo(still);
      soon(() -> assertThat(loop.sourceProblem()).isEmpty());
    }
  }

  @Test
  void aDeletedDeviceGoesOnWithWhatItHasAndSaysThatItIsRefused(@KubernetesApi ApiServer api)
      throws Exception {
    try (var device = VirtualDevice.named("deleted").boot();
        var member = FleetMember.enrol(api, api.newNamespace("fleet"), "deleted");
        var loop = DeviceLoop.start(device, member.link())) {
      member.with("pump", 1, CORRECT).publish();
      awaitReported(member, "pump", 1);
      String pid = Apps.pid(device, "pump");
      member.deleteDevice();
      member.network().dropConnections();
      soon(() -> assertThat(loop.sourceProblem()).contains("403"));
      assertThat(Apps.pid(device, "pump")).isEqualTo(pid);
      assertThat(member.isWiped()).as("nobody ended its service").isFalse();
      // It still looks after the app.
      Apps.stop(device, "pump");
      soon(() -> assertThat(Apps.state(device, "pump").strip()).isEqualTo("active"));
      assertThat(loop.sourceProblem()).contains("403");

      member.enrolAgain();
      member.with("pump", 2, CORRECT + ", permissions: {state: true}").publish();
      awaitReported(member, "pump", 2);
      soon(() -> assertThat(loop.sourceProblem()).isEmpty());
    }
  }

  @Test
  void aRestoredBackupHoldsAndWhatItLacksGoesLater(
      @KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api, @TempDir Path folder)
      throws Exception {
    try (var device = VirtualDevice.named("restored").boot();
        var member = FleetMember.enrol(api, api.newNamespace("fleet"), "restored");
        var loop = DeviceLoop.start(device, member.link())) {
      member.with("pump", 1, CORRECT).with("valve", 1, CORRECT).publish();
      awaitReported(member, "pump", 1);
      awaitReported(member, "valve", 1);
      String valve = Apps.pid(device, "valve");
      api.backUp(folder.resolve("backup"));
      member.with("pump", 2, CORRECT + ", permissions: {state: true}").publish();
      member.with("late", 1, CORRECT).publish();
      awaitReported(member, "pump", 2);
      awaitReported(member, "late", 1);

      api.restore(folder.resolve("backup"));
      soon(() -> assertThat(member.events().toString()).contains("BundleRestored"));
      awaitReported(member, "pump", 1);
      awaitReported(member, "valve", 1);
      assertThat(Apps.pid(device, "valve")).as("it is in both").isEqualTo(valve);
      soon(() -> assertThat(Apps.traces(device, "late")).isEmpty());
      soon(
          () ->
              assertThat(member.object("devicebundle", "status", "apps").fields())
                  .containsOnlyKeys("pump", "valve"));
      soon(() -> assertThat(loop.sourceProblem()).isEmpty());
      member.without("late").with("pump", 2, CORRECT + ", permissions: {state: true}").publish();
      awaitReported(member, "pump", 2);
    }
  }
}
