package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped unit of the agent: inside its own sandbox it does all of its work. */
class HardenedAgentTest {

  private static final Path UNIT = Path.of("../../packaging/sandbard.service");
  private static final Pattern SCORE = Pattern.compile("exposure level for [^:]+: ([0-9.]+)");

  @Test
  void looksAfterADeviceFromInsideItsOwnSandbox(@TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet")).commit("sleeper.yaml", Manifests.SLEEPER);
    var builder =
        VirtualDevice.named("hardened")
            .suite(Suite.TRIXIE)
            .withJava()
            .bind(folder.resolve("fleet"), "/srv/fleet");
    Set<Path> classPath =
        Arrays.stream(System.getProperty("java.class.path").split(":"))
            .map(Path::of)
            .filter(Files::exists)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    for (Path entry : classPath) {
      builder = builder.bind(entry.toAbsolutePath(), "/opt/classes" + entry.toAbsolutePath());
    }
    try (VirtualDevice device = builder.boot()) {
      String java =
          "%s/bin/java -XX:+UseSerialGC -Xmx64m --enable-native-access=ALL-UNNAMED -cp %s dev.sandbar.cli.Main agent --git file:///srv/fleet --interval 1s"
              .formatted(
                  System.getProperty("java.home"),
                  classPath.stream()
                      .map(entry -> "/opt/classes" + entry.toAbsolutePath())
                      .collect(Collectors.joining(":")));
      String unit =
          Files.readString(UNIT)
              .replace("ExecStart=/opt/sandbar/sandbar agent", "ExecStart=" + java);
      device.write("/etc/systemd/system/sandbard.service", unit);
      device.exec(Duration.ofSeconds(60), "systemctl", "start", "sandbard.service").orThrow();
      await()
          .atMost(Duration.ofSeconds(90))
          .untilAsserted(
              () ->
                  assertThat(
                          device
                              .exec(Duration.ofSeconds(10), "cat", "/run/sandbar/status.json")
                              .stdout())
                      .contains("\"type\":\"Ready\",\"status\":\"True\""));
      var journal =
          device.exec(
              Duration.ofSeconds(30),
              "journalctl",
              "--no-pager",
              "-u",
              "sandbard.service",
              "-o",
              "cat");
      assertThat(journal.stdout()).doesNotContain("Exception").doesNotContain("ERROR ");
      var verify =
          device.exec(
              Duration.ofSeconds(30),
              "systemd-analyze",
              "security",
              "--no-pager",
              "sandbard.service");
      var matcher = SCORE.matcher(verify.stdout());
      assertThat(matcher.find()).as(verify.stdout()).isTrue();
      assertThat(Double.parseDouble(matcher.group(1))).isLessThan(4.0);
    }
  }
}
