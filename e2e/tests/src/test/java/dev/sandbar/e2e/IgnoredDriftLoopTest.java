package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.Node;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tuning by hand that a rule of the spec allows. */
class IgnoredDriftLoopTest {

  private static final String RULES =
      "drift: {mode: Correct, ignore: [{property: CPUWeight, reason: tuned on site},"
          + " {property: MemoryHigh, reason: large maps}]}";

  @TempDir private Path folder;

  @Test
  void isNeitherCorrectedNorAlertedAndOtherDriftIs() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("tuned.yaml", Apps.waiting("tuned", RULES));
    try (var device = VirtualDevice.named("tuned").boot();
        var server = new EventServer();
        var loop =
            DeviceLoop.start(
                device,
                repository,
                s ->
                    DeviceLoop.alerting("- {name: hook, webhook: '%s'}".formatted(server.url()))
                        .apply(DeviceLoop.sweeping(Duration.ofSeconds(2)).apply(s)))) {
      Apps.awaitReady(loop, "tuned");
      String pid = Apps.pid(device, "tuned");
      List<String> before = Apps.content(device);

      set(device, "CPUWeight=50");
      awaitIgnored(loop, "CPUWeight");
      assertThat(loop.drifts("tuned")).isEmpty();
      assertThat(loop.condition("tuned", "Drifted")).isEqualTo("False");
      assertThat(loop.condition("tuned", "Ready")).isEqualTo("True");

      // Another property at the same time is corrected, by itself.
      set(device, "IPAddressAllow=any");
      await()
          .atMost(Apps.SOON)
          .until(
              () ->
                  server.told("DriftDetected", "tuned", "IPAddressAllow")
                      && server.told("NoDriftDetected", "tuned", "IPAddressAllow"));
      Apps.awaitNoDrift(loop, "tuned");
      assertThat(Apps.show(device, "tuned", "IPAddressAllow")).isEmpty();
      assertThat(Apps.show(device, "tuned", "CPUWeight")).isEqualTo("50");
      assertThat(weight(device)).isEqualTo("50");
      assertThat(Apps.pid(device, "tuned")).isEqualTo(pid);

      // One that needs a restart, too; what set-property wrote outlives it.
      device.write(Apps.file("tuned") + ".d/10-x.conf", "[Service]\nKeyringMode=shared\n");
      device.exec("systemctl", "daemon-reload").orThrow();
      await().atMost(Apps.SOON).until(() -> !Apps.pid(device, "tuned").equals(pid));
      Apps.awaitNoDrift(loop, "tuned");
      assertThat(Apps.show(device, "tuned", "KeyringMode")).isEqualTo("private");
      assertThat(weight(device)).isEqualTo("50");

      // So does a new version.
      repository.commit(
          "tuned.yaml", Apps.waiting("tuned", RULES + ", permissions: {state: true}"));
      Apps.awaitApplied(loop, repository, "tuned");
      assertThat(weight(device)).isEqualTo("50");
      awaitIgnored(loop, "CPUWeight");

      // Without the rule it is drift, and corrected.
      repository.commit(
          "tuned.yaml",
          Apps.waiting("tuned", "drift: {mode: Correct}, permissions: {state: true}"));
      await().atMost(Apps.SOON).until(() -> weight(device).equals("100"));
      Apps.awaitNoDrift(loop, "tuned");
      assertThat(Apps.content(device)).hasSameSizeAs(before);
      assertThat(
              server.events().stream()
                  .filter(
                      e -> e.body().contains("CPUWeight") && e.body().contains("tuned on site")))
          .isEmpty();
      assertThat(ignored(loop)).isEmpty();
    }
  }

  /** What no file shows: somebody wrote into the control group. */
  @Test
  void whatTheKernelHoldsIsIgnoredToo() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("tuned.yaml", Apps.waiting("tuned", RULES + ", directives: {CPUWeight: 80}"));
    try (var device = VirtualDevice.named("tuned").boot();
        var server = new EventServer();
        var loop =
            DeviceLoop.start(
                device,
                repository,
                s ->
                    DeviceLoop.alerting("- {name: hook, webhook: '%s'}".formatted(server.url()))
                        .apply(DeviceLoop.sweeping(Duration.ofSeconds(2)).apply(s)))) {
      Apps.awaitReady(loop, "tuned");
      device.exec("sh", "-c", "echo 60 >" + weightFile(device)).orThrow();
      awaitIgnored(loop, "CPUWeight");
      device.exec("systemctl", "stop", Apps.unit("tuned")).orThrow();
      await().atMost(Apps.SOON).until(() -> Apps.state(device, "tuned").equals("active"));
      Apps.awaitNoDrift(loop, "tuned");
      assertThat(server.told("DriftDetected", "tuned", "CPUWeight")).isFalse();
    }
  }

  private static void set(VirtualDevice device, String setting) {
    device.exec("systemctl", "set-property", "--runtime", Apps.unit("tuned"), setting).orThrow();
  }

  private static String weight(VirtualDevice device) {
    return device.exec("sh", "-c", "cat " + weightFile(device)).orThrow();
  }

  private static String weightFile(VirtualDevice device) {
    return "/sys/fs/cgroup" + Apps.show(device, "tuned", "ControlGroup") + "/cpu.weight";
  }

  private static List<Node> ignored(Reported loop) throws IOException {
    return Texts.items(loop.app("tuned"), "ignored");
  }

  private static void awaitIgnored(Reported loop, String property) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(ignored(loop))
                  .isNotEmpty()
                  .allSatisfy(
                      it -> {
                        assertThat(Texts.at(it, "property")).isEqualTo(property);
                        assertThat(Texts.at(it, "reason")).isEqualTo("tuned on site");
                      });
              assertThat(Texts.items(loop.app("tuned"), "ignore"))
                  .extracting(rule -> Texts.at(rule, "suppresses").equals("0"))
                  .containsExactly(false, true);
            });
  }
}
