package dev.sandbar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is told when there is no fleet to be seen, and that nothing else needs the client for it.
 */
class FleetConnectionTest {
  @TempDir Path temp;

  private Ran status(Map<String, String> environment, String... more) {
    var args = new ArrayList<>(List.of("fleet", "status"));
    args.addAll(List.of(more));
    return Ran.with(environment, "", args.toArray(String[]::new));
  }

  private static void told(Ran ran, String... texts) {
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).doesNotContain("Exception", "\tat ");
    assertThat(ran.err().replaceAll("\\s+", " ")).contains(texts);
  }

  private Path kubeconfig(String server) throws IOException {
    return Files.writeString(
        temp.resolve("config"),
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: c, cluster: {server: '%s'}}]
        users: [{name: u, user: {token: t}}]
        contexts: [{name: here, context: {cluster: c, user: u}}]
        current-context: here
        """
            .formatted(server));
  }

  @Test
  void withoutAKubeconfigItSaysHowToNameOne() {
    told(status(Map.of("HOME", temp.toString())), "no API server is known", "--kubeconfig FILE");
    told(
        status(Map.of(), "--kubeconfig", temp.resolve("none").toString()), "there is no such file");
  }

  @Test
  void aFileThatIsNoKubeconfigIsNamed() throws IOException {
    Path file = Files.writeString(temp.resolve("config"), "{ nonsense: [");
    told(status(Map.of(), "--kubeconfig", file.toString()), file.toString());
  }

  @Test
  void anUnknownContextIsRefusedWithTheKnownOnes() throws IOException {
    Path file = kubeconfig("https://127.0.0.1:9");
    told(
        status(Map.of("KUBECONFIG", file.toString()), "--context", "there"),
        "there is no context there",
        "There are: here");
  }

  @Test
  void severalFilesAreReadAsKubectlReadsThem() throws IOException {
    Path file = kubeconfig("https://127.0.0.1:9");
    String both = temp.resolve("absent") + ":" + file + ":" + file;
    told(status(Map.of("KUBECONFIG", both)), "https://127.0.0.1:9 was not reached");
  }

  @Test
  void aServerThatIsNotThereIsNamed() throws IOException {
    Path file = kubeconfig("https://127.0.0.1:9");
    told(
        status(Map.of("KUBECONFIG", file.toString())),
        "https://127.0.0.1:9 was not reached: nothing answers there");
  }

  @Test
  void aClusterWithoutTheKindsIsToldHowToGetThem(
      @KubernetesApi(scope = KubernetesApi.Scope.METHOD) ApiServer api) {
    told(
        status(Map.of("KUBECONFIG", api.kubeconfig().toString())),
        "it has no such kind",
        "kubectl apply --server-side -f charts/sandbar/crds/");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "fleet --help", "fleet status --help", "completion", "explain"})
  void nothingButTheFleetNeedsTheClientOfAnApiServer(String line) throws Exception {
    String path =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.contains("fabric8") && !entry.contains("jackson-databind"))
            .collect(Collectors.joining(File.pathSeparator));
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                path,
                "dev.sandbar.cli.Main"));
    command.addAll(List.of(line.split(" ")));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(temp.resolve("out").toFile())
            .start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(temp.resolve("out"))).isZero();
  }
}
