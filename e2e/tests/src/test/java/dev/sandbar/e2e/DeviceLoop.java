package dev.sandbar.e2e;

import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.agent.Agent;
import dev.sandbar.device.agent.AgentOptions;
import dev.sandbar.device.agent.FleetLink;
import dev.sandbar.device.hosts.HostOptions;
import dev.sandbar.source.git.GitLimits;
import dev.sandbar.source.git.GitRepositorySource;
import dev.sandbar.source.git.GitSettings;
import dev.sandbar.source.git.PollResult;
import dev.sandbar.source.git.RevisionSource;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/**
 * An agent of this JVM that looks after a virtual device from outside, through its bus and its root
 * directory.
 */
final class DeviceLoop implements Reported, AutoCloseable {

  /** Nothing that a test waits for shall wait for the minutes that are the default. */
  static final Duration OFTEN = Duration.ofSeconds(5);

  private final VirtualDevice device;
  private final Agent agent;
  private final Thread thread;
  private volatile boolean returned;

  private DeviceLoop(VirtualDevice device, Agent agent) {
    this.device = device;
    this.agent = agent;
    this.thread = Thread.ofPlatform().daemon().name("agent").start(this::run);
  }

  private void run() {
    try {
      agent.run();
      returned = true;
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
    return start(device, repository, change, Backoff.STANDARD);
  }

  static DeviceLoop start(
      VirtualDevice device,
      GitRepository repository,
      UnaryOperator<DeviceSettings> change,
      Backoff backoff)
      throws IOException {
    return new DeviceLoop(device, agent(device.pid(), repository.url(), change, backoff));
  }

  /** One that resolves hosts in this way. */
  static DeviceLoop resolving(VirtualDevice device, GitRepository repository, HostOptions hosts)
      throws IOException {
    AgentOptions base =
        options(
            device.pid(),
            sweeping(Duration.ofSeconds(2)).apply(settings(repository.url())),
            Backoff.STANDARD);
    var options =
        new AgentOptions(
            base.root(),
            base.busAddress(),
            base.reach(),
            base.settings(),
            base.settle(),
            base.backoff(),
            hosts);
    return new DeviceLoop(device, Agent.create(options, source(repository.url())));
  }

  private static GitRepositorySource source(String url) throws IOException {
    return new GitRepositorySource(
        GitSettings.of(url), GitLimits.DEFAULT, Files.createTempDirectory("sandbar-git"));
  }

  /** An agent for the device whose systemd has this process id. */
  static Agent agent(long pid, String url, UnaryOperator<DeviceSettings> change, Backoff backoff)
      throws IOException {
    return Agent.create(options(pid, change.apply(settings(url)), backoff), source(url));
  }

  private static DeviceSettings settings(String url) {
    DeviceSettings base = DeviceSettings.DEFAULT.with(DevicePolicy.NONE);
    DeviceSettings.Git git = base.git();
    return base.withLabels(new TreeMap<>(Map.of("site", "test")))
        .with(
            new DeviceSettings.Git(
                url, git.ref(), "", Duration.ofSeconds(1), "", "git", "", "", ""))
        .withSweep(OFTEN);
  }

  private static AgentOptions options(long pid, DeviceSettings settings, Backoff backoff) {
    Path root = Path.of("/proc", Long.toString(pid), "root");
    return new AgentOptions(
        root,
        "unix:path=" + root.resolve("run/dbus/system_bus_socket"),
        List.of("nsenter", "--all", "--target", Long.toString(pid)),
        settings,
        Duration.ofSeconds(2),
        backoff);
  }

  /** An agent that follows a source of the test's own. */
  static DeviceLoop start(VirtualDevice device, RevisionSource source) throws IOException {
    AgentOptions options = options(device.pid(), settings("file:///nowhere"), Backoff.STANDARD);
    return new DeviceLoop(device, Agent.create(options, source));
  }

  /** An agent whose source never answers. */
  static DeviceLoop unanswered(VirtualDevice device, UnaryOperator<DeviceSettings> change)
      throws IOException {
    AgentOptions options =
        options(device.pid(), change.apply(settings("file:///nowhere")), Backoff.STANDARD);
    return new DeviceLoop(device, Agent.create(options, DeviceLoop::never));
  }

  private static PollResult never(String previous) {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return new PollResult.Unchanged(previous);
  }

  /** An agent for a device that belongs to a fleet. */
  static DeviceLoop start(VirtualDevice device, FleetLink fleet) throws IOException {
    return new DeviceLoop(device, agent(device.pid(), fleet));
  }

  /** The same with an owner who lets the fleet ask it. */
  static DeviceLoop startAllowingLogs(VirtualDevice device, FleetLink fleet) throws IOException {
    DeviceSettings settings = ofMember().with(new DeviceSettings.Fleet("", "", "", "", true));
    return new DeviceLoop(
        device, Agent.create(options(device.pid(), settings, Backoff.STANDARD), fleet));
  }

  /** The same for the device whose systemd has this process id. */
  static Agent agent(long pid, FleetLink fleet) throws IOException {
    return Agent.create(options(pid, ofMember(), Backoff.STANDARD), fleet);
  }

  private static DeviceSettings ofMember() {
    return DeviceSettings.DEFAULT.with(DevicePolicy.NONE).withSweep(OFTEN);
  }

  /** Whether the agent ends by itself, in good order, within the time: nobody has closed it. */
  boolean awaitDecommissioned(Duration most) throws InterruptedException {
    return thread.join(most) && returned;
  }

  /** These settings with a look at everything every so often. */
  static UnaryOperator<DeviceSettings> sweeping(Duration sweep) {
    return s -> s.withSweep(sweep);
  }

  /** These settings with a look at everything so seldom that quick checks find what is found. */
  static UnaryOperator<DeviceSettings> checking(Duration quickCheck) {
    return s -> s.withSweep(DeviceSettings.DEFAULT.sweep()).withQuickCheck(quickCheck);
  }

  /** These settings with destinations of alerts. */
  static UnaryOperator<DeviceSettings> alerting(String yaml) {
    return s -> s.withAlerts(Texts.yaml(yaml));
  }

  /** These settings with another limit of removals. */
  static UnaryOperator<DeviceSettings> removing(int most) {
    return s -> s.withMaxRemovals(most);
  }

  /** These settings, by which what a removed app wrote goes with it, and three may go at once. */
  static UnaryOperator<DeviceSettings> removingState() {
    return s -> s.withMaxRemovals(3).withRemoveState(true);
  }

  @Override
  public VirtualDevice device() {
    return device;
  }

  @Override
  public void close() throws InterruptedException {
    agent.close();
    if (!thread.join(Duration.ofSeconds(60))) {
      throw new AssertionError("the agent does not end");
    }
  }
}
