package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.DeviceSettings;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.vdev.VirtualDevice;
import dev.sandbar.vdev.image.AppImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An app that has nothing to go back to, and does not stay up. */
class FirstVersionTest {

  private static final Backoff SLOW =
      new Backoff(Duration.ofMinutes(10), 1, Duration.ofMinutes(10));
  private static final String SOURCE = "/srv/images/client.squashfs";

  @TempDir private Path folder;
  private GitRepository repository;

  @BeforeEach
  void repository() throws IOException {
    repository = GitRepository.create(folder.resolve("fleet"));
  }

  private static String app(AppImage image, String after) {
    return Apps.manifest(
        "app",
        "image: {path: %s, sha256: %s}, permissions: {state: true}, run: {command: [/usr/bin/sh, -c, \"echo life >>/var/lib/sandbar-app/lives; %s\"]}"
            .formatted(SOURCE, image.sha256(), after));
  }

  /** Looks often, tells a server, and takes with an app what it wrote. */
  private static DeviceSettings eager(DeviceSettings s, EventServer server) {
    return s.withSweep(Duration.ofSeconds(1))
        .withRemoveState(true)
        .withAlerts(Texts.yaml("- {name: hook, webhook: '%s'}".formatted(server.url())));
  }

  @Test
  void goesAsWholeAsItCameAndOnlyWhatItWroteStays() throws Exception {
    AppImage image = Workbench.images().mosquittoClient();
    repository
        .write("bystander.yaml", Apps.waiting("bystander"))
        .commit("app.yaml", app(image, "sleep 1; exit 3"));
    try (var device = VirtualDevice.named("first").boot();
        var server = new EventServer()) {
      device.put(image.path(), SOURCE);
      try (var loop = DeviceLoop.start(device, repository, s -> eager(s, server), SLOW)) {
        Apps.awaitReady(loop, "bystander");
        String bystander = Apps.pid(device, "bystander");
        awaitTakenBack(device, loop);
        assertThat(loop.why("app", "Ready"))
            .startsWith("ReconciliationFailed: start: it did not stay up: ")
            .contains(
                "result exit-code",
                "exit status 3",
                "'sandbar why app' and 'journalctl -u sandbar-app.service'");
        assertThat(loop.why("app", "Reconciling")).startsWith("ProgressingWithRetry: ");

        // Nor does it come back by itself, or does a later look find fault with that.
        awaitSweeps(loop, 3);
        assertThat(gone(device)).isTrue();
        assertThat(loop.drifts("app")).isEmpty();
        assertThat(loop.condition("app", "Drifted")).isEqualTo("False");
        assertThat(server.events()).isEmpty();
        assertThat(device.read("/var/lib/private/sandbar-app/lives")).isEqualTo("life\n");
        assertThat(device.exec("ls", "/var/lib/sandbar/images").orThrow()).contains(image.sha256());
        assertThat(Apps.pid(device, "bystander")).isEqualTo(bystander);

        // Another version need not wait.
        repository.commit("app.yaml", app(image, "exec sleep infinity"));
        Apps.awaitApplied(loop, repository, "app");
        assertThat(device.read("/var/lib/private/sandbar-app/lives")).isEqualTo("life\nlife\n");
        assertThat(Apps.pid(device, "bystander")).isEqualTo(bystander);
      }
    }
  }

  private static void awaitTakenBack(VirtualDevice device, DeviceLoop loop) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              assertThat(loop.condition("app", "Ready")).isEqualTo("False");
              assertThat(gone(device)).isTrue();
            });
  }

  /** No unit, no enablement, no process. */
  private static boolean gone(VirtualDevice device) throws IOException {
    return Apps.traces(device, "app").stream().allMatch(t -> t.startsWith("/var/lib/sandbar/"))
        && Apps.state(device, "app").equals("inactive");
  }

  private static void awaitSweeps(DeviceLoop loop, int number) throws IOException {
    for (int i = 0; i < number; i++) {
      String last = Texts.at(loop.status(), "writtenAt");
      await().atMost(Apps.SOON).until(() -> !Texts.at(loop.status(), "writtenAt").equals(last));
    }
  }

  @Test
  void isTriedAgainAfterAPauseThatGrows() throws Exception {
    var backoff = new Backoff(Duration.ofSeconds(1), 1_000, Duration.ofMinutes(20));
    // It stays up at its second try.
    repository.commit(
        "app.yaml",
        app(
            Workbench.images().mosquittoClient(),
            "[ $(wc -l </var/lib/sandbar-app/lives) -gt 1 ] && exec sleep infinity; sleep 1;"
                + " exit 1"));
    try (var device = VirtualDevice.named("first").boot()) {
      device.put(Workbench.images().mosquittoClient().path(), SOURCE);
      try (var loop = DeviceLoop.start(device, repository, s -> s, backoff)) {
        Apps.awaitReady(loop, "app");
        assertThat(device.read("/var/lib/private/sandbar-app/lives")).isEqualTo("life\nlife\n");
        repository.commit("app.yaml", app(Workbench.images().mosquittoClient(), "exit 1"));
        await()
            .atMost(Apps.SOON)
            .untilAsserted(() -> assertThat(loop.why("app", "Ready")).startsWith("RolledBack: "));
      }
    }
  }

  @Test
  void isTakenBackAfterAPowerCutThatCameBeforehand() throws Exception {
    repository
        .write("bystander.yaml", Apps.waiting("bystander"))
        .commit("app.yaml", Apps.waiting("app"));
    try (var device = VirtualDevice.named("first").boot()) {
      try (var loop = DeviceLoop.start(device, repository)) {
        Apps.awaitReady(loop, "app", "bystander");
      }
      var store = new StateStore(device.root());
      store.save("apps/app", failed(store));
      device.powerCut();
      device.boot();
      await().atMost(Apps.SOON).until(() -> Apps.state(device, "app").equals("active"));

      // Neither the source nor the guard of removals has a say: nothing is removed here.
      repository.delete("app.yaml").delete("bystander.yaml").commitAll("Empty");
      try (var loop = DeviceLoop.start(device, repository)) {
        await().atMost(Apps.SOON).until(() -> gone(device));
        assertThat(Apps.state(device, "bystander")).isEqualTo("active");
        assertThat(loop.drifts("app")).isEmpty();

        repository
            .write("bystander.yaml", Apps.waiting("bystander"))
            .commit("app.yaml", Apps.waiting("app"));
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () ->
                    assertThat(loop.why("app", "Ready"))
                        .isEqualTo("ReconciliationFailed: start: it did not stay up"));
        assertThat(gone(device)).isTrue();
        assertThat(Apps.state(device, "bystander")).isEqualTo("active");
      }
    }
  }

  /** The record of an app whose version that is on the device has just been found to fall over. */
  private static Node failed(StateStore store) {
    if (store.load("apps/app") instanceof StateStore.Loaded.Found(Node record)
        && record.fields().get("lastGood") instanceof Node good) {
      return Node.mapping(
          List.of(
              Node.entry(
                  "failed",
                  Node.mapping(
                      List.of(
                          Node.entry("generation", Node.text(Texts.at(good, "generation"))),
                          Node.entry("reason", Node.text("start")),
                          Node.entry("message", Node.text("it did not stay up")),
                          Node.entry("attempts", Node.number(1)),
                          Node.entry(
                              "retryAt",
                              Node.text(Instant.now().plus(1, ChronoUnit.HOURS).toString())))))));
    }
    throw new AssertionError("the app has not proved itself");
  }
}
