package dev.sandbar.e2e.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandbar.vdev.DeviceRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that takes a new user through a fleet, as the user runs it. */
class FirstHourTest {
  private static final long MINUTES = 12;
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final List<Path> BUILT =
      List.of(
          ROOT.resolve("reconciler/cli/target/lib"),
          ROOT.resolve("playground/target/lib"),
          ROOT.resolve("reconciler/operator/target/lib"));

  @Test
  void goesFromNothingToALostNamespaceAndBack(@TempDir Path folder) throws Exception {
    for (Path lib : BUILT) {
      if (!Files.isDirectory(lib) && !"true".equals(System.getenv("CI"))) {
        assumeTrue(false, "not packaged: " + lib + "; run mvn verify");
      }
      assertThat(lib).isDirectory();
    }
    Path out = folder.resolve("out");
    var builder = new ProcessBuilder(ROOT.resolve("examples/first-hour/fleet").toString());
    builder.environment().put("SANDBAR_PREBUILT", "true");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process script = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
    try {
      assertThat(script.waitFor(MINUTES, TimeUnit.MINUTES)).as(Files.readString(out)).isTrue();
    } finally {
      // A shell that waits for a program acts on a signal when that has ended.
      script.descendants().forEach(ProcessHandle::destroy);
      script.destroy();
    }
    String printed = Files.readString(out);
    assertThat(script.exitValue()).as(printed).isZero();
    assertThat(printed.lines().map(line -> line.replaceAll(" +", " ")))
        .as("ready everywhere, drift on one device, held back, and ready after the restore")
        .anyMatch(line -> line.matches("appsandbox.*/site-page 2 2 2 0 (Succeeded|Degraded) .*"))
        .anyMatch(
            line -> line.matches("pump-2-[0-9]+: site-page drifted: manager IPAddressAllow.*"))
        .anyMatch(line -> line.matches("site-page .* AppsWithdrawn .*"));
    assertThat(printed)
        .contains(
            "all 2 devices that have the app would lose it at once",
            "the server refuses the identity of this device; enrolling it again",
            "No resources found");
    String lost = printed.split("7\\. Somebody deletes")[1].split("8\\. A restore")[0];
    assertThat(lost.split("\nactive\n", -1)).as("both go on, also once they know it").hasSize(5);
    String restored = printed.split("8\\. A restore")[1];
    assertThat(restored.lines().map(line -> line.replaceAll(" +", " ")))
        .anyMatch(line -> line.matches("appsandbox.*/site-page 2 2 2 0 (Succeeded|Degraded) .*"));
    assertThat(DeviceRegistry.find("pump-1-" + script.pid())).isEmpty();
    assertThat(DeviceRegistry.find("pump-2-" + script.pid())).isEmpty();
  }
}
