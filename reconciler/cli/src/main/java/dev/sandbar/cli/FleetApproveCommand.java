package dev.sandbar.cli;

import dev.sandbar.cli.fleet.Approvable;
import dev.sandbar.cli.fleet.Done;
import dev.sandbar.cli.terminal.Terminal;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet approve}. */
@Command(
    name = "approve",
    description = {
      "Approve a device that is enrolling.",
      "",
      "Approves one certificate request, if it follows the operator's rules"
          + " (kubectl certificate approve checks none) and is for the key with which the"
          + " device enrolled. Where the cluster signs no certificates, approves the use"
          + " of a ServiceAccount.",
      "",
      "Anybody with a token may have created the Device. Pass with --key the key="
          + " that sandbar enrol printed on the device; without it, the command shows"
          + " user, groups and key digest, and asks for confirmation.",
      "Exit code: 0 approved; 1 nothing to approve, a rule is broken, or not" + " confirmed."
    },
    footer = {
      "  sandbar fleet approve pump-1",
      "  sandbar fleet approve pump-1 -n factory --key 7c5f09ab2d41e6b0"
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
          "The key= that sandbar enrol printed on the device, or at least its first 16"
              + " digits. No other key is approved.")
  private String key = "";

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask for confirmation: accept whoever created the Device.")
  private boolean yes;

  FleetApproveCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    // Fewer could be found by trying keys.
    if (!key.isEmpty() && !key.matches("[0-9a-f]{16,64}")) {
      throw new CommandException(
          "--key " + key + " is no digest of a key", "Write 16 to 64 hexadecimal digits");
    }
    Printer printer = output.printer(terminal, common);
    Approvable grant =
        fleet.use(
            terminal, "looking for the request of " + device, (api, _) -> api.grant(device, key));
    if (key.isEmpty() && !yes && !agreed(printer, grant)) {
      printer.line("Nothing was changed.");
      return ExitCode.ERROR;
    }
    Done done = fleet.use(terminal, "approving device " + device, (api, _) -> api.approve(grant));
    FleetCommand.print(printer, done);
    return ExitCode.OK;
  }

  private boolean agreed(Printer printer, Approvable grant) throws IOException {
    if (!terminal.inTty() || printer.machine()) {
      throw new CommandException(
          "nobody has compared the key of %s, which would be approved %s"
              .formatted(grant.object(), grant.whom()),
          "Give the key= that sandbar enrol printed on the device: --key KEY; or say yes beforehand"
              + " to whoever enrolled: --yes");
    }
    var err = terminal.err();
    err.println("user    " + grant.user());
    if (!grant.groups().isEmpty()) {
      err.println("groups  " + grant.groups());
    }
    err.println("key     " + grant.key());
    err.print(
        "Did sandbar enrol print this key= on the device, and may it be %s? [y/N] "
            .formatted(grant.object()));
    err.flush();
    return terminal.readYes();
  }
}
