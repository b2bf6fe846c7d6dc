package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of a repository that no spec has room for, which a device keeps by their digests. */
class KeptFilesTest {

  private static final String CONTENTS = "/var/lib/sandbar/contents";

  /** It lives on a map that begins with "good", and says what else it could do. */
  private static final String MAPS =
      Apps.manifest(
          "maps",
          "run: {command: [/bin/sh, -c, 'sha256sum </run/maps/map.txt;"
              + " ls %s /var/lib/sandbar/files 2>/dev/null && echo OPEN;".formatted(CONTENTS)
              + " echo x 2>/dev/null >>/run/maps/map.txt && echo OPEN;"
              + " grep -q ^good /run/maps/map.txt || exit 1; exec sleep 9999']},"
              + " drift: {mode: Correct},"
              + " files: [{path: /run/maps/map.txt, from: {file: map.txt}}]");

  private static String map(String word) {
    return (word + "\n" + "0123456789abcde\n".repeat(SpecBounds.MOST_KEPT / 16))
        .substring(0, SpecBounds.MOST_KEPT);
  }

  private static String said(String map) {
    return Sha256.of(map).hex() + "  -";
  }

  @ParameterizedTest
  @EnumSource(
      value = Suite.class,
      names = {"BOOKWORM", "FORKY"})
  void areSeenAndComeBackWithoutTheirSource(Suite suite, @TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("bystander.yaml", Apps.waiting("bystander"))
            .write("map.txt", map("good one"))
            .commit("maps.yaml", MAPS);
    try (var device = VirtualDevice.named("kept").suite(suite).boot()) {
      try (var loop = start(device, repository)) {
        Apps.awaitReady(loop, "maps", "bystander");
        Apps.awaitSaid(device, "maps", said(map("good one")));
        assertThat(kept(device)).containsExactly("sha256-" + Sha256.of(map("good one")).hex());
        assertThat(device.exec("du", "-sk", "/var/lib/sandbar/state").orThrow().split("\\s")[0])
            .as("KiB of the records")
            .satisfies(size -> assertThat(Integer.parseInt(size)).isLessThan(200));

        // One that the app cannot live with: it goes back to the map before.
        repository.commit("map.txt", map("bad"));
        awaitLives(device, map("good one"), map("bad"), map("good one"));
        repository.commit("map.txt", map("good two"));
        Apps.awaitApplied(loop, repository, "maps");
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () ->
                    assertThat(kept(device))
                        .containsExactly("sha256-" + Sha256.of(map("good two")).hex()));
      }
      repository.hide();
      device.exec("sh", "-c", "rm /var/lib/sandbar/files/*").orThrow();
      try (var loop = start(device, repository)) {
        String pid = Apps.pid(device, "maps");
        await().atMost(Apps.SOON).until(() -> !Apps.pid(device, "maps").equals(pid));
        Apps.awaitNoDrift(loop, "maps");
        assertThat(device.exec("sh", "-c", "cat /var/lib/sandbar/files/*").stdout())
            .isEqualTo(map("good two"));
        assertThat(kept(device)).hasSize(1);
      }
      repository.show();
      // What somebody changed in the store is read again from the source.
      device
          .exec(
              "sh",
              "-c",
              "for f in %s/*; do echo lie >\"$f\"; done; rm /var/lib/sandbar/files/*"
                  .formatted(CONTENTS))
          .orThrow();
      try (var loop = start(device, repository)) {
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () ->
                    assertThat(device.exec("sh", "-c", "cat /var/lib/sandbar/files/*").stdout())
                        .isEqualTo(map("good two")));
        repository.remove("maps.yaml");
        Apps.awaitRemoved(loop, device, "maps");
        await().atMost(Apps.SOON).untilAsserted(() -> assertThat(kept(device)).isEmpty());
      }
    }
  }

  /** In the snapshot, the declared version and the record each file would be there three times. */
  @Test
  void areNotInMemory(@TempDir Path folder) throws Exception {
    int apps = 12;
    GitRepository repository = GitRepository.create(folder.resolve("fleet"));
    repository.commit("bystander.yaml", Apps.waiting("bystander"));
    try (var device = VirtualDevice.named("heap").suite(Suite.TRIXIE).boot();
        var loop = start(device, repository)) {
      Apps.awaitReady(loop, "bystander");
      long before = used();
      var names = new ArrayList<String>();
      for (int i = 0; i < apps; i++) {
        String name = "maps-" + i;
        names.add(name);
        repository
            .write(name + ".txt", map("good " + i))
            .write(
                name + ".yaml",
                Apps.manifest(
                    name,
                    "run: {command: [/bin/sleep, '9999']},"
                        + " files: [{path: /run/map.txt, from: {file: %s.txt}}]".formatted(name)));
      }
      repository.commitAll("Maps");
      Apps.awaitReady(loop, names);
      assertThat(kept(device)).hasSize(apps);
      long more = used() - before;
      assertThat(more).as("bytes of heap").isLessThan((long) apps * SpecBounds.MOST_KEPT / 2);
    }
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static DeviceLoop start(VirtualDevice device, GitRepository repository) throws Exception {
    return DeviceLoop.start(device, repository, DeviceLoop.sweeping(Duration.ofSeconds(2)));
  }

  /** The maps that the app has had, each as often as it was started with it. */
  private static void awaitLives(VirtualDevice device, String... maps) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              var lives = new ArrayList<String>();
              device
                  .exec("journalctl", "--output=cat", "--unit=" + Apps.unit("maps"), "-t", "maps")
                  .orThrow()
                  .lines()
                  .filter(line -> lives.isEmpty() || !lives.getLast().equals(line))
                  .forEach(lives::add);
              // A version that failed is tried again, ever more rarely.
              assertThat(lives)
                  .startsWith(Arrays.stream(maps).map(KeptFilesTest::said).toArray(String[]::new));
            });
  }

  private static List<String> kept(VirtualDevice device) {
    return device.exec("ls", CONTENTS).stdout().lines().toList();
  }
}
