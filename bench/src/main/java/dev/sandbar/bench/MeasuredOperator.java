package dev.sandbar.bench;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The operator as it is shipped, a process of its own. */
final class MeasuredOperator implements AutoCloseable {
  private static final int END_SECONDS = 20;

  private final Process process;
  private final Path log;

  /**
   * Starts it.
   *
   * @param heap as the launcher takes it; empty for what it does by itself
   */
  MeasuredOperator(Path kubeconfig, String namespace, Path temp, String heap) throws IOException {
    this.log = temp.resolve("operator.log");
    var builder =
        new ProcessBuilder(
            System.getProperty("sandbar.home") + "/sandbar-operator",
            "--kubeconfig=" + kubeconfig,
            "--namespace=" + namespace,
            "--metrics-port=0",
            "--webhook-port=0",
            "--cache-dir=" + temp.resolve("cache"));
    builder.environment().put("SANDBAR_JAVA_HOME", System.getProperty("sandbar.jdk"));
    if (!heap.isEmpty()) {
      builder.environment().put("SANDBAR_OPERATOR_HEAP", heap);
    }
    File file = log.toFile();
    this.process = builder.redirectErrorStream(true).redirectOutput(file).start();
    // Also when the benchmark is interrupted.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
  }

  long pid() throws IOException {
    if (!process.isAlive()) {
      throw new IOException("the operator has ended; its log:\n" + tail());
    }
    return process.pid();
  }

  /** MiB in use after a full collection; the JVM's own word. */
  double liveHeap() throws IOException, InterruptedException {
    String _ = jcmd("GC.run");
    double kib = 0;
    for (String line : jcmd("GC.heap_info").split("\n")) {
      var used = java.util.regex.Pattern.compile(" total \\d+K, used (\\d+)K").matcher(line);
      if (used.find()) {
        kib += Long.parseLong(used.group(1));
      }
    }
    return kib / 1024;
  }

  private String jcmd(String command) throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder(
                System.getProperty("sandbar.jdk") + "/bin/jcmd", Long.toString(pid()), command)
            .redirectErrorStream(true)
            .start();
    String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int _ = jcmd.waitFor();
    return said;
  }

  private String tail() throws IOException {
    String all = Files.readString(log);
    return all.substring(Math.max(0, all.length() - 3_000));
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}
