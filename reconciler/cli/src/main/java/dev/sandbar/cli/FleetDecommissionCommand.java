package dev.sandbar.cli;

import dev.sandbar.cli.fleet.Done;
import dev.sandbar.cli.terminal.Interruption;
import dev.sandbar.cli.terminal.Terminal;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet decommission}. */
@Command(
    name = "decommission",
    description = {
      "Take a device out of service.",
      "",
      "The device wipes its identity and, with --remove-apps, removes its apps; it"
          + " has to enrol again to come back. An unreachable device does so when it"
          + " reconnects.",
      "Exit code: 0 requested, or with --wait completed; 1 failed, timed out, or"
          + " you answered no."
    },
    footer = {
      "  sandbar fleet decommission pump-1",
      "  sandbar fleet decommission pump-1 --remove-apps --wait --yes"
    })
final class FleetDecommissionCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();
  @Mixin private FleetWaitOptions wait = new FleetWaitOptions();

  @Option(names = "--remove-apps", description = "Also remove the apps from the device.")
  private boolean removeApps;

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask for confirmation.")
  private boolean yes;

  @Parameters(
      paramLabel = "DEVICE",
      converter = ObjectName.OfDevice.class,
      description = "Name of the Device.")
  private String device = "";

  FleetDecommissionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Printer printer = output.printer(terminal, common);
    if (!yes && (!terminal.inTty() || printer.machine())) {
      throw new CommandException("there is no terminal to confirm on", "Confirm beforehand: --yes");
    }
    if (!yes && !agreed()) {
      printer.line("Nothing was changed.");
      return ExitCode.ERROR;
    }
    Done done;
    try (var _ =
        Interruption.says(
            terminal, "a request that was made stands; see sandbar fleet status " + device)) {
      done =
          fleet.use(
              terminal,
              "ending the service of " + device,
              (api, progress) -> api.decommission(device, removeApps, wait.limit(false), progress));
    }
    FleetCommand.print(printer, done);
    return done.good() ? ExitCode.OK : ExitCode.ERROR;
  }

  private boolean agreed() throws IOException {
    terminal
        .err()
        .print(
            "End the service of "
                + device
                + (removeApps ? " and remove its apps" : "")
                + "? [y/N] ");
    terminal.err().flush();
    return terminal.readYes();
  }
}
