package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Listed;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** Kernel settings that apps ask for: of the device's network, which a virtual device has alone. */
class KernelTuningTest {

  private static final String UNIT = "sandbard-tuning@.service";
  private static final String SOMAXCONN = "net.core.somaxconn";
  private static final String KEEPALIVE = "net.ipv4.tcp_keepalive_time";
  private static final String RMEM = "net.ipv4.tcp_rmem";

  /** What the owner of the device has set. */
  private static final String FACTORY = "3000";

  private static final String SERVER = "kernelTuning: [{name: net.core.somaxconn, value: 8192}]";

  @ParameterizedTest
  @OnEachSystemd
  void theyHoldWhileAnAppNeedsThemAndGoBack(Suite suite, @TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("sleeper.yaml", Apps.waiting("sleeper"));
    try (VirtualDevice device = VirtualDevice.named("tuned").suite(suite).boot()) {
      prepare(device);
      String rmem = value(device, RMEM);
      try (DeviceLoop loop = DeviceLoop.start(device, repository, listing("net.core.*", RMEM))) {
        Apps.awaitReady(loop, "sleeper");
        repository.commit(
            "server.yaml",
            app(
                "server",
                "kernelTuning: [{name: net.core.somaxconn, value: 8192}, {name: net.ipv4.tcp_rmem,"
                    + " value: \"8192 65536 1048576\"}]"));
        Apps.awaitReady(loop, "server");
        assertThat(value(device, SOMAXCONN)).isEqualTo("8192");
        assertThat(value(device, RMEM)).isEqualTo("8192 65536 1048576");

        theAppItselfWritesNone(device);
        whatSomebodyElseWritesIsCorrected(device, loop);
        whatTheOwnerDoesNotListIsRefused(device, loop, repository);
      }
      itHoldsAtBootWithoutAnAgent(device);
      try (DeviceLoop loop = DeviceLoop.start(device, repository, listing("net.core.*", RMEM))) {
        whoSharesAValueKeepsIt(device, loop, repository);

        repository.remove("server.yaml");
        Apps.awaitRemoved(loop, device, "server");
        awaitValue(device, RMEM, rmem);
        // Another app still needs it.
        assertThat(value(device, SOMAXCONN)).isEqualTo("8192");
        withoutThePermissionItGoesBackToo(device, loop, repository);
        whatTheOwnerHasSetSinceStays(device, loop, repository);
      }
    }
  }

  private static void theAppItselfWritesNone(VirtualDevice device) {
    String pid = Apps.pid(device, "server").strip();
    String uid = device.exec("stat", "-c", "%u", "/proc/" + pid).orThrow().strip();
    String tried =
        device
            .exec(
                "nsenter",
                "--target=" + pid,
                "--mount",
                "--net",
                "setpriv",
                "--reuid=" + uid,
                "--clear-groups",
                "sh",
                "-c",
                "echo 1 >/proc/sys/net/core/somaxconn && echo OPEN || echo CLOSED")
            .stdout();
    assertThat(tried).contains("CLOSED").doesNotContain("OPEN");
  }

