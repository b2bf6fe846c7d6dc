package dev.sandbar.e2e;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.agent.Agent;
import dev.sandbar.device.agent.AgentOptions;
import dev.sandbar.source.git.GitLimits;
import dev.sandbar.source.git.GitRepositorySource;
import dev.sandbar.source.git.GitSettings;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** An agent of this JVM that looks after a virtual device from outside, through its bus and its root directory. */
final class DeviceLoop implements AutoCloseable {

  private final VirtualDevice device;
  private final Agent agent;
  private final Thread thread;

  private DeviceLoop(VirtualDevice device, Agent agent) {
    this.device = device;
    this.agent = agent;
    this.thread = Thread.ofPlatform().daemon().name("agent").start(this::run);
  }

  private void run() {
    try {
      agent.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static DeviceLoop start(VirtualDevice device, GitRepository repository) throws IOException {
    return start(device, repository, s -> s);
  }

  static DeviceLoop start(
      VirtualDevice device, GitRepository repository, UnaryOperator<DeviceSettings> change)
      throws IOException {
    DeviceSettings base = DeviceSettings.DEFAULT;
    DeviceSettings.Git git = base.git();
    var settings =
        change.apply(
            new DeviceSettings(
                new TreeMap<>(Map.of("site", "test")),
                new TreeMap<>(),
                new DeviceSettings.Git(repository.url(), git.ref(), "", Duration.ofSeconds(1), "", "git", "", "", ""),
                base.sweep(),
                0,
                base.mostRemovals(),
                base.removeState(),
                base.alerts()));
    var options =
        new AgentOptions(
            device.root(),
            "unix:path=" + device.busSocket(),
            List.of("nsenter", "--all", "--target", Long.toString(device.pid())),
            settings,
            Duration.ofSeconds(1));
    var source =
        new GitRepositorySource(
            GitSettings.of(repository.url()), GitLimits.DEFAULT, Files.createTempDirectory("sandbar-git"));
    return new DeviceLoop(device, Agent.create(options, source));
  }

  /** What the agent last wrote, as {@code sandbar status} reads it. */
  Node status() throws IOException {
    Path file = device.root().resolve("run/sandbar/status.json");
    if (!Files.exists(file)) {
      return Node.mapping(List.of());
    }
    return JsonReader.read("status.json", Files.readAllBytes(file)).documents().getFirst();
  }

  /** The status of an app's condition; "absent" if there is none. */
  String condition(String app, String type) throws IOException {
    Node apps = status().fields().getOrDefault("apps", Node.list(List.of()));
    if (apps instanceof Node.Sequence(_, var items)) {
      for (Node item : items) {
        if (Texts.at(item, "name").equals(app)
            && item.fields().get("conditions") instanceof Node.Sequence(_, var conditions)) {
          for (Node condition : conditions) {
            if (Texts.at(condition, "type").equals(type)) {
              return Texts.at(condition, "status");
            }
          }
        }
      }
    }
    return "absent";
  }

  @Override
  public void close() throws InterruptedException {
    agent.close();
    thread.join(Duration.ofSeconds(20));
  }
}
