package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.Feature;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * A quota of a directory on devices that cannot hold one: a systemd that sets none, and a file
 * system that keeps none. The kernel of this machine has no quotas on any.
 */
class MissingQuotaTest {

  private static final String QUOTA = "StateDirectoryQuota";

  @ParameterizedTest
  @OnEachSystemd
  void theAppRunsAndIsReportedAsNotLimited(Suite suite, @TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("keeper.yaml", Apps.waiting("keeper", "permissions: {state: {quota: 10M}}"));
    String lacks = suite.systemd() < 258 ? "systemd 258" : Feature.STATE_QUOTA.title();
    try (VirtualDevice device = VirtualDevice.named("quota").suite(suite).boot();
        DeviceLoop loop = DeviceLoop.start(device, repository)) {
      Apps.awaitReady(loop, "keeper");
      Apps.awaitNoDrift(loop, "keeper");
      assertThat(loop.problems())
          .anySatisfy(
              it ->
                  assertThat(it)
                      .contains(
                          "warning: %s is left out, for this device lacks %s; what the app writes there is not limited"
                              .formatted(QUOTA, lacks))
                      .contains("mount it with prjquota"));

      assertThat(device.exec("grep", "-c", "Quota", Apps.file("keeper")).stdout().strip())
          .isEqualTo("0");
    }
  }
}
