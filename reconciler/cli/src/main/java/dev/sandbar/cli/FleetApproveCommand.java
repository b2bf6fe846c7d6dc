package dev.sandbar.cli;

import dev.sandbar.cli.fleet.Done;
import dev.sandbar.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet approve}. */
@Command(
    name = "approve",
    description = {
      "Let a device in that has enrolled.",
      "",
      "Approves one request for a certificate, if it keeps the rules that the operator decides by"
          + " (kubectl certificate approve checks none) and is for the key with which the device"
          + " enrolled; where the cluster signs none, its use of a ServiceAccount. User, groups and"
          + " the digest of the key are shown: compare it with the key= that sandbar enrol printed"
          + " on the device, or give that with --key.",
      "Exit code: 0 approved; 1 nothing to approve, or a rule is broken."
    },
    footer = {
      "  sandbar fleet approve pump-1",
      "  sandbar fleet approve pump-1 -n factory --key 7c5f09ab"
    })
final class FleetApproveCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();

  @Parameters(paramLabel = "DEVICE", description = "Name of the Device.")
  private String device = "";

  @Option(
      names = "--key",
      paramLabel = "HEX",
      description =
          "The key= that sandbar enrol printed on the device, or how it begins (at least 8 digits)."
              + " With another key nothing is approved.")
  private String key = "";

  FleetApproveCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (!key.isEmpty() && !key.matches("[0-9a-f]{8,64}")) {
      throw new CommandException(
          "--key " + key + " is no digest of a key", "Write 8 to 64 hexadecimal digits");
    }
    Done done =
        fleet.use(terminal, "approving device " + device, (api, _) -> api.approve(device, key));
    FleetCommand.print(output.printer(terminal, common), done);
    return ExitCode.OK;
  }
}
