package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The package of the agent: installed, upgraded and removed under an app that runs on, and what its
 * agent does with another one.
 */
class DebianPackageTest {

  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final Duration LIMIT = Duration.ofSeconds(120);

  private static void build(Path folder) throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    var builder = new ProcessBuilder(ROOT.resolve("packaging/deb/build").toString());
    builder.environment().put("SANDBAR_PREBUILT", "true");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process build = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertThat(build.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(build.exitValue()).as(Files.readString(out)).isZero();
  }

  private static Path built(String name) throws IOException {
    try (Stream<Path> files = Files.list(ROOT.resolve("packaging/deb/target"))) {
      return files
          .filter(file -> file.getFileName().toString().matches(name + "_.*\\.deb"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static String agent(VirtualDevice device) {
    return device
        .exec("systemctl", "show", "--value", "--property", "MainPID", "sandbard.service")
        .orThrow()
        .strip();
  }

  /** Java is bound into the device, and no package of it. */
  private static void install(VirtualDevice device) {
    device.exec(LIMIT, "dpkg", "--install", "--force-depends", "/srv/sandbar.deb").orThrow();
  }

  private static void isProbed(VirtualDevice device, String java) {
    assertThat(device.exec("env", java, "sandbar", "probe", "sleeper").stderr())
        .contains("sandbar-probe");
    device.exec(LIMIT, "dpkg", "--install", "/srv/kit.deb").orThrow();
    assertThat(device.exec(LIMIT, "env", java, "sandbar", "probe", "sleeper").orThrow())
        .contains("nothing opened that is not granted");
  }

  @Test
  void anAppRunsOnThroughUpgradeAndRemovalOfTheAgent(@TempDir Path folder) throws Exception {
    GitRepository repository =
        GitRepository.create(folder.resolve("fleet"))
            .commit("sleeper.yaml", Apps.waiting("sleeper"));
    build(folder);
    String java = "SANDBAR_JAVA_HOME=" + System.getProperty("java.home");
    try (VirtualDevice device =
            VirtualDevice.named("package")
                .withJava()
                .bind(folder.resolve("fleet"), "/srv/fleet")
                .boot();
        var registry =
            new RealRegistry(
                Files.createDirectory(folder.resolve("registry")),
                List.of("nsenter", "--net", "--target", Long.toString(device.pid())))) {
      device.put(built("sandbar"), "/srv/sandbar.deb");
      device.put(built("sandbar-probe"), "/srv/kit.deb");
      install(device);
      assertThat(device.exec("env", java, "sandbar", "--version").orThrow())
          .startsWith("sandbar 0.");
      assertThat(device.exec("systemctl", "is-enabled", "sandbard").stdout()).contains("disabled");
      assertThat(device.exec("systemctl", "is-active", "sandbard").stdout()).contains("inactive");

      device.write(
          "/etc/systemd/system/sandbard.service.d/java.conf", "[Service]\nEnvironment=" + java);
      device.write(
          "/etc/systemd/system/sandbard-filters@.service.d/java.conf",
          "[Service]\nEnvironment=" + java);
      device.write(
          "/etc/sandbar/agent.yaml",
          """
          apiVersion: sandbar.dev/v1alpha1
          kind: AgentConfig
          git: {url: "file:///srv/fleet", interval: 1s}
          """
              + PackagedApp.settings(device, registry));
      device.exec(LIMIT, "systemctl", "enable", "--now", "sandbard").orThrow();
      await().atMost(LIMIT).until(() -> Apps.state(device, "sleeper").equals("active"));
      String app = Apps.pid(device, "sleeper");
      String agent = agent(device);
      HardenedAgentTest.awaitFiltersRead(() -> device, "sleeper");

      new PackagedApp(device, registry, repository, java).livesThroughItsVersions(folder);
      isProbed(device, java);
      install(device);
      assertThat(agent(device)).as("the new one").isNotEqualTo(agent).isNotEqualTo("0");
      assertThat(Apps.pid(device, "sleeper")).isEqualTo(app);

      device.exec(LIMIT, "dpkg", "--purge", "sandbar").orThrow();
      assertThat(device.exec("sh", "-c", "command -v sandbar").ok()).isFalse();
      assertThat(device.exec("systemctl", "cat", "sandbard").stdout()).doesNotContain("ExecStart");
      assertThat(Apps.pid(device, "sleeper")).as("no part of the agent").isEqualTo(app);
      assertThat(device.exec("ls", "/run/sandbard-filters.sock").ok()).isFalse();
      assertThat(device.read("/etc/sandbar/agent.yaml")).contains("file:///srv/fleet");
    }
  }
}
