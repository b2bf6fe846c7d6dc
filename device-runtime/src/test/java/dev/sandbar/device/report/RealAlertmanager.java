package dev.sandbar.device.report;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The Alertmanager of Debian as a process of its own, on loopback, with its files in a folder. */
final class RealAlertmanager implements AutoCloseable {

  private final HttpClient client = HttpClient.newHttpClient();
  private final Path folder;
  private final int port;
  private final String resolveTimeout;
  private final String notify;
  private Process process;

  /**
   * Starts it.
   *
   * @param resolveTimeout after which it takes a silent alert for over
   * @param notify the webhook that it tells
   */
  RealAlertmanager(Path folder, String resolveTimeout, String notify)
      throws IOException, InterruptedException {
    this.folder = folder;
    this.port = freePort();
    this.resolveTimeout = resolveTimeout;
    this.notify = notify;
    configure("10ms", "100ms");
    this.process = launch();
  }

  private void configure(String wait, String interval) throws IOException {
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        global: {resolve_timeout: %s}
        route: {receiver: test, group_by: [...], group_wait: %s, group_interval: %s}
        receivers:
          - name: test
            webhook_configs: [{url: "%s", send_resolved: true}]
        """
            .formatted(resolveTimeout, wait, interval, notify));
  }

  /** Has it gather the alerts of a group so long, as it does unless told otherwise. */
  void gathering(String wait) throws IOException, InterruptedException {
    configure(wait, wait);
    restart();
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Process launch() throws IOException, InterruptedException {
    Process started =
        new ProcessBuilder(
                Programs.find("prometheus-alertmanager", "prometheus-alertmanager").toString(),
                "--config.file=" + folder.resolve("alertmanager.yml"),
                "--storage.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port,
                "--cluster.listen-address=")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("alertmanager.log").toFile())
            .start();
    Alerts.await("Alertmanager is ready", Duration.ofSeconds(20), () -> get("/-/ready", 200));
    return started;
  }

  private boolean get(String path, int status) {
    try {
      return fetch(path).statusCode() == status;
    } catch (IOException e) {
      return false;
    }
  }

  private HttpResponse<String> fetch(String path) throws IOException {
    try {
      return client.send(
          HttpRequest.newBuilder(URI.create(url() + path)).timeout(Duration.ofSeconds(5)).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /** The alerts that it takes for active, as its API gives them. */
  String active() {
    try {
      return fetch("/api/v2/alerts?active=true").body();
    } catch (IOException e) {
      return "";
    }
  }

  void stop() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new AssertionError("Alertmanager does not end");
    }
  }

  void restart() throws IOException, InterruptedException {
    stop();
    process = launch();
  }

  void startAgain() throws IOException, InterruptedException {
    process = launch();
  }

  @Override
  public void close() throws InterruptedException {
    stop();
    client.close();
  }
}
