package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.report.Backoff;
import dev.sandbar.core.report.Corrections;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.device.systemd.SystemdEvent;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Something on the device that undoes every correction. */
class FightTest {

  /**
   * Waits of 1, 2, 4, 8 s and then 60 s: the fight is named after 7 s, and stays named for the rest
   * of the test.
   */
  private static final Backoff QUICK =
      new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(60));

  @Test
  void isNamedAndNeverAHotLoop(@TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .write("fought.yaml", Apps.waiting("fought", "drift: {mode: Correct}"))
            .write("peaceful.yaml", Apps.waiting("peaceful", "drift: {mode: Correct}"))
            .commitAll("Two apps");
    try (var device = VirtualDevice.named("fight").boot();
        var server = new EventServer();
        var loop =
            DeviceLoop.start(
                device,
                repository,
                s ->
                    DeviceLoop.alerting("- {name: hook, webhook: '%s'}".formatted(server.url()))
                        .apply(DeviceLoop.sweeping(Duration.ofSeconds(2)).apply(s)),
                QUICK);
        var systemd = DbusSystemd.connect("unix:path=" + device.busSocket())) {
      Apps.awaitReady(loop, "fought", "peaceful");
      var reloads = new AtomicInteger();
      systemd.watch(
          event -> {
            if (event instanceof SystemdEvent.Reloaded) {
              reloads.incrementAndGet();
            }
          });
      String dropIn = Apps.file("fought") + ".d/10-x.conf";
      String tamper =
          "while :; do mkdir -p $(dirname %1$s); [ -e %1$s ] || echo '[Service]' >%1$s; sleep 0.05; done"
              .formatted(dropIn);
      long begun = System.nanoTime();
      try (var vandal = device.start(List.of("sh", "-c", tamper), Map.of())) {
        assertThat(vandal.running()).isTrue();
        await()
            .atMost(Apps.SOON)
            .untilAsserted(
                () -> assertThat(loop.why("fought", "Drifted")).startsWith("FightDetected: "));
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
            .isGreaterThan(Duration.ofSeconds(6));
        // Each correction reloads once; the same as many again is allowed for what the test itself
        // asks for.
        assertThat(reloads.get()).isBetween(Corrections.FIGHT, Corrections.FIGHT * 2);
        await().atMost(Apps.SOON).until(() -> server.received("FightDetected", "fought", dropIn));
        assertThat(loop.why("fought", "Stalled")).startsWith("FightDetected: ").contains(dropIn);
        assertThat(loop.why("fought", "Ready")).startsWith("FightDetected: ");

        // The others are looked after meanwhile.
        device.exec("systemctl", "stop", Apps.unit("peaceful")).orThrow();
        await().atMost(Apps.SOON).until(() -> Apps.state(device, "peaceful").equals("active"));
        Apps.awaitNoDrift(loop, "peaceful");
        int soFar = reloads.get();
        assertThat(server.events().stream().filter(e -> e.body().contains("\"FightDetected\"")))
            .hasSizeBetween(1, 2);
        await()
            .during(Duration.ofSeconds(3))
            .atMost(Duration.ofSeconds(10))
            .until(() -> reloads.get() <= soFar + 1);
      }
    }
  }
}
