package dev.sandbar.e2e;

import dev.sandbar.core.report.Backoff;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An agent in a process of its own, which can be killed. */
final class AgentProcess implements AutoCloseable {

  private final Process process;

  private AgentProcess(Process process) {
    this.process = process;
  }

  /** Runs in the child. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    long device = Long.parseLong(arguments[0]);
    String[] how = Arrays.copyOfRange(arguments, 1, arguments.length);
    try (var agent =
        how.length == 1
            ? DeviceLoop.agent(device, how[0], s -> s, Backoff.STANDARD)
            : DeviceLoop.agent(device, FleetMember.link(how))) {
      agent.run();
    }
  }

  static AgentProcess start(long device, GitRepository repository, Path log) throws IOException {
    return start(device, List.of(repository.url()), log);
  }

  /** One whose apps are declared in the bundle of this member. */
  static AgentProcess start(long device, FleetMember member, Path log) throws IOException {
    return start(device, member.linkArguments(), log);
  }

  private static AgentProcess start(long device, List<String> how, Path log) throws IOException {
    String folder = ChildClasses.folder().toString();
    var program = new ArrayList<>(List.of(AgentProcess.class.getName(), Long.toString(device)));
    program.addAll(how);
    return new AgentProcess(
        new ProcessBuilder(
                ChildJvm.command(
                    ChildClasses.flags(folder), ChildClasses.classPath(folder), program))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start());
  }

  boolean running() {
    return process.isAlive();
  }

  /** Sends a signal, such as STOP. */
  void signal(String name) throws IOException, InterruptedException {
    var kill = new ProcessBuilder("kill", "-s", name, Long.toString(process.pid())).start();
    if (kill.waitFor() != 0) {
      throw new AssertionError("no signal was sent");
    }
  }

  /** Kills it where it stands (SIGKILL). */
  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }
}
