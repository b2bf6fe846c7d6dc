package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tampering that reaches every app is told of each, also of those that nobody may touch. */
class SharedDriftTest {

  @TempDir private Path folder;
  private GitRepository repository;

  @BeforeEach
  void twoApps() throws IOException {
    repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("watched.yaml", Apps.waiting("watched"))
            .write("corrected.yaml", Apps.waiting("corrected", "drift: {mode: Correct}"))
            .commitAll("Two apps");
  }

  @Test
  void whatReachesEveryAppIsNamedForEach() throws Exception {
    try (var device = VirtualDevice.named("zoo").boot();
        var server = new EventServer();
        var loop =
            DeviceLoop.start(
                device,
                repository,
                DeviceLoop.alerting("- {name: hook, webhook: '%s'}".formatted(server.url())))) {
      Apps.awaitReady(loop, "watched", "corrected");
      List<String> before = Apps.content(device);

      device.exec("systemctl", "set-property", "sandbar.slice", "IPAddressAllow=any").orThrow();
      toldForBoth(server, "DriftDetected", "IPAddressAllow");
      await()
          .atMost(Apps.SOON)
          .untilAsserted(() -> assertThat(Apps.content(device)).isEqualTo(before));
      assertThat(
              device.exec("systemctl", "show", "-p", "IPAddressAllow", "sandbar.slice").orThrow())
          .isEqualTo("IPAddressAllow=");

      String some = "/etc/systemd/system/sandbar-.service.d/10-x.conf";
      device.write(some, "[Service]\nIPAddressAllow=any\n");
      toldForBoth(server, "DriftDetected", some);
      await()
          .atMost(Apps.SOON)
          .untilAsserted(() -> assertThat(Apps.content(device)).isEqualTo(before));

      // Not only apps are services: what is there for all of them is not Sandbar's to remove.
      String all = "/etc/systemd/system/service.d/10-x.conf";
      device.write(all, "[Service]\nEnvironment=A=b\n");
      toldForBoth(server, "DriftDetected", all);
      Apps.awaitDrift(loop, "corrected", "FILE " + all + ".*");
      device.exec("rm", all).orThrow();
      // What was loaded from it stays until then, and nobody reloads for an app that is watched.
      device.exec("systemctl", "daemon-reload").orThrow();
      Apps.awaitNoDrift(loop, "corrected");
      Apps.awaitNoDrift(loop, "watched");
    }
  }

  /** Such a look sees the slice above too, and must not fix it before the others were looked at. */
  @Test
  void whatReachesEveryAppIsNamedForEachAlsoWhenALookAtOneAppFindsIt() throws Exception {
    try (var device = VirtualDevice.named("zoo").boot();
        var server = new EventServer();
        var loop =
            DeviceLoop.start(
                device,
                repository,
                DeviceLoop.alerting("- {name: hook, webhook: '%s'}".formatted(server.url())))) {
      Apps.awaitReady(loop, "watched", "corrected");
      List<String> before = Apps.content(device);
      // A fourth time would be a fight, whose corrections rest.
      for (int round = 1; round <= 3; round++) {
        String address = "192.0.2." + round;
        String script =
            "(for i in $(seq 60); do touch %s; sleep 0.01; done) & sleep 0.2; systemctl set-property sandbar.slice IPAddressAllow=%s; wait"
                .formatted(Apps.file("corrected"), address);
        device.exec("sh", "-ec", script).orThrow();
        toldForBoth(server, "DriftDetected", address);
        toldForBoth(server, "NoDriftDetected", address);
        assertThat(Apps.content(device)).isEqualTo(before);
      }
    }
  }

  private static void toldForBoth(EventServer server, String reason, String subject) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(List.of("watched", "corrected"))
                    .as("%s %s", reason, subject)
                    .allMatch(app -> server.told(reason, app, subject)));
  }
}
