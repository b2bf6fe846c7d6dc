package dev.sandbar.playground;

import dev.sandbar.cli.CommonOptions;
import dev.sandbar.cli.ExitCode;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.vdev.RunningProgram;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar device exec}. */
@Command(
    name = "exec",
    description = {
      "Run a command as root in a virtual device.",
      "",
      "Exits with the exit code of the command."
    },
    footer = {
      "  sandbar device exec pump-1 systemctl list-units 'sandbar-*'",
      "  sandbar device exec pump-1 sh -c 'cat > /etc/motd' < motd"
    })
final class DeviceExecCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();

  @Parameters(index = "0", paramLabel = "NAME", description = "The device.")
  private String name = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "COMMAND",
      description = "The command and its arguments, passed unchanged.")
  private List<String> command = List.of();

  DeviceExecCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    try (RunningProgram program = DeviceNames.running(name).start(command, Map.of())) {
      Thread.ofPlatform().daemon().start(() -> feed(terminal.in(), program.stdin()));
      Thread out = Thread.ofVirtual().start(() -> copy(program.stdout(), terminal.out()));
      Thread err = Thread.ofVirtual().start(() -> copy(program.stderr(), terminal.err()));
      out.join();
      err.join();
      return program.await(Duration.ofDays(365)).orElse(ExitCode.ERROR);
    }
  }

  private static void feed(InputStream from, OutputStream to) {
    try (to) {
      copyAll(from, to);
    } catch (IOException _) {
      return; // the program reads no more
    }
  }

  private static void copy(InputStream from, OutputStream to) {
    try {
      copyAll(from, to);
    } catch (IOException _) {
      return; // nobody reads any more
    }
  }

  /** Sends on what there is at once: InputStream.transferTo would wait for a full buffer. */
  private static void copyAll(InputStream from, OutputStream to) throws IOException {
    byte[] buffer = new byte[8192];
    for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
      to.write(buffer, 0, n);
      to.flush();
    }
  }
}
