package dev.sandbar.bench;

import dev.sandbar.vdev.RunningProgram;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A virtual device with Sandbar installed, and the repository it follows. */
final class Edge implements AutoCloseable {

  static final int METRICS = 9099;
  private static final String HOME = "/opt/sandbar";

  private final VirtualDevice device;
  private final BenchRepository fleet;
  private String sweep = "30s";
  private String quickCheck = "30s";

  private Edge(VirtualDevice device, BenchRepository fleet) {
    this.device = device;
    this.fleet = fleet;
  }

  static Edge boot() throws IOException {
    Path home = Path.of(System.getProperty("sandbar.home", "."));
    BenchRepository fleet = BenchRepository.create(Files.createTempDirectory("sandbar-bench"));
    VirtualDevice device =
        VirtualDevice.named("bench-" + ProcessHandle.current().pid())
            .suite(Suite.TRIXIE)
            .withJava()
            .bind(home.resolve("sandbar"), HOME + "/sandbar")
            .bind(home.resolve("reconciler/cli/target/lib"), HOME + "/reconciler/cli/target/lib")
            .bind(fleet.folder(), "/srv/fleet")
            .boot();
    return new Edge(device, fleet);
  }

  VirtualDevice device() {
    return device;
  }

  BenchRepository fleet() {
    return fleet;
  }

  /** What the device's owner settles; it holds from the next start of the agent. */
  void settings(String nextSweep) {
    settings(nextSweep, nextSweep);
  }

  /** The same with quick checks in between. */
  void settings(String nextSweep, String nextQuickCheck) {
    sweep = nextSweep;
    quickCheck = nextQuickCheck;
  }

  /**
   * Starts the agent by the launcher that is shipped, without options, as the shipped service does.
   * Its log is at {@code /var/log/agent.log}.
   *
   * @param javaOptions besides the launcher's own; empty for a figure of the product as it is
   * @param interval between looks at the repository
   */
  RunningProgram agent(String javaOptions, String interval) throws IOException {
    Files.createDirectories(device.root().resolve("run/sandbar"));
    Files.deleteIfExists(statusFile());
    device.write(
        "/etc/sandbar/agent.yaml",
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AgentConfig
        sweep: %s
        quickCheck: %s
        metricsPort: %d
        git: {url: "file:///srv/fleet", interval: %s}
        """
            .formatted(sweep, quickCheck, METRICS, interval));
    String command = "exec >>/var/log/agent.log 2>&1; exec " + HOME + "/sandbar agent";
    String jdk = System.getProperty("sandbar.jdk", System.getProperty("java.home"));
    var environment = new HashMap<>(Map.of("SANDBAR_JAVA_HOME", jdk));
    // The launcher records a cache of classes in services only (systemd.exec(5)).
    environment.put("INVOCATION_ID", UUID.randomUUID().toString().replace("-", ""));
    if (!javaOptions.isEmpty()) {
      environment.put("JAVA_TOOL_OPTIONS", javaOptions);
    }
    return device.start(List.of("sh", "-c", command), environment);
  }

  /** Ends the agent as a stop of its service would; its first life then writes its cache. */
  static void stop(RunningProgram agent) {
    agent.terminate();
    agent.await(Duration.ofMinutes(3));
    agent.close();
  }

  StatusWatch watch() throws IOException {
    Files.createDirectories(device.root().resolve("run/sandbar"));
    return new StatusWatch(statusFile());
  }

  private Path statusFile() {
    return device.root().resolve("run/sandbar/status.json");
  }

  String run(Duration most, String... argv) {
    return device.exec(most, argv).orThrow();
  }

  /** Runs a script of the bench itself in the device. */
  String script(String text) {
    return run(Duration.ofMinutes(3), "sh", "-ec", text);
  }

  /** Removes every app and what the agent knows, as if there had never been any. */
  void clear() throws IOException {
    script(
        """
        systemctl stop 'sandbar-*.service' 2>/dev/null || :
        find /etc/systemd/system -name 'sandbar*' -delete
        rm -rf /var/lib/sandbar/state/apps /var/lib/sandbar/git
        systemctl daemon-reload
        systemctl reset-failed
        sync
        """);
  }

  /** How often systemd read its units again since the device booted. */
  int reloads() {
    return Integer.parseInt(
        script("journalctl -b _PID=1 -o cat | grep -c '^Reloading' || :").strip());
  }

  /** Invocation of every app; it changes when a unit is started again. */
  String invocations() {
    return script("systemctl show -p Id,InvocationID,NRestarts 'sandbar-*.service'");
  }

  @Override
  public void close() {
    device.close();
    fleet.close();
    try {
      Folders.delete(fleet.folder());
    } catch (IOException e) {
      System.err.println("left behind: " + fleet.folder() + ": " + e.getMessage());
    }
  }
}
