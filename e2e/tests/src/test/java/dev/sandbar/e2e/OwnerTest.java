package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.DevicePolicy;
import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.SliceLimits;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.agent.Removals;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the owner of a device keeps, whoever writes the repository. */
class OwnerTest {

  private static final String BACKUP =
      "[Service]\nExecStart=/usr/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n";

  @TempDir private Path folder;

  private static UnaryOperator<DeviceSettings> under(DevicePolicy policy) {
    return s -> DeviceLoop.sweeping(Duration.ofSeconds(1)).apply(s).with(policy);
  }

  private static DeviceLoop start(
      VirtualDevice device, GitRepository repository, DevicePolicy policy) throws Exception {
    return DeviceLoop.start(device, repository, under(policy), Backoff.STANDARD);
  }

  private static void awaitWhy(DeviceLoop loop, String app, String reason) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(() -> assertThat(loop.why(app, "Ready")).startsWith(reason + ": "));
  }

  private static boolean isGone(VirtualDevice device, String app) {
    return device.exec("test", "-e", Apps.file(app)).exitCode() != 0
        && Apps.state(device, app).equals("inactive");
  }

  private static UnaryOperator<DeviceSettings> labelled(String row, DevicePolicy policy) {
    return s ->
        under(policy)
            .apply(s)
            .withLabels(new TreeMap<>(row.isEmpty() ? Map.of() : Map.of("row", row)));
  }

  private static List<Node> permissions(DeviceLoop loop, String app) throws IOException {
    return loop.app(app).fields().getOrDefault("permissions", Node.text("absent"))
            instanceof Node.Sequence(_, var items)
        ? items
        : List.of();
  }

  /** Neither a fault that hides what it is, nor a source that is silent, keeps it running. */
  @Test
  void noOtherFaultAndNoSourceKeepsTheirWordFromWhatRuns() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write(
                "open.yaml",
                Apps.manifest(
                    "open",
                    "run: {command: [/usr/bin/sleep, infinity], environment: {ROW:"
                        + " \"${device.labels.row}\"}}, mode: Open"))
            .write("plain.yaml", Apps.waiting("plain"))
            .commitAll("Two apps");
    try (var device = VirtualDevice.named("denied").boot()) {
      try (var loop = DeviceLoop.start(device, repository, labelled("seven", DevicePolicy.NONE))) {
        Apps.awaitReady(loop, "open", "plain");
      }
      String plain = Apps.pid(device, "plain");
      try (var loop = DeviceLoop.start(device, repository, labelled("", DevicePolicy.NONE))) {
        awaitWhy(loop, "open", "CannotEnforce");
        assertThat(Apps.state(device, "open")).isEqualTo("active");
        assertThat(permissions(loop, "open")).as("what the loaded unit grants").isNotEmpty();
      }
      try (var loop = DeviceLoop.unanswered(device, labelled("", DevicePolicy.DEFAULT))) {
        awaitWhy(loop, "open", "PolicyDenied");
        await().atMost(Apps.SOON).until(() -> isGone(device, "open"));
        await().atMost(Apps.SOON).until(() -> permissions(loop, "open").isEmpty());
        assertThat(Apps.pid(device, "plain")).isEqualTo(plain);
      }
      try (var loop = DeviceLoop.start(device, repository, labelled("", DevicePolicy.DEFAULT))) {
        Apps.awaitReady(loop, "plain");
        awaitWhy(loop, "open", "PolicyDenied");
        assertThat(isGone(device, "open")).isTrue();
      }
      try (var loop = DeviceLoop.start(device, repository, labelled("seven", DevicePolicy.NONE))) {
        Apps.awaitReady(loop, "open", "plain");
        assertThat(Apps.pid(device, "plain")).isEqualTo(plain);
      }
    }
  }

  @Test
  void theirWordIsTheLast() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("open.yaml", Apps.waiting("open", "mode: Open"))
            .write("backup.yaml", Apps.waiting("backup"))
            .write("keeper.yaml", Apps.waiting("keeper", "permissions: {state: true}"))
            .write("plain.yaml", Apps.waiting("plain"))
            .commitAll("Four apps");
    try (var device = VirtualDevice.named("owner").boot()) {
      device.write(Apps.file("backup"), BACKUP);
      device.exec("systemctl", "daemon-reload").orThrow();
      device.exec("systemctl", "enable", "--now", Apps.unit("backup")).orThrow();
      String backup = Apps.invocation(device, "backup");

      try (var loop = start(device, repository, DevicePolicy.NONE)) {
        Apps.awaitReady(loop, "open", "keeper", "plain");
        awaitWhy(loop, "backup", "OwnedByOthers");
        assertThat(loop.why("backup", "Ready")).contains(Apps.file("backup"));
      }
      // The owner changes the policy: what it denies stops, and says so.
      var strict =
          new DevicePolicy(
              false,
              false,
              true,
              new TreeSet<>(List.of(Permission.STATE)),
              Permission.Level.DANGEROUS,
              new SliceLimits("1G", "300", 20, 50));
      String plain = Apps.pid(device, "plain");
      try (var loop = start(device, repository, strict)) {
        awaitWhy(loop, "open", "PolicyDenied");
        awaitWhy(loop, "keeper", "PolicyDenied");
        for (String denied : List.of("open", "keeper")) {
          await().atMost(Apps.SOON).until(() -> isGone(device, denied));
          assertThat(loop.condition(denied, "Stalled")).isEqualTo("True");
          assertThat(loop.condition(denied, "Drifted")).isEqualTo("False");
        }
        Apps.awaitReady(loop, "plain");
        String limits = "systemctl show -p MemoryMax -p TasksMax -p CPUWeight sandbar.slice";
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () ->
                    assertThat(device.exec("sh", "-c", limits).orThrow().lines())
                        .containsExactlyInAnyOrder(
                            "MemoryMax=1073741824", "TasksMax=300", "CPUWeight=20"));
      }
      assertThat(Apps.pid(device, "plain")).as("an app that runs").isEqualTo(plain);
      // Started again, it finds nothing to do, and still says why.
      try (var loop = start(device, repository, strict)) {
        awaitWhy(loop, "open", "PolicyDenied");
        assertThat(isGone(device, "open")).isTrue();
      }
      try (var loop = start(device, repository, DevicePolicy.NONE)) {
        Apps.awaitReady(loop, "open", "keeper", "plain");
        assertThat(Apps.pid(device, "plain")).isEqualTo(plain);

        // Nobody so removes, by a history of his own, what he may never have seen.
        repository.git("checkout", "--quiet", "--orphan", "fresh");
        repository.delete("open.yaml").write("new.yaml", Apps.waiting("new")).commitAll("Start");
        repository.git("branch", "--force", "main", "fresh");
        repository.git("checkout", "--quiet", "main");
        Apps.awaitReady(loop, "new");
        awaitWhy(loop, "open", "PruneHeldBack");
        assertThat(loop.why("open", "Ready")).contains("does not descend");
      }
      // Neither a new start nor a further commit launders it; consent to the one removal does.
      repository.commit("new.yaml", Apps.waiting("new", "drift: {mode: Correct}"));
      try (var loop = start(device, repository, DevicePolicy.NONE)) {
        awaitWhy(loop, "open", "PruneHeldBack");
        assertThat(Apps.state(device, "open")).isEqualTo("active");
        Removals.consent(new StateStore(device.root()), new AppName("open"));
        Apps.awaitRemoved(loop, device, "open");
        // From here on it is the history.
        repository.remove("keeper.yaml");
        Apps.awaitRemoved(loop, device, "keeper");
        repository.remove("backup.yaml");
        await().atMost(Apps.SOON).until(() -> loop.condition("backup", "Ready").equals("absent"));
      }
      assertThat(Apps.invocation(device, "backup")).isEqualTo(backup);
      assertThat(device.exec("cat", Apps.file("backup")).orThrow()).isEqualTo(BACKUP.strip());
    }
  }
}
