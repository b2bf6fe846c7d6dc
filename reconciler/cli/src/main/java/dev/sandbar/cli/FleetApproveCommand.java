package dev.sandbar.cli;

import dev.sandbar.cli.fleet.Done;
import dev.sandbar.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet approve}. */
@Command(
    name = "approve",
    description = {
      "Let a device in that has enrolled.",
      "",
      "Approves the certificate that it asks for, if that is for the key with which it enrolled;"
          + " where the cluster signs none, its use of a ServiceAccount. The digest of the key is"
          + " told: it begins with the key= that sandbar enrol printed on the device.",
      "Exit code: 0 approved; 1 nothing to approve, or the keys differ."
    },
    footer = {"  sandbar fleet approve pump-1", "  sandbar fleet approve pump-1 -n factory"})
final class FleetApproveCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();

  @Parameters(paramLabel = "DEVICE", description = "Name of the Device.")
  private String device = "";

  FleetApproveCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Done done = fleet.use(terminal, "approving device " + device, (api, _) -> api.approve(device));
    FleetCommand.print(output.printer(terminal, common), done);
    return ExitCode.OK;
  }
}
