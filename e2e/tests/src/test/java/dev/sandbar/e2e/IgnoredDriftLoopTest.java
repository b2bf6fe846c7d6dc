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
                  server.received("DriftDetected", "tuned", "IPAddressAllow")
                      && server.received("NoDriftDetected", "tuned", "IPAddressAllow"));
      Apps.awaitNoDrift(loop, "tuned");
      assertThat(Apps.show(device, "tuned", "IPAddressAllow")).isEmpty();
      assertThat(weight(device)).isEqualTo("50");
      assertThat(Apps.pid(device, "tuned")).isEqualTo(pid);

      // One that needs a restart, too; what set-property wrote outlives it.
      String elsewhere = "/sys/fs/cgroup/elsewhere";
      device
          .exec(
              "sh", "-ec", "mkdir -p %1$s; echo %2$s >%1$s/cgroup.procs".formatted(elsewhere, pid))
          .orThrow();
      await().atMost(Apps.SOON).until(() -> !Apps.pid(device, "tuned").equals(pid));
      Apps.awaitNoDrift(loop, "tuned");
      assertThat(weight(device)).isEqualTo("50");

      // So does a new version.
      repository.commit(
          "tuned.yaml", Apps.waiting("tuned", RULES + ", permissions: {state: true}"));
      Apps.awaitApplied(loop, repository, "tuned");
      assertThat(weight(device)).isEqualTo("50");
      awaitIgnored(loop, "CPUWeight");

      // Without the rule it is drift, and corrected.
      assertThat(server.received("DriftDetected", "tuned", "CPUWeight")).isFalse();
      repository.commit(
          "tuned.yaml",
          Apps.waiting("tuned", "drift: {mode: Correct}, permissions: {state: true}"));
      await().atMost(Apps.SOON).until(() -> weight(device).equals("[not set]"));
      Apps.awaitNoDrift(loop, "tuned");
      assertThat(Apps.content(device)).hasSameSizeAs(before);
      assertThat(ignored(loop)).isEmpty();
      assertThat(server.received("DriftDetected", "tuned", "CPUWeight")).isTrue();
    }
  }

  private static void set(VirtualDevice device, String setting) {
    device.exec("systemctl", "set-property", "--runtime", Apps.unit("tuned"), setting).orThrow();
  }

  private static String weight(VirtualDevice device) {
    return Apps.show(device, "tuned", "CPUWeight");
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
