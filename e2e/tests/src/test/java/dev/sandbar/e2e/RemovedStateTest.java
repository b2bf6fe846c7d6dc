package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an app wrote goes with it when the device's owner says so, and nothing else does. */
class RemovedStateTest {

  /** Run by the app itself: links out of its directory, to a file and to a directory. */
  private static final String PLANT =
      "cd $STATE_DIRECTORY; mkdir -p one/two; echo x >one/two/file;"
          + " ln -s /srv/outside/file to-file; ln -s /srv/outside to-directory;"
          + " ln -s /srv/outside one/two/to-directory; ln -s /var/lib/private above;"
          + " touch planted;"
          + " for own in $CACHE_DIRECTORY $LOGS_DIRECTORY; do ln -s /srv/outside $own/out; done;"
          + " exec sleep infinity";

  @TempDir private Path folder;

  private static String planting(String app, String more) {
    return Apps.manifest(
        app,
        "run: {command: [/bin/sh, -ec, '%s']}, permissions: {state: true, cache: true, logs: true}%s"
            .formatted(PLANT, more));
  }

  @Test
  void everyDirectoryGoesAndNoLinkOfTheAppIsFollowed() throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("data.yaml", planting("data", ""))
            .write("open.yaml", planting("open", ", mode: Open"))
            .write("swapped.yaml", planting("swapped", ""))
            .write("kept.yaml", planting("kept", ""))
            .commitAll("Four apps that write");
    List<String> leaving = List.of("data", "open", "swapped");
    try (var device = VirtualDevice.named("state").boot()) {
      device.write("/srv/outside/file", "precious\n");
      device.write("/srv/outside/below/file", "precious\n");
      sh(device, "chmod -R a+rwX /srv/outside");
      try (var loop = DeviceLoop.start(device, repository, DeviceLoop.removingState())) {
        Apps.awaitReady(loop, leaving);
        Apps.awaitReady(loop, "kept");
        for (String app : List.of("data", "open", "swapped", "kept")) {
          assertThat(sh(device, "readlink /var/lib/sandbar-%s/to-directory".formatted(app)))
              .isEqualTo("/srv/outside");
          assertThat(directories(device, app)).isNotEmpty();
        }
        assertThat(directories(device, "data"))
            .contains(
                "/var/lib/private/sandbar-data",
                "/var/cache/private/sandbar-data",
                "/var/log/private/sandbar-data");
        assertThat(directories(device, "open")).contains("/var/cache/sandbar-open");
        sh(
            device,
            """
            mv /var/lib/private/sandbar-swapped /srv/moved
            ln -s /srv/outside /var/lib/private/sandbar-swapped
            """);
        String outside = outside(device);
        String kept = content(device, "/var/lib/private/sandbar-kept");

        for (String app : leaving) {
          repository.delete(app + ".yaml");
        }
        repository.commitAll("Three go");
        for (String app : leaving) {
          Apps.awaitRemoved(loop, device, app);
          assertThat(directories(device, app)).as(app).isEmpty();
        }
        assertThat(outside(device)).isEqualTo(outside);
        assertThat(content(device, "/var/lib/private/sandbar-kept"))
            .isEqualTo(kept)
            .contains("one/two/file");
        assertThat(content(device, "/var/cache/private/sandbar-kept")).contains("out l");
        assertThat(Apps.state(device, "kept")).isEqualTo("active");
      }
    }
  }

  private static String sh(VirtualDevice device, String script) {
    return device.exec("sh", "-ec", script).orThrow();
  }

  /** Where an app may have written, and the links that lead there. */
  private static List<String> directories(VirtualDevice device, String app) {
    return sh(
            device, "find /var/lib /var/cache /var/log -maxdepth 2 -name sandbar-%s".formatted(app))
        .lines()
        .toList();
  }

  private static String outside(VirtualDevice device) {
    return content(device, "/srv/outside") + content(device, "/srv/moved");
  }

  private static String content(VirtualDevice device, String directory) {
    return sh(device, "find %s -printf '%%P %%y %%l %%s %%T@\\n' | sort".formatted(directory));
  }
}
