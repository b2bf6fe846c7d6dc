package dev.sandbar.e2e;

import dev.sandbar.core.report.Backoff;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An agent in a process of its own, which can be killed. */
final class AgentProcess implements AutoCloseable {

  /** It ends like one that is killed as soon as it logs this. */
  private static final String LAST = "sandbar.last";

  /** As a shell reports SIGKILL. */
  private static final int KILLED = 137;

  private final Process process;

  private AgentProcess(Process process) {
    this.process = process;
  }

  /** Runs in the child. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (System.getProperty(LAST) instanceof String last) {
      System.setErr(new PrintStream(new UpTo(System.err, last), true, StandardCharsets.UTF_8));
    }
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
    return start(device, List.of(repository.url()), List.of(), log);
  }

  /**
   * One that is killed when it is about to do something.
   *
   * @param last what it logs beforehand
   */
  static AgentProcess startUntil(String last, long device, GitRepository repository, Path log)
      throws IOException {
    return start(device, List.of(repository.url()), List.of("-D" + LAST + "=" + last), log);
  }

  /** One whose apps are declared in the bundle of this member. */
  static AgentProcess start(long device, FleetMember member, Path log) throws IOException {
    return start(device, member.linkArguments(), List.of(), log);
  }

  private static AgentProcess start(long device, List<String> how, List<String> more, Path log)
      throws IOException {
    String folder = ChildClasses.folder().toString();
    var program = new ArrayList<>(List.of(AgentProcess.class.getName(), Long.toString(device)));
    program.addAll(how);
    var flags = new ArrayList<>(ChildClasses.flags(folder));
    flags.addAll(more);
    return new AgentProcess(
        new ProcessBuilder(ChildJvm.command(flags, ChildClasses.classPath(folder), program))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start());
  }

  /** Whether it has ended by itself within the time. */
  boolean awaitEnd(Duration most) throws InterruptedException {
    return process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS);
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

  /** What is logged, up to some words: nothing of the process is done after them. */
  private static final class UpTo extends FilterOutputStream {
    private final String last;

    UpTo(OutputStream log, String last) {
      super(log);
      this.last = last;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
      out.flush();
      if (new String(bytes, from, length, StandardCharsets.UTF_8).contains(last)) {
        Runtime.getRuntime().halt(KILLED);
      }
    }
  }
}
