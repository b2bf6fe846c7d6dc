package dev.sandbar.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Debian's docker-registry on loopback with TLS, and oras, which pushes to it. */
final class RegistryProcess implements AutoCloseable {
  private static final int SECONDS = 60;

  private final Path folder;
  private final int port;
  private final Process process;

  /** Starts one that keeps its files in the folder. */
  RegistryProcess(Path folder) throws IOException, InterruptedException {
    this.folder = folder;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.port = free.getLocalPort();
    }
    run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=registry -addext subjectAltName=DNS:localhost -keyout %s -out %s"
            .formatted(folder.resolve("key.pem"), caFile()));
    Path settings =
        Files.writeString(
            folder.resolve("registry.yml"),
            """
            version: 0.1
            log: {level: error, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: %1$s/data}}
            http: {addr: "127.0.0.1:%2$d", tls: {certificate: %1$s/ca.pem, key: %1$s/key.pem}}
            """
                .formatted(folder, port));
    this.process =
        new ProcessBuilder("docker-registry", "serve", settings.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("registry.log").toFile())
            .start();
    awaitPort();
  }

  private void awaitPort() throws IOException, InterruptedException {
    for (int i = 0; i < SECONDS * 10; i++) {
      try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
    throw new IOException("docker-registry does not answer");
  }

  int port() {
    return port;
  }

  Path caFile() {
    return folder.resolve("ca.pem");
  }

  /**
   * Pushes files as layers of one image.
   *
   * @param files each with its media type, as oras takes them
   * @return the digest of its manifest in hexadecimal
   */
  String push(String repository, String... files) throws IOException, InterruptedException {
    String target = "localhost:%d/%s:1".formatted(port, repository);
    run(
        "oras push --plain-http=false --disable-path-validation --ca-file %s %s %s"
            .formatted(caFile(), target, String.join(" ", files)));
    return run("oras resolve --plain-http=false --ca-file %s %s".formatted(caFile(), target))
        .strip()
        .substring("sha256:".length());
  }

  private String run(String line) throws IOException, InterruptedException {
    var builder = new ProcessBuilder(new ArrayList<>(List.of(line.split(" "))));
    builder.environment().put("HOME", folder.toString());
    Process started = builder.redirectErrorStream(true).start();
    String out = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!started.waitFor(SECONDS, TimeUnit.SECONDS) || started.exitValue() != 0) {
      throw new IOException(line + "\n" + out);
    }
    return out;
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }
}
