package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.Node;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped unit of the agent: inside its own sandbox it does all of its work. */
class HardenedAgentTest {

  private static final Path PACKAGING = Path.of("../../packaging");
  private static final Path UNIT = PACKAGING.resolve("sandbard.service");
  private static final String FILTERS = "sandbard-filters@.service";

  /** What nobody can read. */
  private static final List<String> UNKNOWN =
      List.of(
          "KeyringMode",
          "MemoryDenyWriteExecute",
          "PartOf",
          "RequiresMountsFor",
          "SecureBits",
          "StateDirectoryMode");

  private static final String SOCKET = "sandbard-filters.socket";
  private static final Pattern SCORE = Pattern.compile("exposure level for [^:]+: ([0-9.]+)");

  /**
   * The branch and the folder are not the default ones, and what is elsewhere is nobody's: the
   * options count too.
   */
  @Test
  void looksAfterADeviceFromInsideItsOwnSandbox(@TempDir Path folder) throws Exception {
    Images image = Images.probe(folder, 1);
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("berlin/decoy.yaml", Apps.waiting("decoy"));
    repository.git("checkout", "--quiet", "-b", "edge");
    repository
        .delete("berlin/decoy.yaml")
        .write("bern/decoy.yaml", Apps.waiting("decoy"))
        .write("berlin/sleeper.yaml", Manifests.SLEEPER)
        .write("berlin/imaged.yaml", image.app("imaged", "permissions: {state: true}"))
        .commitAll("Two apps on another branch");
    repository.git("checkout", "--quiet", "main");
    var builder =
        ChildJvm.shown(
            VirtualDevice.named("hardened")
                .suite(Suite.TRIXIE)
                .bind(folder.resolve("fleet"), "/srv/fleet"));
    try (VirtualDevice device = builder.boot();
        EventServer server = device.network().call(EventServer::new)) {
      device.put(image.file(), image.source());
      device.write(
          "/etc/sandbar/agent.yaml",
          """
          apiVersion: sandbar.dev/v1alpha1
          kind: AgentConfig
          sweep: 5s
          removeState: true
          policy: {adopt: [web.service], kernelTuning: [net.core.*], readLogs: [sandbar-reader.service]}
          alerts: [{name: hook, webhook: "%s"}]
          """
              .formatted(server.url()));
      device.write(
          "/etc/systemd/system/sandbard.service",
          unit("--git file:///srv/fleet --ref edge --path berlin --interval 1s"));
      for (String shipped : NetworkApps.units(SOCKET)) {
        device.write(
            "/etc/systemd/system/" + shipped, Files.readString(PACKAGING.resolve(shipped)));
      }
      device.write(
          "/etc/systemd/system/" + FILTERS,
          Files.readString(PACKAGING.resolve(FILTERS))
              .replace(
                  "ExecStart=/usr/share/sandbar/sandbar read-filters",
                  "ExecStart=" + java("dev.sandbar.cli.ReadFilters")));
      device.exec(Duration.ofSeconds(60), "systemctl", "start", "sandbard.service").orThrow();
      Reported agent = () -> device;
      awaitReady(device);
      Apps.awaitReady(agent, "sleeper", "imaged");
      assertThat(Apps.show(device, "imaged", "RootImage")).isEqualTo(image.stored());
      assertThat(device.exec("sha256sum", image.stored()).orThrow()).startsWith(image.sha256());
      assertThat(Apps.state(device, "imaged")).isEqualTo("active");
      assertThat(agent.condition("decoy", "Ready")).isEqualTo("absent");
      assertThat(Apps.traces(device, "decoy")).isEmpty();
      readsFilters(agent);
      HardwareTest.noticesANode(repository, agent);
      confinesAService(repository, agent);
      joinsANetwork(repository, agent);
      HostTest.resolvesFromInsideItsOwnSandbox(repository, agent);
      HealthTest.asksFromInsideItsOwnSandbox(repository, agent);
      SecretsTest.keepsASecret(repository, agent);
      MaintenanceTest.asksAnAppFromInsideItsOwnSandbox(repository, agent);
      KilledBrokerTest.asksFromInsideItsOwnSandbox(repository, agent);
      OwningMembers.oneIsAddedFromInsideItsOwnSandbox(repository, agent);
      correctsAndReports(device, server);
      leavesNothing(repository, agent, image);
      // systemd hears of the loop, and has never found it stuck.
      String heard = watchdog(device);
      String pid = show(device, "MainPID");
      assertThat(heard).isNotEqualTo("0").isNotEmpty();
      // Of one that was killed for its silence it says 0, until the next one starts.
      await().atMost(Apps.SOON).until(() -> !List.of(heard, "0").contains(watchdog(device)));
      assertThat(show(device, "MainPID")).isEqualTo(pid);
      assertThat(show(device, "NRestarts")).isEqualTo("0");
      String journal =
          device.exec("journalctl", "--no-pager", "-u", "sandbard.service", "-o", "cat").stdout();
      // The bus was another one for a while: who connects as it ends is refused.
      assertThat(journal.lines().filter(line -> !line.contains("the message bus is gone")))
          .noneMatch(line -> line.contains("Exception") || line.contains("ERROR "));
      var verify =
          device.exec(
              Duration.ofSeconds(30),
              "systemd-analyze",
              "security",
              "--no-pager",
              "sandbard.service");
      var matcher = SCORE.matcher(verify.stdout());
      assertThat(matcher.find()).as(verify.stdout()).isTrue();
      assertThat(Double.parseDouble(matcher.group(1))).isLessThan(4.0);
    }
  }

