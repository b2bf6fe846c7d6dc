package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.ModuleName;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Modules of the kernel, up to the call of modprobe(8): the kernel is this machine's, in which no
 * test loads any. One that is a part of every kernel is seen where the kernel shows it; for others
 * a folder stands in for the kernel, and a note for modprobe. {@link BusesOnEmulatedDevice} loads
 * some, on one version of systemd.
 */
class KernelModulesTest {

  private static final String THERE = "workqueue";
  private static final String TUNNEL = "sandbar_tunnel";
  private static final String REFUSED = "sandbar_refused";

  private static final String STAND_IN =
      """
      mount -t tmpfs modules /sys/module
      mkdir /sys/module/workqueue
      mkdir -p /etc/systemd/system/modprobe@.service.d
      cat >/etc/systemd/system/modprobe@.service.d/noted.conf <<'END'
      [Unit]
      ConditionCapability=
      [Service]
      ExecStart=
      ExecStart=-/usr/bin/sh -c 'echo %i >>/run/modprobed; test %i != sandbar_refused && mkdir -p /sys/module/%i'
      END
      systemctl daemon-reload
      """;

  @ParameterizedTest
  @OnEachSystemd
  void theyAreLoadedBeforeTheAppStarts(Suite suite, @TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("sleeper.yaml", Apps.waiting("sleeper"))
            .commit("fine.yaml", app("fine", THERE, ""));
    try (VirtualDevice device = VirtualDevice.named("modules").suite(suite).boot()) {
      try (DeviceLoop loop =
          DeviceLoop.start(device, repository, listing(THERE, TUNNEL, REFUSED))) {
        Apps.awaitReady(loop, "sleeper", "fine");
        Apps.awaitNoDrift(loop, "fine");
        assertThat(Apps.show(device, "fine", "Wants")).contains("modprobe@workqueue.service");

        sh(device, STAND_IN);
        repository.commit("tunnel.yaml", app("tunnel", TUNNEL, ""));
        Apps.awaitReady(loop, "tunnel");
        Apps.awaitNoDrift(loop, "tunnel");
        assertThat(noted(device)).isEqualTo(1);
        oneThatIsGoneIsReported(device, loop);
        aStartWithoutTheAgentLoadsItToo(device, loop);
        theAgentHasItLoadedAgain(device, loop, repository);
        whatTheKernelRefusesIsNotRolledOut(device, loop, repository);
        whatTheOwnerDoesNotListIsRefused(device, loop, repository);

        repository.remove("tunnel.yaml");
        Apps.awaitRemoved(loop, device, "tunnel");
        // It stays: whoever else uses it the kernel does not always know.
        assertThat(device.exec("test", "-d", "/sys/module/" + TUNNEL).ok()).isTrue();
      }
    }
  }

  private static void oneThatIsGoneIsReported(VirtualDevice device, DeviceLoop loop) {
    String pid = Apps.pid(device, "tunnel");
    unload(device);
    Apps.awaitDrift(loop, "tunnel", "\\S+ kernel module sandbar_tunnel: missing, declared loaded");
    assertThat(Apps.pid(device, "tunnel")).isEqualTo(pid);
    assertThat(noted(device)).isEqualTo(1);
  }

  /** The unit of the app itself asks for it, as at boot. */
  private static void aStartWithoutTheAgentLoadsItToo(VirtualDevice device, DeviceLoop loop) {
    sh(device, "systemctl restart sandbar-tunnel.service");
    assertThat(noted(device)).isEqualTo(2);
    Apps.awaitNoDrift(loop, "tunnel");
  }

  private static void theAgentHasItLoadedAgain(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    repository.commit("tunnel.yaml", app("tunnel", TUNNEL, ", drift: {mode: Correct}"));
    Apps.awaitApplied(loop, repository, "tunnel");
    String pid = Apps.pid(device, "tunnel");
    unload(device);
    await().atMost(Apps.SOON).until(() -> device.exec("test", "-d", "/sys/module/" + TUNNEL).ok());
    assertThat(Apps.pid(device, "tunnel")).isEqualTo(pid);
  }

  private static void whatTheKernelRefusesIsNotRolledOut(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    repository.commit("stuck.yaml", app("stuck", REFUSED, ""));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.why("stuck", "Ready"))
                    .contains("kernel module sandbar_refused is missing, declared loaded"));
    assertThat(sh(device, "cat /run/modprobed")).contains(REFUSED);
    repository.remove("stuck.yaml");
    Apps.awaitRemoved(loop, device, "stuck");
  }

  private static void unload(VirtualDevice device) {
    sh(device, "rmdir /sys/module/" + TUNNEL);
  }

  private static void whatTheOwnerDoesNotListIsRefused(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    repository.commit("greedy.yaml", app("greedy", "msr", ""));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.problems().toString())
                    .contains("msr", "policy.kernelModules does not list it"));
    assertThat(Apps.traces(device, "greedy")).isEmpty();
    assertThat(sh(device, "cat /run/modprobed")).doesNotContain("msr");
    repository.remove("greedy.yaml");
  }

  /** How often it was to be loaded. */
  private static long noted(VirtualDevice device) {
    return sh(device, "cat /run/modprobed 2>/dev/null || true")
        .lines()
        .filter(TUNNEL::equals)
        .count();
  }

  private static String app(String name, String module, String more) {
    return Apps.waiting(name, "permissions: {kernelModules: [%s]}%s".formatted(module, more));
  }

  private static UnaryOperator<DeviceSettings> listing(String... names) {
    var loadable =
        new Listed.Only<>(
            Arrays.stream(names)
                .map(ModuleName::new)
                .collect(Collectors.toCollection(TreeSet::new)));
    return settings ->
        DeviceLoop.sweeping(Duration.ofSeconds(2))
            .apply(settings.with(DevicePolicy.NONE.withModules(loadable)));
  }

  private static String sh(VirtualDevice device, String script) {
    return device.exec(Duration.ofSeconds(60), "sh", "-ec", script).orThrow();
  }
}
