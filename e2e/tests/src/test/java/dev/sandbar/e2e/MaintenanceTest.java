package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.window.CronReader;
import dev.sandbar.core.window.CronReading;
import dev.sandbar.core.window.Maintenance;
import dev.sandbar.core.window.Window;
import dev.sandbar.core.window.Windows;
import dev.sandbar.device.agent.AgentRequest;
import dev.sandbar.device.agent.Holds;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Updates that wait for their time, on a device whose clock is set. */
class MaintenanceTest {
  private static final AppName PUMP = new AppName("pump");
  private static final String ALWAYS = "* * * * *";

  /** An hour of a day in half a year. */
  private static String never() {
    OffsetDateTime day = OffsetDateTime.now(ZoneOffset.UTC).plusMonths(6);
    return "0 0 1 %d *".formatted(day.getMonthValue());
  }

  private static String pump(int version, String window, String more) {
    return Apps.manifest(
        "pump",
        ("run: {command: [/usr/bin/sleep, infinity], environment: {VERSION: '%d'}}, drift: {mode:"
                + " Correct}, maintenance: {apply: [{at: '%s', for: 1h}], timeZone: Europe/Berlin}%s")
            .formatted(version, window, more));
  }

  /** What systemd changes while an app runs. */
  private static String reaching(String cidr) {
    return ", permissions: {internet: true, internetTo: [{cidr: " + cidr + "}]}";
  }

  private static UnaryOperator<DeviceSettings> owner(String window) {
    if (CronReader.read(window) instanceof CronReading.Times(var times)) {
      var windows = List.of(new Window(times, Duration.ofHours(1)));
      return s -> s.with(new Maintenance(new Windows(windows, ZoneId.of("UTC")), Duration.ZERO));
    }
    throw new AssertionError(window);
  }

  /** One whose time server has answered, for the kernel of a test machine may not say so. */
  private static VirtualDevice boot(String name) throws Exception {
    VirtualDevice device = VirtualDevice.named(name).boot();
    Path synchronizedFile = device.root().resolve("run/systemd/timesync/synchronized");
    Files.createDirectories(synchronizedFile.resolveSibling(""));
    Files.writeString(synchronizedFile, "");
    return device;
  }

