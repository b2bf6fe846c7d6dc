package dev.sandbar.playground;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C, as a terminal sends it. */
class InterruptedTest {
  @TempDir private Path folder;

  @Test
  void aClusterSaysThatItIsGone() throws Exception {
    Path file = folder.resolve("cluster.env");
    Process cluster =
        new ProcessBuilder(
                // Tests that run in the background of a shell ignore it, and so would this.
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "dev.sandbar.cli.Main",
                "cluster",
                "--write",
                file.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (InputStream err = cluster.getErrorStream()) {
      Awaitility.await()
          .atMost(Duration.ofMinutes(4))
          .until(() -> Files.exists(file) || !cluster.isAlive());
      new ProcessBuilder("kill", "-s", "INT", Long.toString(cluster.pid())).start().waitFor();
      String said = new String(err.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(cluster.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(said).isEqualTo("interrupted: the Kubernetes API and all that it held are gone\n");
      assertThat(cluster.exitValue()).isEqualTo(130);
      assertThat(file).doesNotExist();
    } finally {
      cluster.destroyForcibly();
    }
  }
}
