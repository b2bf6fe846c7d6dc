package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.device.systemd.SystemdEvent;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An app from its first commit to its last. */
class LifecycleTest {

  private static final Backoff SLOW =
      new Backoff(Duration.ofMinutes(10), 1, Duration.ofMinutes(10));

  @TempDir private Path folder;
  private GitRepository repository;

  @BeforeEach
  void repository() throws IOException {
    repository = GitRepository.create(folder.resolve("fleet"));
  }

  @Test
  void imagesAreStoredSwitchedAndRolledBack() throws Exception {
    Images first = Images.probe(folder, 1);
    Images second = Images.probe(folder, 2);
    Images broken = Images.garbage(folder);
    repository
        .write("bystander.yaml", Apps.waiting("bystander"))
        .commit("app.yaml", first.app("app", "drift: {mode: Correct}"));
    try (var device = VirtualDevice.named("lifecycle").boot();
        var server = new EventServer()) {
      for (Images image : List.of(first, second, broken)) {
        device.put(image.file(), image.source());
      }
      String alerts = "- {name: hook, webhook: '%s'}".formatted(server.url());
      try (var loop =
          DeviceLoop.start(
              device,
              repository,
              s ->
                  DeviceLoop.alerting(alerts)
                      .apply(DeviceLoop.sweeping(Duration.ofSeconds(1)).apply(s)),
              SLOW)) {
        Apps.awaitReady(loop, "app", "bystander");
        String bystander = Apps.pid(device, "bystander");
        assertThat(Apps.show(device, "app", "RootImage")).isEqualTo(first.stored());
        assertThat(device.exec("stat", "-c", "%a", first.stored()).orThrow()).isEqualTo("444");

        repository.commit("app.yaml", second.app("app", "drift: {mode: Correct}"));
        await()
            .atMost(Apps.SOON)
            .until(() -> Apps.show(device, "app", "RootImage").equals(second.stored()));
        Apps.awaitReady(loop, "app");
        await().atMost(Apps.SOON).until(() -> images(device).equals(List.of(second.stored())));

        // What the source changes is no drift.
        assertThat(server.events()).isEmpty();

        String revision = Texts.at(loop.app("app"), "revision");
        repository.commit("app.yaml", broken.app("app", "drift: {mode: Correct}"));
        await()
            .atMost(Apps.SOON)
            .untilAsserted(() -> assertThat(loop.why("app", "Ready")).startsWith("RolledBack: "));
        assertThat(loop.why("app", "Ready")).contains("app.yaml:4:");
        runsOn(device, second);
        assertThat(Texts.at(loop.app("app"), "revision")).isEqualTo(revision);
        assertThat(Apps.pid(device, "bystander")).isEqualTo(bystander);
        // It is not tried again by itself within the wait, not even by another commit that leaves
        // it alone.
        String old = Apps.pid(device, "app");
        repository.commit("third.yaml", Apps.waiting("third"));
        Apps.awaitReady(loop, "third");
        assertThat(Apps.pid(device, "app")).isEqualTo(old);

        // Giving it up is enough.
        repository.commit("app.yaml", second.app("app", "drift: {mode: Correct}"));
        Apps.awaitApplied(loop, repository, "app");
        assertThat(Apps.pid(device, "app")).isEqualTo(old);
        repository.commit("app.yaml", first.app("app", "drift: {mode: Correct}"));
        Apps.awaitApplied(loop, repository, "app");
        assertThat(Apps.show(device, "app", "RootImage")).isEqualTo(first.stored());

        repository.remove("app.yaml");
        await()
            .atMost(Apps.SOON)
            .untilAsserted(() -> assertThat(Apps.traces(device, "app")).isEmpty());
        await().atMost(Apps.SOON).until(() -> images(device).isEmpty());
        assertThat(loop.condition("app", "Ready")).isEqualTo("absent");
        assertThat(Apps.pid(device, "bystander")).isEqualTo(bystander);
      }
    }
  }

  private static List<String> images(VirtualDevice device) {
    return device
        .exec("sh", "-c", "ls -d /var/lib/sandbar/images/sha256-* 2>/dev/null")
        .stdout()
        .lines()
        // Beside each stands where it came from.
        .filter(name -> !name.endsWith(".origins"))
        .toList();
  }

