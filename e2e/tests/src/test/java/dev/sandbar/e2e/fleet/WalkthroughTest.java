package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandbar.vdev.DeviceRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that takes a new user through a fleet, as the user runs it. */
class WalkthroughTest {
  private static final Duration LIMIT = Duration.ofMinutes(8);
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final List<Path> BUILT =
      List.of(
          ROOT.resolve("reconciler/cli/target/lib"),
          ROOT.resolve("playground/target/lib"),
          ROOT.resolve("reconciler/operator/target/lib"));

  @Test
  void goesFromNothingToADriftingFleetAndBackToNothing(@TempDir Path folder) throws Exception {
    for (Path lib : BUILT) {
      if (!Files.isDirectory(lib) && !"true".equals(System.getenv("CI"))) {
        assumeTrue(false, "not packaged: " + lib + "; run mvn verify");
      }
      assertThat(lib).isDirectory();
    }
    Path out = folder.resolve("out");
    Process script =
        started(new ProcessBuilder(ROOT.resolve("examples/fleet/walkthrough").toString()), out);
    try {
      assertThat(script.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
          .as(Files.readString(out))
          .isTrue();
    } finally {
      script.destroy();
    }
    String told = Files.readString(out);
    assertThat(script.exitValue()).as(told).isZero();
    assertThat(told.lines().map(line -> line.replaceAll(" +", " ")))
        .as("a device enrolled, an app ready everywhere, drift on one device, and put right")
        .anyMatch(line -> line.matches("walkthrough-1 True 0 0 .*"))
        .anyMatch(line -> line.matches("appsandbox.*/site-page 2 2 2 0 (Succeeded|Degraded) .*"))
        .anyMatch(line -> line.matches("appsandbox.*/site-page 2 2 1 1 DriftDetected .*"))
        .anyMatch(line -> line.matches("device.*/walkthrough-2 False 1 1 DriftDetected .*"))
        .anyMatch(line -> line.matches("site-page 2 2 2 0 (Succeeded|Degraded) .*"));
    assertThat(told).contains("IPAddressAllow", "No resources found");
    assertThat(DeviceRegistry.find("walkthrough-1")).isEmpty();
    assertThat(DeviceRegistry.find("walkthrough-2")).isEmpty();
  }

  private static Process started(ProcessBuilder builder, Path out) throws IOException {
    builder.environment().put("SANDBAR_PREBUILT", "true");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
  }
}