  private static void whatSomebodyElseWritesIsCorrected(VirtualDevice device, DeviceLoop loop) {
    String pid = Apps.pid(device, "server");
    set(device, SOMAXCONN, "511");
    awaitValue(device, SOMAXCONN, "8192");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(device.exec("cat", "/run/sandbar/events.json").stdout())
                    .contains("kernel setting net.core.somaxconn", "511"));
    // Nothing of the app is restarted for it.
    assertThat(Apps.pid(device, "server")).isEqualTo(pid);
    Apps.awaitReady(loop, "server");
  }

  private static void whatTheOwnerDoesNotListIsRefused(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    String before = value(device, KEEPALIVE);
    repository.commit(
        "greedy.yaml",
        app("greedy", "kernelTuning: [{name: net.ipv4.tcp_keepalive_time, value: 60}]"));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.problems().toString())
                    .contains(
                        "net.ipv4.tcp_keepalive_time", "policy.kernelTuning does not list it"));
    assertThat(value(device, KEEPALIVE)).isEqualTo(before);
    assertThat(Apps.traces(device, "greedy")).isEmpty();
    repository.commit(
        "greedy.yaml", app("greedy", "kernelTuning: [{name: net.core.somaxconn, value: 4096}]"));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.problems().toString())
                    .contains(
                        "app 'greedy' needs net.core.somaxconn=4096, and app 'server' needs"
                            + " net.core.somaxconn=8192"));
    assertThat(value(device, SOMAXCONN)).isEqualTo("8192");
    repository.remove("greedy.yaml");
  }

  /** As at boot: the kernel has its own values, and systemd starts the app. */
  private static void itHoldsAtBootWithoutAnAgent(VirtualDevice device) {
    device
        .exec(
            "sh",
            "-ec",
            """
            systemctl stop sandbar-server.service
            sysctl -q -w net.core.somaxconn=128
            systemctl start sandbar-server.service
            sysctl -n net.core.somaxconn
            """)
        .orThrow();
    assertThat(value(device, SOMAXCONN)).isEqualTo("8192");
  }

  private static void whoSharesAValueKeepsIt(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    repository.commit("second.yaml", app("second", SERVER));
    Apps.awaitReady(loop, "second");
    Apps.awaitReady(loop, "server");
    assertThat(value(device, SOMAXCONN)).isEqualTo("8192");
  }

  private static void withoutThePermissionItGoesBackToo(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    repository.commit("second.yaml", app("second", "state: true"));
    awaitValue(device, SOMAXCONN, FACTORY);
    Apps.awaitReady(loop, "second");
    awaitForgotten(device);
  }

  private static void whatTheOwnerHasSetSinceStays(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    repository.commit("third.yaml", detecting("third"));
    Apps.awaitReady(loop, "third");
    assertThat(value(device, SOMAXCONN)).isEqualTo("8192");
    set(device, SOMAXCONN, "1024");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> assertThat(loop.why("third", "Drifted")).contains("net.core.somaxconn"));
    repository.remove("third.yaml");
    Apps.awaitRemoved(loop, device, "third");
    awaitForgotten(device);
    assertThat(value(device, SOMAXCONN)).isEqualTo("1024");
  }

  /** The value is set back before what it was is forgotten. */
  private static void awaitForgotten(VirtualDevice device) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(
                        device.exec("sh", "-c", "cat /var/lib/sandbar/state/tuning.json").stdout())
                    .doesNotContain(SOMAXCONN));
  }

  @Test
  void aKilledAgentLosesNothing(@TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("sleeper.yaml", Apps.waiting("sleeper"));
    repository.commit("server.yaml", app("server", SERVER));
    Path log = folder.resolve("agent.log");
    try (VirtualDevice device = VirtualDevice.named("untuned").boot()) {
      prepare(device);
      try (AgentProcess agent = AgentProcess.start(device.pid(), repository, log)) {
        awaitValue(device, SOMAXCONN, "8192");
        assertThat(agent.running()).isTrue();
      }
      repository.remove("server.yaml");
      assertThat(value(device, SOMAXCONN)).isEqualTo("8192");
      try (AgentProcess agent = AgentProcess.start(device.pid(), repository, log)) {
        awaitValue(device, SOMAXCONN, FACTORY);
        assertThat(agent.running()).isTrue();
      }
    }
  }

  @Test
  void whatTheOwnerDeniesLaterGoesBack(@TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("sleeper.yaml", Apps.waiting("sleeper"));
    repository.commit("server.yaml", app("server", SERVER));
    try (VirtualDevice device = VirtualDevice.named("denied").boot()) {
      prepare(device);
      try (DeviceLoop loop = DeviceLoop.start(device, repository, listing("net.core.*"))) {
        Apps.awaitReady(loop, "server");
        assertThat(value(device, SOMAXCONN)).isEqualTo("8192");
      }
      try (DeviceLoop loop = DeviceLoop.start(device, repository, listing("vm.swappiness"))) {
        awaitValue(device, SOMAXCONN, FACTORY);
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () -> assertThat(loop.why("server", "Ready")).startsWith("PolicyDenied"));
      }
    }
  }

  /** Even with a file of the store that is not the agent's the service opens nothing. */
  @Test
  void theServiceSetsNothingThatOpensTheDevice() throws Exception {
    try (VirtualDevice device = VirtualDevice.named("bounded").boot()) {
      prepare(device);
      String said =
          device
              .exec(
                  "sh",
                  "-c",
                  """
                  mkdir -p /var/lib/sandbar/files
                  before=$(sysctl -n net.ipv4.ip_forward net.ipv4.ip_unprivileged_port_start net.ipv4.conf.all.rp_filter)
                  for line in net.ipv4.ip_forward=1 net.ipv4.ip_unprivileged_port_start=0 net.ipv4.conf.all.rp_filter=2; do
                    echo $line >/var/lib/sandbar/files/x
                    systemctl start sandbard-tuning@x.service
                  done
                  after=$(sysctl -n net.ipv4.ip_forward net.ipv4.ip_unprivileged_port_start net.ipv4.conf.all.rp_filter)
                  test "$before" = "$after" && echo SAME
                  echo net.core.somaxconn=777 >/var/lib/sandbar/files/x
                  systemctl start sandbard-tuning@x.service
                  sysctl -n net.core.somaxconn
                  """)
              .stdout();
      assertThat(said).contains("SAME", "777");
    }
  }

  /** The agent as it is shipped, whose own sandbox lets it write no setting. */
  static void setsFromInsideItsOwnSandbox(GitRepository repository, Reported agent)
      throws Exception {
    VirtualDevice device = agent.device();
    prepare(device);
    repository.git("checkout", "--quiet", "edge");
    repository.commit("berlin/server.yaml", app("server", SERVER));
    Apps.awaitReady(agent, "server");
    assertThat(value(device, SOMAXCONN)).isEqualTo("8192");
    repository.remove("berlin/server.yaml");
    Apps.awaitRemoved(agent, device, "server");
    awaitValue(device, SOMAXCONN, FACTORY);
    repository.git("checkout", "--quiet", "main");
  }

  private static String app(String name, String permissions) {
    return Apps.waiting(name, "permissions: {%s}, drift: {mode: Correct}".formatted(permissions));
  }

  private static String detecting(String name) {
    return Apps.waiting(name, "permissions: {%s}".formatted(SERVER));
  }

  private static UnaryOperator<DeviceSettings> listing(String... patterns) {
    return settings ->
        DeviceLoop.sweeping(Duration.ofSeconds(2))
            .apply(
                settings.with(
                    DevicePolicy.NONE.withTuning(
                        new Listed.Only<>(new TreeSet<>(Set.of(patterns))))));
  }

  private static void prepare(VirtualDevice device) throws IOException {
    Files.copy(
        Path.of("../../packaging", UNIT),
        device.root().resolve("etc/systemd/system/" + UNIT),
        StandardCopyOption.REPLACE_EXISTING);
    device
        .exec("sh", "-ec", "systemctl daemon-reload; sysctl -q -w net.core.somaxconn=" + FACTORY)
        .orThrow();
  }

  private static void set(VirtualDevice device, String name, String value) {
    device.exec("sysctl", "-q", "-w", name + "=" + value).orThrow();
  }

  private static String value(VirtualDevice device, String name) {
    return device.exec("sysctl", "-n", name).orThrow().strip().replaceAll("\\s+", " ");
  }

  private static void awaitValue(VirtualDevice device, String name, String value) {
    await().atMost(Apps.SOON).untilAsserted(() -> assertThat(value(device, name)).isEqualTo(value));
  }
}
