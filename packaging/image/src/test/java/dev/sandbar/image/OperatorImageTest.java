package dev.sandbar.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.apiserver.KubernetesApi;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The image is unpacked as a container runtime would, and its entrypoint run as its user. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OperatorImageTest {
  private static final Path LIBRARIES =
      Path.of("../../reconciler/operator/target/lib").toAbsolutePath().normalize();

  private final Path folder;
  private String digest = "";
  private Path root = Path.of("/nonexistent");
  private Map<?, ?> config = Map.of();

  OperatorImageTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeAll
  void buildAndUnpack() throws IOException {
    Path archive = folder.resolve("image.tar");
    digest = new OperatorImage(LIBRARIES, Main.cache()).write(archive, "sandbar-operator:test");
    Path layout = Files.createDirectory(folder.resolve("layout"));
    Programs.run(layout, List.of("tar", "-xf", archive.toString()));
    Map<?, ?> index = json(layout.resolve("index.json"));
    Map<?, ?> manifest = json(blob(layout, at(index, "manifests", 0, "digest")));
    config = json(blob(layout, at(manifest, "config", "digest")));
    root = Files.createDirectory(folder.resolve("root"));
    for (Object layer : (List<?>) at(manifest, "layers")) {
      Path packed = blob(layout, at(layer, "digest"));
      Programs.run(root, List.of("tar", "--numeric-owner", "-xpzf", packed.toString()));
    }
    Files.createDirectory(root.resolve("proc"));
  }

  @Test
  void theSameSourcesGiveTheSameImage() {
    Path again = folder.resolve("again.tar");
    assertThat(new OperatorImage(LIBRARIES, Main.cache()).write(again, "sandbar-operator:test"))
        .isEqualTo(digest)
        .matches("sha256:[0-9a-f]{64}");
  }

  @Test
  void itsUserIsNotRootAndItHoldsNoShellAndNothingWithRights() throws IOException {
    assertThat(at(config, "config", "User")).isEqualTo("65532:65532");
    assertThat(root.resolve("bin/sh")).doesNotExist();
    try (var files = Files.walk(root)) {
      assertThat(files.filter(Files::isRegularFile))
          .allSatisfy(
              file -> {
                assertThat(Files.getPosixFilePermissions(file))
                    .doesNotContain(
                        PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
                assertThat((int) Files.getAttribute(file, "unix:mode") & 06000).isZero();
                assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(0);
              });
    }
  }

  @Test
  void itsEntrypointRunsInIt() throws Exception {
    Process process = start(List.of("--help"), folder.resolve("help.log"));
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String said = Files.readString(folder.resolve("help.log"));
    assertThat(process.exitValue()).as(said).isZero();
    assertThat(said).contains("Usage: sandbar-operator");
  }

  @Test
  void theOperatorInItLeadsOnARealApiServer(@KubernetesApi ApiServer api) throws Exception {
    String namespace = api.newNamespace("image");
    api.applyCrds(Path.of("../../charts/sandbar/crds"));
    // As in a pod: by the token of a ServiceAccount. Its rights are the chart's affair.
    api.kubectl("create", "serviceaccount", "operator", "-n", namespace).orThrow();
    api.kubectl(
            "create",
            "clusterrolebinding",
            namespace,
            "--clusterrole=cluster-admin",
            "--serviceaccount=" + namespace + ":operator")
        .orThrow();
    String token = api.kubectl("create", "token", "operator", "-n", namespace).orThrow();
    Files.copy(api.kubeconfigOfToken(token), root.resolve("tmp/kubeconfig"));
    Programs.run(root, List.of("chmod", "644", "tmp/kubeconfig"));
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Path log = folder.resolve("operator.log");
    Process process =
        start(
            List.of(
                "--kubeconfig=/tmp/kubeconfig",
                "--metrics-port=" + port,
                "--probe-port=0",
                "--webhook-port=0",
                "--namespace=" + namespace,
                "--lease-namespace=" + namespace,
                "--identity=image"),
            log);
    try (var client = HttpClient.newHttpClient()) {
      var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"));
      long end = System.nanoTime() + Duration.ofSeconds(90).toNanos();
      while (!get(client, request.build()).contains("sandbar_leader 1")) {
        assertThat(process.isAlive() && System.nanoTime() < end)
            .as("the operator leads; its log: " + Files.readString(log))
            .isTrue();
        Thread.sleep(100);
      }
    } finally {
      // Becoming another user takes the signal away that was to end it with its parent.
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void itsJavaIsSetUpAsThatOfTheLauncher() throws IOException {
    String launcher = Files.readString(Path.of("../../sandbar-operator"));
    String command = launcher.substring(launcher.lastIndexOf("exec \"$jdk/bin/java\""));
    assertThat(options(List.of(command.split("[\\s\\\\]+"))))
        .isNotEmpty()
        .isEqualTo(options((List<?>) at(config, "config", "Entrypoint")));
    assertThat((List<?>) at(config, "config", "Env")).anyMatch("MALLOC_ARENA_MAX=1"::equals);
    assertThat(launcher).contains("export MALLOC_ARENA_MAX=1");
  }

  /** All but the size of the heap, which follows the container's limit in one of the two. */
  private static List<String> options(List<?> command) {
    return command.stream()
        .map(Object::toString)
        .filter(word -> word.startsWith("-X"))
        .filter(word -> !word.matches("-Xm[sx].*|.*RAMPercentage=.*"))
        .toList();
  }

  /** In namespaces of its own but for the network; ends with this JVM. */
  private Process start(List<String> arguments, Path log) throws IOException {
    var argv =
        new ArrayList<>(
            List.of(
                "setpriv",
                "--pdeathsig",
                "KILL",
                "--",
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "sh",
                "-c",
                "mount -t proc proc \"$0/proc\" && exec chroot --userspec=65532:65532 \"$0\""
                    + " \"$@\"",
                root.toString()));
    ((List<?>) at(config, "config", "Entrypoint")).forEach(word -> argv.add((String) word));
    argv.addAll(arguments);
    var builder = new ProcessBuilder(argv).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("SANDBAR_DEBUG", "1");
    return builder.start();
  }

  private static String get(HttpClient client, HttpRequest request) throws InterruptedException {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      return "";
    }
  }

  private static Path blob(Path layout, Object digest) {
    return layout.resolve("blobs/sha256").resolve(((String) digest).substring("sha256:".length()));
  }

  private static Map<?, ?> json(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(text);
  }

  private static Object at(Object tree, Object... path) {
    Object found = tree;
    for (Object step : path) {
      Object next =
          switch (found) {
            case Map<?, ?> map -> map.get(step);
            case List<?> list when step instanceof Integer index -> list.get(index);
            default -> null;
          };
      if (next == null) {
        throw new AssertionError("there is no " + List.of(path) + " in " + tree);
      }
      found = next;
    }
    return found;
  }
}