  @Test
  void whatInterruptsWaitsAndDriftIsCorrectedMeanwhile(@TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("pump.yaml", pump(1, never(), reaching("198.51.100.0/24")));
    try (var device = boot("windows")) {
      String pid;
      try (var loop = DeviceLoop.start(device, repository)) {
        // A first version interrupts nothing.
        Apps.awaitReady(loop, "pump");
        pid = Apps.pid(device, "pump");
        // And neither does what systemd changes while the app runs.
        repository.commit("pump.yaml", pump(1, never(), reaching("203.0.113.0/24")));
        Apps.awaitApplied(loop, repository, "pump");
        assertThat(Apps.show(device, "pump", "IPAddressAllow")).contains("203.0.113.0/24");
        assertThat(Apps.pid(device, "pump")).isEqualTo(pid);
        String tasks = Apps.show(device, "pump", "TasksMax");

        repository.commit("pump.yaml", pump(2, never(), reaching("192.0.2.0/24")));
        awaitWaiting(loop, "WaitingForWindow: waits for the window that opens at ");
        assertThat(loop.why("pump", "Reconciling")).contains("+0", "Z)");
        assertThat(loop.condition("pump", "Drifted")).isEqualTo("False");
        assertThat(Apps.pid(device, "pump")).isEqualTo(pid);
        assertThat(environment(device)).contains("VERSION=1");
        assertThat(Apps.show(device, "pump", "IPAddressAllow")).contains("203.0.113.0/24");

        // What runs is what drift is measured against, and corrected to, by a restart too.
        device
            .exec("systemctl", "set-property", "--runtime", Apps.unit("pump"), "TasksMax=7")
            .orThrow();
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () -> assertThat(Apps.show(device, "pump", "TasksMax")).isEqualTo(tasks));
        Apps.stopAndAwaitReturn(device, "pump");
        assertThat(environment(device)).contains("VERSION=1");
        awaitWaiting(loop, "WaitingForWindow: ");
        pid = Apps.pid(device, "pump");
      }
      // The next agent finds the same version waiting.
      forgetStatus(device);
      try (var loop = DeviceLoop.start(device, repository)) {
        awaitWaiting(loop, "WaitingForWindow: ");
        assertThat(Apps.pid(device, "pump")).isEqualTo(pid);

        // The windows that are declared last count.
        repository.commit("pump.yaml", pump(2, ALWAYS, ""));
        Apps.awaitApplied(loop, repository, "pump");
        assertThat(environment(device)).contains("VERSION=2");
      }
    }
  }

  @Test
  void theOwnerOfTheDeviceHasWindowsToo(@TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet")).commit("pump.yaml", pump(1, ALWAYS, ""));
    try (var device = boot("owner-windows")) {
      try (var loop = DeviceLoop.start(device, repository, owner(never()))) {
        Apps.awaitReady(loop, "pump");
        repository.commit("pump.yaml", pump(2, ALWAYS, ""));
        awaitWaiting(loop, "WaitingForWindow: waits for the window that opens at ");
        assertThat(environment(device)).contains("VERSION=1");
        // What is no longer declared goes, whatever time it is.
        repository.commit("valve.yaml", Apps.waiting("valve"));
        Apps.awaitReady(loop, "valve");
        repository.remove("valve.yaml");
        Apps.awaitRemoved(loop, device, "valve");
      }
      try (var loop = DeviceLoop.start(device, repository, owner(ALWAYS))) {
        Apps.awaitApplied(loop, repository, "pump");
        assertThat(environment(device)).contains("VERSION=2");
      }
    }
  }

  @Test
  void whatIsHeldStaysUntilItIsReleased(@TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("pump.yaml", pump(1, ALWAYS, reaching("198.51.100.0/24")));
    try (var device = boot("held")) {
      var store = new StateStore(device.root());
      try (var loop = DeviceLoop.start(device, repository)) {
        Apps.awaitReady(loop, "pump");
        Holds.hold(store, PUMP, new Holds.Hold("measuring", Instant.MAX), Instant.now());
        AgentRequest.ask(device.root(), AgentRequest.Verb.HOLD, PUMP);
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () ->
                    assertThat(Texts.at(loop.app("pump"), "held"))
                        .startsWith("held at this version (measuring)"));
        assertThat(loop.condition("pump", "Ready")).isEqualTo("True");
        // Also what could be changed while it runs.
        repository.commit("pump.yaml", pump(1, ALWAYS, reaching("203.0.113.0/24")));
        awaitWaiting(loop, "Held: held at this version (measuring)");
        assertThat(Apps.show(device, "pump", "IPAddressAllow")).contains("198.51.100.0/24");
      }
      repository.commit("pump.yaml", pump(2, ALWAYS, ""));
      forgetStatus(device);
      try (var loop = DeviceLoop.start(device, repository)) {
        await()
            .atMost(Apps.SOON)
            .untilAsserted(() -> assertThat(loop.revision()).contains(repository.head()));
        awaitWaiting(loop, "Held: ");
        // Drift is corrected, unlike that of an app that is suspended.
        Apps.stopAndAwaitReturn(device, "pump");
        assertThat(environment(device)).contains("VERSION=1");
        assertThat(Holds.release(store, PUMP)).isTrue();
        AgentRequest.ask(device.root(), AgentRequest.Verb.RELEASE, PUMP);
        Apps.awaitApplied(loop, repository, "pump");
        assertThat(environment(device)).contains("VERSION=2");
        assertThat(Texts.at(loop.app("pump"), "held")).isEmpty();
      }
    }
  }

  /** An app that does this at its start and then waits. */
  private static String busy(int version, String script, String maintenance) {
    return Apps.manifest(
        "pump",
        ("run: {command: [/bin/sh, -ec, '%s; exec sleep infinity'], environment: {VERSION: '%d'}},"
                + " permissions: {state: true}, drift: {mode: Correct}, maintenance: {%s}")
            .formatted(script, version, maintenance));
  }

  @Test
  void anAppThatIsBusyIsNotInterrupted(@TempDir Path folder) throws Exception {
    String link = "[ -L $STATE_DIRECTORY/busy ] || ln -s /etc/shadow $STATE_DIRECTORY/busy";
    String directory = "mkdir -p $STATE_DIRECTORY/busy";
    String busy = "WaitingForApp: the app says that it is busy; waits until ";
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("pump.yaml", busy(1, link, "busyFile: true"));
    try (var device = VirtualDevice.named("busy").boot()) {
      String until;
      try (var loop = DeviceLoop.start(device, repository)) {
        // That it is busy keeps no first version.
        Apps.awaitReady(loop, "pump");
        String file = "/var/lib/private/sandbar-pump/busy";
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () ->
                    assertThat(device.exec("readlink", file).stdout().strip())
                        .isEqualTo("/etc/shadow"));
        repository.commit("pump.yaml", busy(2, directory, "busyFile: true"));
        awaitWaiting(loop, busy);
        assertThat(environment(device)).contains("VERSION=1");
        // Drift is corrected meanwhile, by a restart too.
        Apps.stopAndAwaitReturn(device, "pump");
        assertThat(environment(device)).contains("VERSION=1");
        // Who opens this waits for ever: that others are looked after shows that nobody does.
        device.exec("sh", "-ec", "mkfifo %1$s.new; mv -T %1$s.new %1$s".formatted(file)).orThrow();
        repository.commit("valve.yaml", Apps.waiting("valve"));
        Apps.awaitReady(loop, "valve");
        awaitWaiting(loop, busy);
        assertThat(device.exec("test", "-p", file).exitCode()).isZero();
        assertThat(environment(device)).contains("VERSION=1");
        String pid = Apps.pid(device, "pump");

        // No change comes in: the agent looks by itself.
        device.exec("rm", file).orThrow();
        Apps.awaitApplied(loop, repository, "pump");
        assertThat(environment(device)).contains("VERSION=2");
        assertThat(Apps.pid(device, "pump")).isNotEqualTo(pid);

        // That one is busy as soon as it runs, which undoes nothing and keeps the next one.
        assertThat(device.exec("test", "-d", file).exitCode()).isZero();
        repository.commit("pump.yaml", busy(3, "true", "busyFile: true"));
        awaitWaiting(loop, busy);
        until = loop.why("pump", "Ready");
      }
      forgetStatus(device);
      try (var loop = DeviceLoop.start(device, repository)) {
        awaitWaiting(loop, until);
        assertThat(environment(device)).contains("VERSION=2");
        // A fix does without, and what is no longer declared goes.
        repository.commit("pump.yaml", busy(4, "true", ""));
        Apps.awaitApplied(loop, repository, "pump");
        assertThat(environment(device)).contains("VERSION=4");
        repository.commit("pump.yaml", busy(5, "true", "busyFile: true"));
        awaitWaiting(loop, busy);
        repository.remove("pump.yaml");
        Apps.awaitRemoved(loop, device, "pump");
      }
    }
  }

  /** By the agent as it ships: the directory is private to the app's user. */
  static void asksAnAppFromInsideItsOwnSandbox(GitRepository repository, Reported agent)
      throws Exception {
    VirtualDevice device = agent.device();
    String file = "/var/lib/private/sandbar-pump/busy";
    repository.git("checkout", "--quiet", "edge");
    repository.commit(
        "berlin/pump.yaml", busy(1, "ln -s /etc/shadow $STATE_DIRECTORY/busy", "busyFile: true"));
    Apps.awaitReady(agent, "pump");
    await().atMost(Apps.SOON).until(() -> device.exec("test", "-L", file).exitCode() == 0);
    repository.commit("berlin/pump.yaml", busy(2, "true", "busyFile: true"));
    awaitWaiting(agent, "WaitingForApp: ");
    assertThat(environment(device)).contains("VERSION=1");
    device.exec("rm", file).orThrow();
    Apps.awaitApplied(agent, repository, "pump");
    assertThat(environment(device)).contains("VERSION=2");
    repository.remove("berlin/pump.yaml");
    Apps.awaitRemoved(agent, device, "pump");
    repository.git("checkout", "--quiet", "main");
  }

  @Test
  void anAppIsBusyForSoLongOnly(@TempDir Path folder) throws Exception {
    String forever = "mkdir -p $STATE_DIRECTORY/busy";
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("pump.yaml", busy(1, forever, "busyFile: true, maxDefer: 1m"));
    try (var device = VirtualDevice.named("busy-ever").boot();
        var loop = DeviceLoop.start(device, repository)) {
      Apps.awaitReady(loop, "pump");
      repository.commit("pump.yaml", busy(2, forever, "busyFile: true, maxDefer: 1m"));
      awaitWaiting(loop, "WaitingForApp: ");
      assertThat(environment(device)).contains("VERSION=1");
      Apps.awaitApplied(loop, repository, "pump");
      assertThat(environment(device)).contains("VERSION=2");
      assertThat(device.exec("test", "-d", "/var/lib/private/sandbar-pump/busy").exitCode())
          .isZero();
    }
  }

  /** What the agent before said is not taken for what the next one says. */
  private static void forgetStatus(VirtualDevice device) throws IOException {
    Files.delete(device.root().resolve("run/sandbar/status.json"));
  }

  private static void awaitWaiting(Reported loop, String why) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(loop.why("pump", "Ready")).startsWith(why);
              assertThat(loop.condition("pump", "Ready")).isEqualTo("Unknown");
              assertThat(loop.condition("pump", "Reconciling")).isEqualTo("True");
            });
  }

  /** Of the process that runs. */
  private static String environment(VirtualDevice device) throws IOException {
    return device
        .exec("cat", "/proc/" + Apps.pid(device, "pump") + "/environ")
        .orThrow()
        .replace('\0', '\n');
  }
}
