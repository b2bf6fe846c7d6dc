package dev.sandbar.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.awaitility.Awaitility;

/** The Alertmanager of Debian on loopback, with its files in a folder. */
final class RealAlertmanager implements AutoCloseable {

  private static final String PROGRAM = "prometheus-alertmanager";

  private final HttpClient client = HttpClient.newHttpClient();
  private final int port = freePort();
  private final Process process;

  /**
   * Starts it.
   *
   * @param notify the webhook that it tells
   */
  RealAlertmanager(Path folder, String notify) throws IOException {
    Path configuration = folder.resolve("alertmanager.yml");
    Files.writeString(
        configuration,
        """
        global: {resolve_timeout: 1h}
        route: {receiver: test, group_by: [...], group_wait: 10ms, group_interval: 100ms}
        receivers:
          - name: test
            webhook_configs: [{url: "%s", send_resolved: true}]
        """
            .formatted(notify));
    process =
        new ProcessBuilder(
                program(PROGRAM),
                "--config.file=" + configuration,
                "--storage.path=" + folder.resolve("alertmanager"),
                "--web.listen-address=127.0.0.1:" + port,
                "--cluster.listen-address=")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("alertmanager.log").toFile())
            .start();
    Awaitility.await().atMost(Apps.SOON).until(() -> answers("/-/ready"));
  }

  /** Where a program is that ./test brings. */
  static String program(String name) {
    return Arrays.stream(System.getenv("PATH").split(":"))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Path::toString)
        .orElseThrow(
            () ->
                new AssertionError(name + " is missing; run the tests by ./test, which brings it"));
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean answers(String path) throws InterruptedException {
    try {
      return fetch(client, url() + path).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  static HttpResponse<String> fetch(HttpClient client, String url)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(5)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /** The alerts that it takes for active, as its API gives them. */
  String active() throws IOException, InterruptedException {
    return fetch(client, url() + "/api/v2/alerts?active=true").body();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
    client.close();
  }
}
