package dev.sandbar.vdev.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandbar.vdev.Prerequisites.Lack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleImagesTest {
  @TempDir Path cache;
  private final List<String> progress = new ArrayList<>();

  @BeforeEach
  void needsTheBuildTools() {
    List<Lack> missing = SampleImages.in(cache, progress::add).missing();
    if ("true".equals(System.getenv("CI"))) {
      assertThat(missing).isEmpty();
    }
    assumeTrue(missing.isEmpty(), missing::toString);
  }

  @Test
  void probeImageIsBuiltOnceAndEveryBuildGivesTheSameBytes() throws IOException {
    AppImage first = SampleImages.in(cache.resolve("a"), progress::add).probe();
    AppImage again = SampleImages.in(cache.resolve("a"), progress::add).probe();
    AppImage elsewhere = SampleImages.in(cache.resolve("b"), progress::add).probe();

    assertThat(again).isEqualTo(first);
    assertThat(progress).hasSize(2);
    assertThat(elsewhere.sha256()).isEqualTo(first.sha256()).matches("[0-9a-f]{64}");
    assertThat(Files.mismatch(first.path(), elsewhere.path())).isEqualTo(-1);
  }

  @Test
  void probeImageHasTheMountPointsThatSystemdNeedsAndASetuidProgram() {
    Map<String, String> modes = modes(SampleImages.in(cache, progress::add).probe());

    assertThat(modes)
        .containsEntry("/usr/bin/probe", "-rwxr-xr-x")
        .containsEntry("/usr/bin/probe-suid", "-rwsr-xr-x")
        .containsEntry("/etc/shadow", "-rw-------")
        .containsEntry("/tmp", "drwxrwxrwt")
        .containsEntry("/var/tmp", "drwxrwxrwt")
        .containsKeys("/proc", "/sys", "/dev", "/run", "/var/lib", "/bin", "/opt", "/sensors");
  }

  @Test
  void mosquittoImagesHoldTheProgramAndTheLibrariesItLoads() {
    // From the machine's cache, which the end-to-end tests fill as well: unpacking takes a while.
    SampleImages images = SampleImages.cached(progress::add);

    assertThat(modes(images.mosquittoBroker()).keySet())
        .contains("/usr/sbin/mosquitto", "/etc/mosquitto/edge.conf")
        .anyMatch(name -> name.endsWith("/libwebsockets.so.19") || name.endsWith("/libssl.so.3"))
        .noneMatch(name -> name.startsWith("/usr/share/"));
    assertThat(modes(images.mosquittoClient()).keySet())
        .contains("/usr/bin/mosquitto_pub", "/usr/bin/publish-sensor", "/usr/bin/sh")
        .anyMatch(name -> name.endsWith("/libmosquitto.so.1"));
  }

  @Test
  void cacheDirectoryHoldsNothingButImagesAfterABuild() throws IOException {
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxr-xr-x"));
    SampleImages.in(cache, progress::add).probe();

    try (var names = Files.list(cache)) {
      assertThat(names.map(name -> name.getFileName().toString()))
          .allMatch(name -> name.equals(".lock") || name.matches("probe-[0-9a-f]{16}\\.squashfs"));
    }
  }

  private static Map<String, String> modes(AppImage image) {
    var modes = new java.util.TreeMap<String, String>();
    String listing =
        BuildTools.run(
            Path.of("/"),
            Duration.ofSeconds(20),
            List.of("unsquashfs", "-lln", "-d", "", image.path().toString()));
    for (String line : listing.lines().toList()) {
      String[] part = line.split("\\s+", 6);
      if (part.length == 6) {
        modes.put(part[5].replaceFirst(" -> .*", ""), part[0]);
      }
    }
    return modes;
  }
}
