package dev.sandbar.operator;

import dev.sandbar.apiserver.ApiServer;
import dev.sandbar.operator.app.OperatorMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** An operator in a process of its own, so that it can be killed and paused. */
final class OperatorProgram implements AutoCloseable {
  final String identity;
  private final Process process;
  private final Path log;

  OperatorProgram(ApiServer api, String namespace, String identity) throws IOException {
    this(api, namespace, identity, 144);
  }

  /** With so many MiB of heap. */
  OperatorProgram(ApiServer api, String namespace, String identity, int heap) throws IOException {
    this.identity = identity;
    this.log = Path.of("target", "operator-" + namespace + "-" + identity + ".log");
    Files.createDirectories(Path.of("target"));
    var command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
    command.addAll(ShippedFlags.withHeap(heap));
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            OperatorMain.class.getName(),
            "--kubeconfig=" + api.kubeconfig(),
            "--namespace=" + namespace,
            "--lease-namespace=" + namespace,
            "--identity=" + identity,
            "--metrics-port=0",
            "--probe-port=0",
            "--webhook-port=0",
            "--cache-dir=target/git-" + identity));
    this.process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  /** Where it listens for pushes, which it says when it starts. */
  int webhookPort() throws IOException {
    return port("webhook");
  }

  /**
   * Where it listens.
   *
   * @param purpose as it says it when it starts: {@code port} (of the metrics), {@code probes}
   */
  int port(String purpose) throws IOException {
    var said = Pattern.compile(" " + purpose + "=([0-9]+) ").matcher(log());
    if (!said.find()) {
      throw new IllegalStateException("the operator has not started");
    }
    return Integer.parseInt(said.group(1));
  }

  boolean leads() {
    try {
      return log().contains("action=ready");
    } catch (IOException e) {
      return false;
    }
  }

  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /** Stops or continues it as a whole, as a suspended virtual machine would be. */
  void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  /** Asks it to end, and gives its exit code. */
  int end() throws InterruptedException {
    process.destroy();
    return exit();
  }

  int exit() throws InterruptedException {
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError("the operator " + identity + " does not end");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