  private static String watchdog(VirtualDevice device) {
    return show(device, "WatchdogTimestampMonotonic");
  }

  private static String unit(String options) throws IOException {
    String start = "ExecStart=" + java("dev.sandbar.cli.Main agent " + options);
    return Files.readString(UNIT)
        .replace("ExecStart=/usr/share/sandbar/sandbar agent", start)
        .replace("WatchdogSec=5min", "WatchdogSec=60s");
  }

  private static String java(String program) {
    var flags = new ArrayList<>(ChildClasses.flags(ChildJvm.SHOWN));
    flags.add("-Xmx64m");
    List<String> command =
        ChildJvm.command(flags, ChildJvm.shownClasses(), List.of(program.split(" ")));
    return String.join(" ", command);
  }

  /** It may not itself, so it asks the service that may; nothing more stays unknown than a few. */
  static void awaitFiltersRead(Reported agent, String app) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              Node directives =
                  agent.app(app).fields().getOrDefault("directives", Node.mapping(List.of()));
              assertThat(Texts.texts(directives, "unknown"))
                  .as("%s: %s", app, journal(agent.device(), "sandbard-filters"))
                  .isSubsetOf(UNKNOWN);
              assertThat(Texts.items(directives, "degraded")).isEmpty();
              assertThat(Texts.at(directives, "enforced")).matches("[4-9][0-9]");
            });
  }

  private static void readsFilters(Reported agent) {
    awaitFiltersRead(agent, "sleeper");
    awaitFiltersRead(agent, "imaged");
    String asked =
        agent.device().exec("systemctl", "show", "--value", "-p", "NAccepted", SOCKET).stdout();
    assertThat(Integer.parseInt(asked.strip())).as("questions").isBetween(1, 4);
    assertThat(agent.device().exec("stat", "-c", "%a %U", "/run/sandbard-filters.sock").stdout())
        .startsWith("600 root");
  }

  /** It may write the drop-in, and see what the service does that the walls close. */
  private static void confinesAService(GitRepository repository, Reported agent)
      throws IOException {
    VirtualDevice device = agent.device();
    device.write(
        "/usr/lib/systemd/system/web.service",
        "[Service]\nExecStart=/usr/bin/busybox httpd -f -p 8080 -h /srv\n");
    device.exec("systemctl", "daemon-reload").orThrow();
    device.exec("systemctl", "start", "web.service").orThrow();
    String spec =
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AppSandbox
        metadata: {name: web}
        spec: {run: {unit: web.service}, mode: Open, permissions: {jit: false, ports: %s}}
        """;
    repository.git("checkout", "--quiet", "edge");
    repository.commit("berlin/web.yaml", spec.formatted("false"));
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(agent.why("web", "Ready"))
                    .contains("before it, the service did what is closed by ports"));
    repository.commit("berlin/web.yaml", spec.formatted("[{port: 8080}]"));
    Apps.awaitReady(agent, "web");
    assertThat(device.exec("systemctl", "is-active", "web.service").stdout().strip())
        .isEqualTo("active");
    assertThat(agent.app("web").toString()).contains("web.service");
    repository.remove("berlin/web.yaml");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(agent.condition("web", "Ready")).isEqualTo("absent"));
    assertThat(device.exec("ls", "/etc/systemd/system/web.service.d").exitCode()).isNotZero();
    repository.git("checkout", "--quiet", "main");
  }

  /** It sees that the device forwards packets, and keeps the rules that another unit loads. */
  private static void joinsANetwork(GitRepository repository, Reported agent) throws IOException {
    VirtualDevice device = agent.device();
    device.exec("sysctl", "-q", "-w", "net.ipv4.ip_forward=1").orThrow();
    repository.git("checkout", "--quiet", "edge");
    repository.commit("berlin/routed.yaml", Apps.waiting("routed", FirewallTest.NARROWED));
    Apps.awaitReady(agent, "routed");
    device.write("/etc/resolv.conf", "nameserver 192.0.2.53\n");
    NetworkApps.awaitRules(device, "192.0.2.53", "masquerade");
    device.exec("nft", "flush", "ruleset").orThrow();
    NetworkApps.awaitRules(device, "192.0.2.53", "masquerade");
    FirewallTest.correctsFromInsideItsOwnSandbox(agent, "routed");
    repository.remove("berlin/routed.yaml");
    Apps.awaitRemoved(agent, device, "routed");
    await().atMost(Apps.SOON).until(() -> device.exec("nft", "list", "ruleset").stdout().isEmpty());
  }

  private static String journal(VirtualDevice device, String identifier) {
    return device.exec("journalctl", "--no-pager", "-t", identifier, "-o", "cat").stdout();
  }

  /** A file, a property and a state that are not as declared are put right, and it is told. */
  private static void correctsAndReports(VirtualDevice device, EventServer server) {
    String text = device.read(Apps.file("sleeper"));
    Apps.stopAndAwaitReturn(device, "sleeper");
    assertReceived(server, "ActiveState");
    device.exec("sh", "-c", "echo '#' >>" + Apps.file("sleeper")).orThrow();
    assertReceived(server, Apps.file("sleeper"));
    await().atMost(Apps.SOON).until(() -> device.read(Apps.file("sleeper")).equals(text));
    device.exec("systemctl", "set-property", Apps.unit("sleeper"), "IPAddressAllow=any").orThrow();
    assertReceived(server, "IPAddressAllow");
    assertThat(Apps.show(device, "sleeper", "IPAddressAllow")).isEmpty();
    assertThat(Apps.show(device, "sleeper", "DropInPaths")).isEmpty();
    Apps.awaitNoDrift((Reported) () -> device, "sleeper");
  }

  private static void assertReceived(EventServer server, String subject) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () ->
                assertThat(List.of("DriftDetected", "NoDriftDetected"))
                    .as(subject + " in " + server.events())
                    .allMatch(reason -> server.received(reason, "sleeper", subject)));
  }

  private static void leavesNothing(GitRepository repository, Reported agent, Images image)
      throws IOException {
    VirtualDevice device = agent.device();
    String written = "find /var/lib /var/cache /var/log -name 'sandbar-imaged*'";
    assertThat(device.exec("sh", "-c", written).orThrow()).contains("/var/lib/private/");
    repository.git("checkout", "--quiet", "edge");
    repository.remove("berlin/imaged.yaml");
    Apps.awaitRemoved(agent, device, "imaged");
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(device.exec("sh", "-c", written).orThrow()).isEmpty();
              assertThat(device.exec("ls", "/var/lib/sandbar/images").orThrow())
                  .doesNotContain(image.sha256());
            });
    Apps.awaitReady(agent, "sleeper");
  }

  private static void awaitReady(VirtualDevice device) {
    await()
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(
            () ->
                assertThat(
                        device
                            .exec(Duration.ofSeconds(10), "cat", "/run/sandbar/status.json")
                            .stdout())
                    .contains("\"type\":\"Ready\",\"status\":\"True\""));
  }

  /**
   * The JVM writes the cache as it ends, in a process of its own: in the sandbox it must be allowed
   * to, and have the time.
   */
  @Test
  void theSecondLifeTakesItsClassesFromTheCacheThatTheFirstLeft(@TempDir Path folder)
      throws Exception {
    Images image = Images.probe(folder, 2);
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("imaged.yaml", image.app("imaged", ""))
            .commit("sleeper.yaml", Manifests.SLEEPER);
    try (VirtualDevice device =
            VirtualDevice.named("cached")
                .withJava()
                .bind(installed(folder.resolve("opt")), "/usr/share/sandbar")
                .boot();
        var registry =
            new RealRegistry(
                Files.createDirectory(folder.resolve("registry")),
                List.of("nsenter", "--net", "--target", Long.toString(device.pid())));
        var server = HostileServer.on(device, folder)) {
      device.put(image.file(), image.source());
      device.write("/etc/systemd/system/sandbard.service", Files.readString(UNIT));
      // Where the JDK of this machine is; a real device has it where the launcher looks.
      device.write(
          "/etc/systemd/system/sandbard.service.d/java.conf",
          "[Service]\nEnvironment=SANDBAR_JAVA_HOME=" + System.getProperty("java.home") + "\n");
      device.write(
          "/etc/sandbar/agent.yaml",
          """
          apiVersion: sandbar.dev/v1alpha1
          kind: AgentConfig
          git: {url: "%s", caFile: /etc/sandbar/git.pem, interval: 1s}
          """
                  .formatted(server.url("fleet/.git"))
              + PackagedApp.settings(device, registry));
      device.write("/etc/sandbar/git.pem", server.caPem());
      device.write(
          "/etc/sandbar/ca.pem",
          server.caPem() + Files.readString(Path.of(registry.access().caFile())));
      Duration limit = Duration.ofSeconds(120);
      device.exec(limit, "systemctl", "start", "sandbard.service").orThrow();
      awaitReady(device);
      assertThat(cacheFlag(device)).contains("-XX:AOTCacheOutput=");

      device.exec(limit, "systemctl", "stop", "sandbard.service").orThrow();
      String journal =
          device.exec("journalctl", "--no-pager", "-u", "sandbard.service", "-o", "cat").stdout();
      assertThat(show(device, "Result")).as(journal).isEqualTo("success");
      assertThat(journal).doesNotContain("timed out").doesNotContain("Killing process");
      assertThat(device.exec("ls", "/var/lib/sandbar/cache").orThrow().lines())
          .as(journal)
          .hasSize(2)
          .anyMatch(name -> name.matches("agent-[0-9a-f]{32}\\.aot\\.[0-9a-f-]{36}"))
          .anyMatch(name -> name.endsWith(".good"));

      device.exec("rm", "/run/sandbar/status.json").orThrow();
      device.exec(limit, "systemctl", "start", "sandbard.service").orThrow();
      awaitReady(device);
      assertThat(cacheFlag(device)).contains("-XX:AOTCache=/var/lib/sandbar/cache/agent-");
      // The JVM says nothing when it cannot use the file, and maps it when it can.
      assertThat(device.read("/proc/" + show(device, "MainPID") + "/maps"))
          .containsPattern("/var/lib/sandbar/cache/agent-[0-9a-f]{32}\\.aot");

      new Bombs(device, registry, server, repository, folder).areSurvived();

      Instant before = Instant.now();
      device.exec(limit, "systemctl", "stop", "sandbard.service").orThrow();
      assertThat(Duration.between(before, Instant.now()))
          .as("a stop waits for the round in hand, and for nothing else, up to 20 s")
          .isLessThan(Duration.ofSeconds(15));
    }
  }

  private static String show(VirtualDevice device, String property) {
    return device
        .exec("systemctl", "show", "--value", "--property", property, "sandbard.service")
        .orThrow();
  }

  private static String cacheFlag(VirtualDevice device) {
    return device.read("/proc/" + show(device, "MainPID") + "/cmdline").replace('\0', ' ');
  }

  /** What an installed copy is: the launcher and jars, as the cache takes its classes from jars. */
  private static Path installed(Path home) throws IOException {
    Path lib = Files.createDirectories(home.resolve("reconciler/cli/target/lib"));
    Files.copy(
        Path.of("../../sandbar"), home.resolve("sandbar"), StandardCopyOption.COPY_ATTRIBUTES);
    try (Stream<Path> jars = Files.list(ChildClasses.folder())) {
      for (Path jar : jars.filter(file -> file.toString().endsWith(".jar")).toList()) {
        Files.copy(jar, lib.resolve(jar.getFileName()));
      }
    }
    return home;
  }
}