  private static void runsOn(VirtualDevice device, Images image) {
    await().atMost(Apps.SOON).until(() -> Apps.state(device, "app").equals("active"));
    assertThat(Apps.show(device, "app", "RootImage")).isEqualTo(image.stored());
  }

  @Test
  void aVersionThatDoesNotStayUpIsTriedAgainOnlyWhereNothingRunsInItsPlace() throws Exception {
    var backoff = new Backoff(Duration.ofSeconds(1), 20, Duration.ofMinutes(10));
    repository.commit("app.yaml", Apps.waiting("app"));
    try (var device = VirtualDevice.named("lifecycle").boot();
        var loop = DeviceLoop.start(device, repository, s -> s, backoff)) {
      Apps.awaitReady(loop, "app");
      repository.commit(
          "app.yaml", Apps.manifest("app", "run: {command: [/usr/bin/sleep, '0.5']}"));
      repository.commit("new.yaml", Apps.manifest("new", "run: {command: [/usr/bin/false]}"));
      // The second try follows after a second, the third only after twenty.
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () -> {
                assertThat(record(device, "app")).contains("\"rejected\":");
                assertThat(record(device, "new")).contains("\"attempts\":2");
              });
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () -> {
                assertThat(loop.why("app", "Ready"))
                    .startsWith("RolledBack: ")
                    .contains("it did not stay up", "sandbar reconcile app");
                assertThat(loop.why("new", "Ready")).startsWith("ReconciliationFailed: ");
              });
      await().atMost(Apps.SOON).until(() -> Apps.state(device, "app").equals("active"));
      assertThat(Apps.show(device, "app", "ExecStart")).contains("infinity");
      // There is nothing to go back to.
      await()
          .atMost(Apps.SOON)
          .untilAsserted(
              () ->
                  assertThat(Apps.traces(device, "new"))
                      .allMatch(trace -> trace.startsWith("/var/lib/sandbar/state/")));

