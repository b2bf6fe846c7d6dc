package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an app had the agent change is put back by whichever agent is there when the app goes. */
class KilledBrokerTest {

  private static final String FACTORY = "factory";
  private static final String NAMED = "killed-1";

  /** Asks until it is answered that it is done. */
  private static final String SCRIPT =
      """
      echo factory >/etc/hostname
      hostname factory
      cat >/usr/local/bin/namer <<'END'
      use Socket;
      $| = 1;
      my $said = '';
      until ($said =~ m{^HTTP/1.1 200 }) {
        select undef, undef, undef, 0.2;
        socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;
        connect($s, pack_sockaddr_un($ENV{SANDBAR_AGENT_SOCKET})) or next;
        syswrite $s, "POST /v1/hostname HTTP/1.1\\r\\nContent-Length: 8\\r\\n\\r\\nkilled-1";
        $said = join '', <$s>;
      }
      print "NAMED\\n";
      sleep 1000000;
      END
      """;

  private static final String NAMER =
      Apps.manifest(
          "namer",
          "run: {command: [/usr/bin/perl, /usr/local/bin/namer]}, permissions: {hostname: true}");

  @Test
  void aKilledAgentLosesNothing(@TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("sleeper.yaml", Apps.waiting("sleeper"));
    repository.commit("namer.yaml", NAMER);
    Path log = folder.resolve("agent.log");
    try (VirtualDevice device = VirtualDevice.named("killed").boot()) {
      prepare(device);
      try (AgentProcess agent = AgentProcess.start(device.pid(), repository, log)) {
        awaitNamed(device, NAMED);
        assertThat(agent.running()).isTrue();
      }
      // No agent saw it end, and none is there when the app goes.
      repository.remove("namer.yaml");
      assertThat(hostName(device)).isEqualTo(NAMED);
      try (AgentProcess agent = AgentProcess.start(device.pid(), repository, log)) {
        awaitNamed(device, FACTORY);
        assertThat(agent.running()).isTrue();
      }
    }
  }

  /** The agent as it is shipped. */
  static void asksFromInsideItsOwnSandbox(GitRepository repository, Reported agent)
      throws Exception {
    VirtualDevice device = agent.device();
    prepare(device);
    repository.git("checkout", "--quiet", "edge");
    repository.commit("berlin/namer.yaml", NAMER);
    Apps.awaitReady(agent, "namer");
    awaitNamed(device, NAMED);
    assertThat(device.exec("stat", "-c", "%a", "/run/sandbar-agent").orThrow().strip())
        .isEqualTo("700");
    repository.remove("berlin/namer.yaml");
    Apps.awaitRemoved(agent, device, "namer");
    awaitNamed(device, FACTORY);
    repository.git("checkout", "--quiet", "main");
    KernelTuningTest.setsFromInsideItsOwnSandbox(repository, agent);
  }

  private static void prepare(VirtualDevice device) throws IOException {
    device.exec(Duration.ofSeconds(60), "sh", "-ec", TalkingApps.units() + SCRIPT).orThrow();
  }

  private static void awaitNamed(VirtualDevice device, String name) {
    await().atMost(Apps.SOON).untilAsserted(() -> assertThat(hostName(device)).isEqualTo(name));
  }

  private static String hostName(VirtualDevice device) {
    return device
        .exec("sh", "-c", "cat /etc/hostname; hostname")
        .stdout()
        .lines()
        .distinct()
        .reduce("", (one, other) -> one.isEmpty() ? other : one + " and " + other);
  }
}
