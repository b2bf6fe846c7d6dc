package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Listed;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;

/** The journal of services, which apps read of those that spec and owner list. */
class ReadLogsTest {

  private static final String PUMP = "sandbar-pump.service";
  private static final String VAULT = "sandbar-vault.service";
  private static final String READER = "reader";
  private static final String BLIND = "blind";

  /** Asks for what it has written itself until it gets it. */
  private static final String OWN =
      """
      cat >/usr/local/bin/reader <<'END'
      use Socket;
      $| = 1;
      print "OWN LINE\\n";
      my $said = '';
      until ($said =~ /OWN LINE/) {
        sleep 2;
        socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;
        connect($s, pack_sockaddr_un($ENV{SANDBAR_AGENT_SOCKET})) or next;
        syswrite $s, "POST /v1/readLogs HTTP/1.1\\r\\nContent-Length: 22\\r\\n\\r\\nsandbar-reader.service";
        $said = join '', <$s>;
      }
      print "READ\\n";
      sleep 1000000;
      END
      """;

  @ParameterizedTest
  @OnEachSystemd
  void anAppReadsOfOthersWhatIsListed(Suite suite, @TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("pump.yaml", writing("pump", "PUMP-LINE"))
            .commit("vault.yaml", writing("vault", "SECRET-OF-VAULT"))
            .commit(READER + ".yaml", asking("readLogs: [%s]".formatted(PUMP), READER))
            .commit(BLIND + ".yaml", asking("hostname: true", BLIND));
    try (VirtualDevice device = VirtualDevice.named("logs").suite(suite).boot()) {
      sh(device, BrokerApps.script());
      try (DeviceLoop loop = DeviceLoop.start(device, repository, listing(PUMP))) {
        Apps.awaitReady(loop, "pump", "vault", READER, BLIND);
        theListedOneIsReadAndNoOther(device);
        whoIsNotGrantedItReadsNothing(device);
        aFloodIsInNobodysWay(device);
        whatWasReadIsNotReported(device);
        whatTheOwnerDoesNotListIsRefused(device, loop, repository);
        withoutThePermissionNothingIsRead(device, loop, repository);
        repository.commit(READER + ".yaml", asking("readLogs: [%s]".formatted(PUMP), READER));
        awaitSocket(device, true);
      }
      try (DeviceLoop loop = DeviceLoop.start(device, repository, listing(VAULT))) {
        await()
            .atMost(Apps.SOON)
            .untilAsserted(() -> assertThat(loop.why(READER, "Ready")).startsWith("PolicyDenied"));
        awaitSocket(device, false);
      }
    }
  }

  private static void theListedOneIsReadAndNoOther(VirtualDevice device) {
    // Root of the device claims to journald to be another unit.
    sh(
        device,
        "printf 'MESSAGE=FORGED\\n_SYSTEMD_UNIT=%1$s\\nOBJECT_SYSTEMD_UNIT=%1$s\\n' | logger --journald"
            .formatted(PUMP));
    order(
        device,
        READER,
        "a list",
        "b post readLogs " + PUMP,
        "c post readLogs " + PUMP + " 2100-01-01T00:00:00Z",
        "d post readLogs " + VAULT,
        "e post readLogs _TRANSPORT=kernel",
        "f post readLogs " + PUMP + " --boot");
    assertThat(says(device, READER, "a")).isEqualTo("200 readLogs");
    assertThat(says(device, READER, "b"))
        .startsWith("200 ")
        .contains("PUMP-LINE 1", "PUMP-LINE 2")
        // Neither what others wrote nor what the manager says of the unit.
        .doesNotContain("VAULT", "FORGED", "systemd[", "kernel:", "Started");
    assertThat(says(device, READER, "c")).isEqualTo("200");
    for (String number : List.of("d", "e")) {
      assertThat(says(device, READER, number))
          .isEqualTo("403 permissions.readLogs of app reader does not list this service");
    }
    assertThat(says(device, READER, "f")).startsWith("422 ");
    assertThat(sh(device, "journalctl --unit " + PUMP)).contains("systemd[1]", "FORGED");
  }

  private static void whoIsNotGrantedItReadsNothing(VirtualDevice device) {
    order(device, BLIND, "a list", "b post readLogs " + PUMP);
    assertThat(says(device, BLIND, "a")).isEqualTo("200 hostname");
    assertThat(says(device, BLIND, "b"))
        .isEqualTo("403 app blind is not granted permissions.readLogs");
  }

