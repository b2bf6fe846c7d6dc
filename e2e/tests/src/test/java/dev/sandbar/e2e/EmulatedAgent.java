package dev.sandbar.e2e;

import dev.sandbar.core.model.Node;
import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.EmulatedDevice;
import dev.sandbar.vdev.Suite;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** An agent as a service of an emulated device, which follows a Git repository of this machine. */
final class EmulatedAgent implements ReportedStatus, AutoCloseable {
  private static final String LIBRARIES = "/opt/sandbar/lib";

  /** For agent.yaml: what nothing signals is seen soon. Each look takes the emulation seconds. */
  static final String WATCHFUL =
      """
      sweep: 20s
      quickCheck: 5s
      """;

  /** What the emulation computes in the time that others have for a device of this machine. */
  static final Duration SOON = Duration.ofMinutes(10);

  private static final Duration PAUSE = Duration.ofSeconds(6);

  private record Seen(long nanos, Node status) {}

  private final AtomicReference<Seen> last = new AtomicReference<>(never());

  private static Seen never() {
    return new Seen(System.nanoTime() - PAUSE.toNanos(), Node.mapping(List.of()));
  }

  private final EmulatedDevice device;
  private final GitRepository repository;
  private final List<String> java;

  private EmulatedAgent(EmulatedDevice device, GitRepository repository, List<String> java) {
    this.device = device;
    this.repository = repository;
    this.java = java;
  }

  /**
   * Boots a device and starts the agent in it, with an app that is ready.
   *
   * @param suite of Debian that the device has
   * @param folder for the repository and the classes
   * @param config more lines of agent.yaml
   */
  static EmulatedAgent start(Suite suite, Path folder, String config) throws IOException {
    return start(suite, folder, config, Map.of("sleeper", Apps.waiting("sleeper")));
  }

  /**
   * The same with other apps, all of which are ready then.
   *
   * @param apps manifests by name
   */
  static EmulatedAgent start(Suite suite, Path folder, String config, Map<String, String> apps)
      throws IOException {
    GitRepository repository = GitRepository.create(folder.resolve("fleet"));
    for (Map.Entry<String, String> app : apps.entrySet()) {
      repository.commit(app.getKey() + ".yaml", app.getValue());
    }
    Path libraries = Files.createDirectories(folder.resolve("lib"));
    List<String> java = EmulatedClasses.prepare(libraries, LIBRARIES);
    EmulatedDevice device =
        EmulatedDevice.of(suite)
            .withJava()
            .tpm()
            .share(libraries, LIBRARIES)
            .exchange(folder.resolve("fleet"), "/srv/fleet")
            .boot();
    var agent = new EmulatedAgent(device, repository, java);
    EmulatedPackage.install(device);
    device.write(
        "/etc/sandbar/agent.yaml",
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AgentConfig
        """
            + config);
    device.write(
        "/etc/systemd/system/sandbard.service",
        EmulatedClasses.service(java, "--git file:///srv/fleet --interval 20s"));
    try {
      agent.startService();
      Apps.awaitReady(agent, apps.keySet().toArray(String[]::new));
      return agent;
    } catch (RuntimeException e) {
      String said =
          device
              .exec("sh", "-c", "ls -la /host /host/*; journalctl --no-pager | tail -60")
              .stdout();
      agent.close();
      throw new IllegalStateException(said, e);
    }
  }

  /** Starts the agent, which no boot does. */
  void startService() {
    device.exec(SOON, "systemctl", "start", "sandbard.service").orThrow();
  }

  EmulatedDevice device() {
    return device;
  }

  GitRepository repository() {
    return repository;
  }

  /** Runs the command line in the device. */
  CommandResult cli(String line) {
    var command = new ArrayList<String>(java);
    command.addAll(List.of(line.split(" ")));
    last.set(never());
    return device.exec(SOON, command.toArray(String[]::new));
  }

  /** Read anew now and then: to be asked costs the emulation as much as the agent. */
  @Override
  public Node status() throws IOException {
    Seen seen = last.get();
    if (System.nanoTime() - seen.nanos() > PAUSE.toNanos()) {
      CommandResult read = device.exec("cat", "/run/sandbar/status.json");
      Node status =
          read.ok()
              ? LastText.read("status.json", read.stdout().getBytes(StandardCharsets.UTF_8))
              : Node.mapping(List.of());
      seen = new Seen(System.nanoTime(), status);
      last.set(seen);
    }
    return seen.status();
  }

  /** Commits an app, and waits until the device runs it. */
  void run(String app, String spec) throws IOException {
    repository.commit(app + ".yaml", Apps.manifest(app, spec));
    Apps.awaitApplied(this, repository, app);
  }

  void remove(String app) throws IOException {
    repository.remove(app + ".yaml");
    Apps.awaitRemoved(this, device, app);
  }

  @Override
  public void close() {
    device.close();
  }
}
