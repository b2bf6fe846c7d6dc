package dev.sandbar.cli;

import dev.sandbar.cli.fleet.TraceSubject;
import dev.sandbar.cli.fleet.TraceView;
import dev.sandbar.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet trace}. */
@Command(
    name = "trace",
    description = {
      "Trace what runs on a device back to its declaration.",
      "",
      "For a unit or app: what the device reports that it runs, what its bundle"
          + " contains, the AppSandbox, and the GitSource and commit that it came from,"
          + " or else the program that wrote it to the API server.",
      "Only the device knows its processes: pipe in the control group of the"
          + " process, or pass its PID with --here on the device itself.",
      "Exit code: 0 traced; 1 no such device or app."
    },
    footer = {
      "  sandbar fleet trace pump-1 pump",
      "  sandbar fleet trace pump-1 sandbar-pump.service",
      "  ssh pump-1 cat /proc/4711/cgroup | sandbar fleet trace pump-1 -",
      "  sandbar fleet trace pump-1 4711 --here"
    })
final class FleetTraceCommand implements Callable<Integer> {
  private static final int MOST_INPUT = 64 << 10;

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();

  @Option(
      names = "--here",
      description = "This machine is the device: look processes up in its /proc.")
  private boolean here;

  @Parameters(
      index = "0",
      paramLabel = "DEVICE",
      converter = ObjectName.OfDevice.class,
      description = "Name of the Device.")
  private String device = "";

  @Parameters(
      index = "1",
      paramLabel = "APP|UNIT|PID|-",
      description = "What to trace; - reads /proc/PID/cgroup of the device from standard input.")
  private String what = "";

  FleetTraceCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    String app = app();
    TraceView view = fleet.use(terminal, "reading the fleet", (api, _) -> api.trace(device, app));
    FleetCommand.print(output.printer(terminal, common), view);
    return ExitCode.OK;
  }

  private String app() throws IOException {
    String text = what;
    if (what.equals("-")) {
      text = new String(terminal.in().readNBytes(MOST_INPUT), StandardCharsets.UTF_8);
    } else if (TraceSubject.isNumber(what)) {
      text = process();
    }
    String shown = what.equals("-") ? text.strip() : what;
    return TraceSubject.app(text)
        .orElseThrow(
            () ->
                new CommandException(
                    (shown.isEmpty() ? "nothing on standard input" : shown)
                        + " is neither an app nor a unit or process of one",
                    "List the apps of the device: sandbar fleet status " + device));
  }

  private String process() throws IOException {
    if (!here) {
      throw new CommandException(
          "only " + device + " knows its process " + what,
          "Ask it: ssh "
              + device
              + " cat /proc/"
              + what
              + "/cgroup | sandbar fleet trace "
              + device
              + " -, or run this on it with --here");
    }
    try {
      return Files.readString(Path.of("/proc", what, "cgroup"));
    } catch (NoSuchFileException _) {
      throw new CommandException("there is no process " + what + " on this machine", "");
    }
  }
}