  private static void aFloodIsInNobodysWay(VirtualDevice device) {
    order(device, READER, "g flood readLogs " + PUMP);
    order(device, BLIND, "g list");
    assertThat(says(device, BLIND, "g")).isEqualTo("200 hostname");
    assertThat(Arrays.asList(says(device, READER, "g").split(" ")))
        .contains("429")
        .isSubsetOf("200", "429");
    // Other requests of the same app have a rate of their own.
    order(device, READER, "h list");
    assertThat(says(device, READER, "h")).isEqualTo("200 readLogs");
  }

  /** What an app has written is for who may read it: the agent repeats none of it. */
  private static void whatWasReadIsNotReported(VirtualDevice device) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(sh(device, "cat /run/sandbar/events.json"))
                    .contains("readLogs: permissions.readLogs of app reader does not list")
                    .doesNotContain("PUMP-LINE"));
  }

  private static void whatTheOwnerDoesNotListIsRefused(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    repository.commit(
        "curious.yaml", asking("readLogs: [%s, %s]".formatted(PUMP, VAULT), "curious"));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(loop.problems().toString())
                    .contains(VAULT, "policy.readLogs does not list it"));
    assertThat(Apps.traces(device, "curious")).isEmpty();
    repository.remove("curious.yaml");
  }

  private static void withoutThePermissionNothingIsRead(
      VirtualDevice device, DeviceLoop loop, GitRepository repository) throws Exception {
    repository.commit(READER + ".yaml", asking("readLogs: false, unixSockets: true", READER));
    awaitSocket(device, false);
    Apps.awaitApplied(loop, repository, READER);
    order(device, READER, "i post readLogs " + PUMP, "j see");
    assertThat(says(device, READER, "i")).matches("(No such file or directory|Permission denied)");
    assertThat(says(device, READER, "j")).isEqualTo("sees");
  }

  /** The agent as it is shipped, whose own sandbox lets it start journalctl. */
  static void readsFromInsideItsOwnSandbox(GitRepository repository, Reported agent)
      throws Exception {
    VirtualDevice device = agent.device();
    sh(device, OWN);
    repository.git("checkout", "--quiet", "edge");
    repository.commit(
        "berlin/reader.yaml",
        Apps.manifest(
            READER,
            "run: {command: [/usr/bin/perl, /usr/local/bin/reader]}, permissions: {readLogs: [sandbar-reader.service]}"));
    Apps.awaitReady(agent, READER);
    await()
        .atMost(Apps.SOON)
        .until(
            () -> sh(device, "journalctl --output=cat --unit sandbar-reader.service"),
            said -> said.lines().anyMatch("READ"::equals));
    repository.remove("berlin/reader.yaml");
    Apps.awaitRemoved(agent, device, READER);
    repository.git("checkout", "--quiet", "main");
  }

  private static void awaitSocket(VirtualDevice device, boolean there) {
    await()
        .atMost(Apps.SOON)
        .until(
            () -> device.exec("test", "-S", "/run/sandbar-agent/reader/agent.sock").ok() == there);
  }

  private static String writing(String name, String line) {
    return Workbench.manifest(
        name,
        "run: {command: [/usr/bin/sh, -c, \"echo %1$s 1; echo %1$s 2; exec sleep infinity\"]}\n"
            .formatted(line));
  }

  private static String asking(String permissions, String name) {
    return BrokerApps.app(name, permissions);
  }

  private static UnaryOperator<DeviceSettings> listing(String... units) {
    var readable =
        new Listed.Only<>(
            Arrays.stream(units).map(UnitName::new).collect(Collectors.toCollection(TreeSet::new)));
    return base ->
        DeviceLoop.sweeping(Duration.ofSeconds(2))
            .apply(
                base.with(DevicePolicy.NONE.withLogs(readable))
                    .withVolumes(new TreeMap<>(BrokerApps.volumes())));
  }

  private static void order(VirtualDevice device, String app, String... orders) {
    sh(device, BrokerApps.order(app, List.of(orders)));
  }

  private static String says(VirtualDevice device, String app, String number) {
    return await()
        .atMost(Apps.SOON)
        .until(
            () ->
                sh(device, "journalctl --output=cat --unit sandbar-%s.service".formatted(app))
                    .lines()
                    .filter(line -> line.startsWith(number + ": "))
                    .reduce("", (_, last) -> last),
            line -> !line.isEmpty())
        .substring(number.length() + 2);
  }

  private static String sh(VirtualDevice device, String script) {
    return device.exec(Duration.ofSeconds(60), "sh", "-ec", script).orThrow();
  }
}
