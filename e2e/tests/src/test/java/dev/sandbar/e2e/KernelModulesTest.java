package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
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
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Modules of the kernel, up to the call of modprobe(8): the kernel is this machine's, in which no
 * test loads any. One that is a part of every kernel shows that it is seen, and one that no kernel
 * has what becomes of an app without it.
 */
class KernelModulesTest {

  private static final String THERE = "workqueue";
  private static final String NOWHERE = "sandbar_nowhere";

  /** In the place of modprobe: what it is asked for is only noted. */
  private static final String NOTED =
      """
      mkdir -p /etc/systemd/system/modprobe@.service.d
      cat >/etc/systemd/system/modprobe@.service.d/noted.conf <<'END'
      [Unit]
      ConditionCapability=
      [Service]
      ExecStart=
      ExecStart=-/usr/bin/sh -c 'echo %i >>/run/modprobed; false'
      END
      systemctl daemon-reload
      """;

  @ParameterizedTest
  @EnumSource(Suite.class)
  void theyAreLoadedBeforeTheAppStarts(Suite suite, @TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("sleeper.yaml", Apps.waiting("sleeper"))
            .commit("fine.yaml", app("fine", THERE, ""));
    try (VirtualDevice device = VirtualDevice.named("modules").suite(suite).boot()) {
      sh(device, NOTED);
      try (DeviceLoop loop = DeviceLoop.start(device, repository, listing(THERE, NOWHERE))) {
        Apps.awaitReady(loop, "sleeper", "fine");
        Apps.awaitNoDrift(loop, "fine");
        assertThat(Apps.show(device, "fine", "Wants")).contains("modprobe@workqueue.service");

        // It runs with what its kernel has, and the difference has a name.
        repository.commit("tunnel.yaml", app("tunnel", NOWHERE, ""));
        Apps.awaitDrift(loop, "tunnel", "(?s).*kernel module sandbar_nowhere.*missing.*");
        assertThat(Apps.state(device, "tunnel")).isEqualTo("active");
        assertThat(noted(device)).isEqualTo(1);
        startsAtBootWithoutTheAgent(device);
        theAgentHasItLoadedAgain(device, repository);
        whatTheOwnerDoesNotListIsRefused(device, loop, repository);

        repository.remove("tunnel.yaml");
        Apps.awaitRemoved(loop, device, "tunnel");
        assertThat(Apps.traces(device, "tunnel")).isEmpty();
      }
    }
  }

  /** The unit of the app itself asks for it. */
  private static void startsAtBootWithoutTheAgent(VirtualDevice device) {
    long before = noted(device);
    sh(device, "systemctl restart sandbar-tunnel.service");
    assertThat(noted(device)).isEqualTo(before + 1);
  }

  private static void theAgentHasItLoadedAgain(VirtualDevice device, GitRepository repository)
      throws Exception {
    String pid = Apps.pid(device, "tunnel");
    long before = noted(device);
    repository.commit("tunnel.yaml", app("tunnel", NOWHERE, ", drift: {mode: Correct}"));
    await().atMost(Apps.SOON).until(() -> noted(device) > before);
    assertThat(Apps.pid(device, "tunnel")).isEqualTo(pid);
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

  /** How often the module that no kernel has was to be loaded. */
  private static long noted(VirtualDevice device) {
    return sh(device, "cat /run/modprobed 2>/dev/null || true")
        .lines()
        .filter(NOWHERE::equals)
        .count();
  }

  private static String app(String name, String module, String more) {
    return Apps.waiting(name, "permissions: {kernelModules: [%s]}%s".formatted(module, more));
  }

  private static UnaryOperator<DeviceSettings> listing(String... names) {
    var loadable =
        new DevicePolicy.Loadable.Only(
            Arrays.stream(names)
                .map(ModuleName::new)
                .collect(Collectors.toCollection(TreeSet::new)));
    return settings ->
        DeviceLoop.sweeping(Duration.ofSeconds(2))
            .apply(settings.with(DevicePolicy.NONE.with(loadable)));
  }

  private static String sh(VirtualDevice device, String script) {
    return device.exec(Duration.ofSeconds(60), "sh", "-ec", script).orThrow();
  }
}