      repository.commit("app.yaml", Apps.manifest("app", "run: {command: [/usr/bin/sleep, 1h]}"));
      await().atMost(Apps.SOON).until(() -> Apps.show(device, "app", "ExecStart").contains("1h"));
      Apps.awaitReady(loop, "app");
      repository.remove("new.yaml");
      await().atMost(Apps.SOON).until(() -> loop.condition("new", "Ready").equals("absent"));
      assertThat(Apps.traces(device, "new")).isEmpty();
    }
  }

  private static String record(VirtualDevice device, String app) {
    return device
        .exec("sh", "-c", "cat /var/lib/sandbar/state/apps/" + app + "*")
        .stdout()
        .replace(" ", "");
  }

  @Test
  void whatIsGoneFromGitGoesAndItsDataStays() throws Exception {
    repository
        .write("kept.yaml", Apps.waiting("kept", "drift: {mode: Correct}"))
        .write("data.yaml", Apps.waiting("data", "permissions: {state: true}"))
        .write(
            "flaky.yaml",
            Apps.manifest(
                "flaky", "run: {command: [/usr/bin/sleep, '4']}, directives: {Restart: 'no'}"))
        .write(
            "stubborn.yaml",
            Apps.manifest(
                "stubborn",
                "run: {command: [/usr/bin/sh, -c, \"trap '' TERM; while :; do sleep 1; done\"]},"
                    + " directives: {TimeoutStopSec: 80s}"))
        .commitAll("Four apps");
    try (var device = VirtualDevice.named("lifecycle").boot();
        var loop = DeviceLoop.start(device, repository, DeviceLoop.removing(3))) {
      Apps.awaitReady(loop, "kept", "data", "flaky", "stubborn");
      device.exec("sh", "-c", "echo precious >/var/lib/private/sandbar-data/x").orThrow();
      repository.remove("data.yaml").remove("flaky.yaml");
      await()
          .atMost(Apps.SOON)
          .untilAsserted(() -> assertThat(Apps.traces(device, "data")).isEmpty());
      await()
          .atMost(Apps.SOON)
          .untilAsserted(() -> assertThat(Apps.traces(device, "flaky")).isEmpty());
      assertThat(device.read("/var/lib/private/sandbar-data/x")).isEqualTo("precious\n");
      assertThat(Apps.state(device, "kept")).isEqualTo("active");

      // What does not stop holds up nobody else.
      repository.remove("stubborn.yaml");
      await().atMost(Apps.SOON).until(() -> Apps.state(device, "stubborn").equals("deactivating"));
      for (int i = 0; i < 2; i++) {
        Apps.stopAndAwaitReturn(device, "kept");
      }
      repository.commit("later.yaml", Apps.waiting("later"));
      Apps.awaitReady(loop, "later");
      assertThat(Apps.state(device, "stubborn")).isEqualTo("deactivating");
      // Once it has ended the rest of it goes at once.
      device.exec("systemctl", "kill", "--signal=KILL", Apps.unit("stubborn")).orThrow();
      Apps.awaitRemoved(loop, device, "stubborn");
    }
  }

  @Test
  void aBrokenSourceRemovesNothing() throws Exception {
    repository
        .write("one.yaml", Apps.waiting("one"))
        .write("two.yaml", Apps.waiting("two"))
        .commitAll("Two apps");
    try (var device = VirtualDevice.named("lifecycle").boot();
        var loop = DeviceLoop.start(device, repository)) {
      Apps.awaitReady(loop, "one", "two");
      String pids = Apps.pid(device, "one") + Apps.pid(device, "two");

      // One bad file: it is named, the other files go on, and what it may have declared stays.
      repository
          .delete("two.yaml")
          .write("one.yaml", "a: b: c\n")
          .commit("three.yaml", Apps.waiting("three"));
      Apps.awaitReady(loop, "three");
      assertThat(loop.problems()).anyMatch(p -> p.startsWith("one.yaml:1:"));

      // The same name twice: neither is applied.
      repository.write("one.yaml", Apps.waiting("one")).write("two.yaml", Apps.waiting("two"));
      repository.commit("copy.yaml", Apps.waiting("one", "mode: Open"));
      await()
          .atMost(Apps.SOON)
          .until(
              () -> loop.problems().stream().anyMatch(p -> p.contains("'one' is declared twice")));
      assertThat(loop.why("one", "Ready")).startsWith("InvalidSpec: ");
      repository.remove("copy.yaml");
      Apps.awaitReady(loop, "one", "two", "three");

      // Nothing at all.
      repository.delete("one.yaml").delete("two.yaml").delete("three.yaml").commitAll("Empty");
      String head = repository.head();
      await().atMost(Apps.SOON).until(() -> loop.revision().endsWith(head));
      // A repository that is gone.
      repository.hide();
      await().atMost(Apps.SOON).until(() -> !loop.sourceProblem().isEmpty());

      assertThat(Apps.pid(device, "one") + Apps.pid(device, "two")).isEqualTo(pids);
      assertThat(Apps.state(device, "three")).isEqualTo("active");
    }
  }

  @Test
  void manyRemovalsAtOnceAreHeldBack() throws Exception {
    List<String> names = List.of("first", "second", "third", "fourth");
    for (String name : names) {
      repository.write(name + ".yaml", Apps.waiting(name));
    }
    repository.commitAll("Four apps");
    try (var device = VirtualDevice.named("lifecycle").boot()) {
      try (var loop = DeviceLoop.start(device, repository, DeviceLoop.removing(2))) {
        Apps.awaitReady(loop, names);
        repository
            .delete("first.yaml")
            .delete("second.yaml")
            .delete("third.yaml")
            .commitAll("Remove three");
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () -> assertThat(loop.why("first", "Ready")).startsWith("PruneHeldBack: "));
        assertThat(names).allMatch(name -> Apps.state(device, name).equals("active"));
      }
      try (var loop = DeviceLoop.start(device, repository, DeviceLoop.removing(3))) {
        await().atMost(Apps.SOON).until(() -> Apps.traces(device, "first").isEmpty());
        Apps.awaitReady(loop, "fourth");
      }
    }
  }

  @Test
  void aRemovedAppStaysRemovedWhereSomethingOfItCannotGo() throws Exception {
    repository
        .write("bystander.yaml", Apps.waiting("bystander"))
        .commit("app.yaml", Apps.waiting("app"));
    try (var device = VirtualDevice.named("lifecycle").boot();
        var loop =
            DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(1)))) {
      Apps.awaitReady(loop, "app", "bystander");
      // Its own unit file goes, and then this does not.
      String held = Apps.file("app") + ".d";
      device.write(held + "/x.conf", "[Service]\nEnvironment=A=b\n");
      device.exec("mount", "--bind", held, held).orThrow();
      device.exec("mount", "-o", "remount,bind,ro", held).orThrow();

      repository.remove("app.yaml");
      await()
          .atMost(Apps.SOON)
          .untilAsserted(() -> assertThat(loop.why("app", "Ready")).startsWith("PruneFailed: "));
      assertThat(loop.why("app", "Ready")).contains("failed at remove: ", "x.conf");
      // Several sweeps later it is still gone.
      String then = Texts.at(loop.status(), "writtenAt");
      await()
          .pollDelay(Duration.ofSeconds(4))
          .atMost(Apps.SOON)
          .until(() -> !Texts.at(loop.status(), "writtenAt").equals(then));
      assertThat(device.exec("test", "-e", Apps.file("app")).exitCode()).isNotZero();
      assertThat(Apps.show(device, "app", "LoadState")).isEqualTo("not-found");
      assertThat(device.exec("journalctl", "-u", Apps.unit("app"), "-o", "cat").stdout().lines())
          .filteredOn(line -> line.startsWith("Started "))
          .hasSize(1);

      device.exec("umount", held).orThrow();
      await()
          .atMost(Apps.SOON)
          .untilAsserted(() -> assertThat(loop.condition("app", "Ready")).isEqualTo("absent"));
      assertThat(device.exec("test", "-e", held + "/x.conf").exitCode()).isNotZero();
      Apps.awaitReady(loop, "bystander");
    }
  }

  @Test
  void appsComeBackWithoutAgentAndAnAgentThatComesBackTouchesNothing() throws Exception {
    Images image = Images.probe(folder, 1);
    repository
        .write("image.yaml", image.app("image", ""))
        .commit("host.yaml", Apps.waiting("host", "drift: {mode: Correct}"));
    List<String> apps = List.of("image", "host");
    try (var device = VirtualDevice.named("lifecycle").boot()) {
      device.put(image.file(), image.source());
      try (var loop = DeviceLoop.start(device, repository)) {
        Apps.awaitReady(loop, apps);
        assertThatThrownBy(() -> DeviceLoop.start(device, repository))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("another agent runs on this device");
      }
      for (Runnable end : List.<Runnable>of(device::powerCut, device::stop)) {
        end.run();
        device.boot();
        for (String app : apps) {
          await().atMost(Apps.SOON).until(() -> Apps.state(device, app).equals("active"));
        }
      }
      var reloads = new AtomicInteger();
      String before = touched(device, apps);
      try (var systemd = DbusSystemd.connect("unix:path=" + device.busSocket())) {
        systemd.watch(
            event -> {
              if (event instanceof SystemdEvent.Reloaded) {
                reloads.incrementAndGet();
              }
            });
        try (var loop =
            DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(1)))) {
          Apps.awaitReady(loop, apps);
          String first = Texts.at(loop.status(), "writtenAt");
          await()
              .atMost(Apps.SOON)
              .until(() -> !Texts.at(loop.status(), "writtenAt").equals(first));
          // Without the network it knows what it did.
          repository.hide();
          await().atMost(Apps.SOON).until(() -> !loop.sourceProblem().isEmpty());
        }
        try (var loop = DeviceLoop.start(device, repository)) {
          Apps.awaitReady(loop, apps);
          assertThat(touched(device, apps)).isEqualTo(before);
          // Only the first look of a boot, which asks systemd what it can, loads a unit of its own.
          assertThat(reloads.get()).isLessThanOrEqualTo(2);
          Apps.stopAndAwaitReturn(device, "host");
        }
      }
    }
  }

  /** Processes, and when anything of ours was last written. */
  private static String touched(VirtualDevice device, List<String> apps) {
    String script =
        "find /etc/systemd /var/lib/sandbar/images /var/lib/sandbar/state/apps -printf '%p %T@\\n"
            + "' | sort";
    return device.exec("sh", "-c", script).orThrow()
        + String.join(" ", apps.stream().map(app -> Apps.pid(device, app)).toList());
  }
}
