package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
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

  /** Other services have it too, and files of the agent are its owner's. */
  @Test
  void whatSandbarMustNotCorrectIsNamedWithWhatToDo() throws Exception {
    try (var device = VirtualDevice.named("zoo").boot();
        var loop =
            DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(1)))) {
      Apps.awaitReady(loop, "watched", "corrected");
      String pid = Apps.pid(device, "corrected");
      device.exec("systemctl", "set-environment", "LD_PRELOAD=/opt/evil.so").orThrow();
      String named =
          "MANAGER manager environment LD_PRELOAD: .* run 'systemctl unset-environment LD_PRELOAD'.*";
      Apps.awaitDrift(loop, "watched", named);
      Apps.awaitDrift(loop, "corrected", named);
      assertThat(Apps.pid(device, "corrected")).as("a restart is of no use").isEqualTo(pid);
      device.exec("systemctl", "unset-environment", "LD_PRELOAD").orThrow();
      Apps.awaitNoDrift(loop, "watched");
      Apps.awaitNoDrift(loop, "corrected");

      String dropIn = "/etc/systemd/system/sandbard.service.d/x.conf";
      device.write(dropIn, "[Service]\nExecStartPre=/opt/evil\n");
      device.exec("chmod", "777", "/var/lib/sandbar/state").orThrow();
      device.write("/etc/sandbar/agent.yaml", "");
      device.exec("chown", "65534", "/etc/sandbar/agent.yaml").orThrow();
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () ->
                  assertThat(loop.problems())
                      .anyMatch(it -> it.contains("sandbard.service is changed by " + dropIn))
                      .anyMatch(
                          it -> it.contains("/var/lib/sandbar/state can be changed by others"))
                      .anyMatch(
                          it -> it.contains("/etc/sandbar/agent.yaml can be changed by others")));
      device
          .exec(
              "sh",
              "-ec",
              "rm %s; chmod 700 /var/lib/sandbar/state; rm /etc/sandbar/agent.yaml"
                  .formatted(dropIn))
          .orThrow();
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () -> assertThat(loop.problems()).noneMatch(it -> it.contains("sandbard")));
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
                    .allMatch(app -> server.received(reason, app, subject)));
  }
}
