package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.report.Backoff;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A systemd that somebody else reloads all the time. */
class ReloadTest {

  private static final Backoff SLOW =
      new Backoff(Duration.ofMinutes(10), 1, Duration.ofMinutes(10));

  @TempDir private Path folder;
  private GitRepository repository;

  @BeforeEach
  void repository() throws IOException {
    repository = GitRepository.create(folder.resolve("fleet"));
  }

  @Test
  void aReloadBySomebodyElseTakesNoGoodVersionBack() throws Exception {
    repository.commit("web.yaml", listening(0));
    try (var device = VirtualDevice.named("reload").boot();
        var loop = DeviceLoop.start(device, repository, s -> s, SLOW)) {
      Apps.awaitReady(loop, "web");
      // As a package manager does; each makes systemd 257 lose the filters on ports.
      device
          .exec(
              "systemd-run",
              "--unit=reloading",
              "sh",
              "-c",
              "while :; do systemctl daemon-reload; sleep 0.5; done")
          .orThrow();
      for (int version = 1; version <= 5; version++) {
        repository.commit("web.yaml", listening(version));
        String head = repository.head();
        await().atMost(Apps.SOON).until(() -> Texts.at(loop.app("web"), "revision").endsWith(head));
      }
      device.exec("systemctl", "stop", "reloading").orThrow();
      Apps.awaitReady(loop, "web");
      assertThat(Apps.show(device, "web", "ExecStart")).contains("100005");
    }
  }

  private static String listening(int version) {
    return Apps.manifest(
        "web",
        "permissions: {localNetwork: true, ports: [{port: 8080}]}, run: {command: [/usr/bin/sleep, '%d']}"
            .formatted(100_000 + version));
  }
}
