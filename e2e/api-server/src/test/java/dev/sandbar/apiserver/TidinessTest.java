package dev.sandbar.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whatever way a control plane ends, nothing of it stays. */
class TidinessTest {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  @BeforeAll
  static void programsAreThere(@KubernetesApi ApiServer api) {
    assertThat(api.pids()).isNotEmpty();
  }

  @Test
  void nothingIsLeftAfterClosing() {
    ApiServer api = ApiServer.start(new ApiServerOptions(List.of(), false));
    Map<String, Long> pids = api.pids();
    assertThat(pids).containsOnlyKeys("etcd", "kube-apiserver");
    assertThat(api.directory()).isDirectory();
    api.close();
    assertThat(api.directory()).doesNotExist();
    assertThat(pids.values()).noneMatch(TidinessTest::runs);
  }

  @Test
  void aServerThatCannotStartSaysWhyAndLeavesNothing() {
    List<Path> before = directories();
    var options = new ApiServerOptions(List.of("--no-such-flag"), true);
    assertThatThrownBy(() -> ApiServer.start(options))
        .isInstanceOf(ApiServerException.class)
        .hasMessageContaining("kube-apiserver ended with exit code")
        .hasMessageContaining("unknown flag: --no-such-flag");
    assertThat(directories()).isEqualTo(before);
  }

  @Test
  void theKernelEndsWhatAKilledJvmHeldAndTheNextStartRemovesItsFiles() throws Exception {
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                HoldsApiServer.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    var pids = new TreeMap<String, Long>();
    Path directory;
    try (var reader =
        new BufferedReader(
            new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8))) {
      directory = Path.of(String.valueOf(reader.readLine()));
      String line = reader.readLine();
      while (line != null && !line.isEmpty()) {
        String[] part = line.split(" ", -1);
        pids.put(part[0], Long.parseLong(part[1]));
        line = reader.readLine();
      }
      assertThat(pids).hasSize(3);
      assertThat(pids.values()).allMatch(TidinessTest::runs);
      holder.destroyForcibly().waitFor();
    } finally {
      holder.destroyForcibly();
    }
    assertThat(Await.until(LIMIT, () -> pids.values().stream().noneMatch(TidinessTest::runs)))
        .as("processes %s have ended", pids)
        .isTrue();
    assertThat(directory).isDirectory();
    ApiServer.start(new ApiServerOptions(List.of(), false)).close();
    assertThat(directory).doesNotExist();
  }

  /** A process that has ended but whose parent has not asked for its exit code runs no more. */
  private static boolean runs(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  private static List<Path> directories() {
    String own = "sandbar-api-server-" + ProcessHandle.current().pid() + "-";
    try (var entries = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return entries.filter(e -> String.valueOf(e.getFileName()).startsWith(own)).sorted().toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
