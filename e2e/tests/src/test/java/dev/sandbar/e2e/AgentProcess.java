package dev.sandbar.e2e;

import dev.sandbar.core.report.Backoff;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** An agent in a process of its own, which can be killed. */
final class AgentProcess implements AutoCloseable {

  private final Process process;

  private AgentProcess(Process process) {
    this.process = process;
  }

  /** Runs in the child. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    try (var agent =
        DeviceLoop.agent(Long.parseLong(arguments[0]), arguments[1], s -> s, Backoff.STANDARD)) {
      agent.run();
    }
  }

  static AgentProcess start(long device, GitRepository repository, Path log) throws IOException {
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classes,
            AgentProcess.class.getName(),
            Long.toString(device),
            repository.url());
    return new AgentProcess(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start());
  }

  boolean running() {
    return process.isAlive();
  }

  /** Kills it where it stands (SIGKILL). */
  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }
}
