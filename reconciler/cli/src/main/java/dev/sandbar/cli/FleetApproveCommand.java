package dev.sandbar.cli;

import dev.sandbar.cli.fleet.Approvable;
import dev.sandbar.cli.fleet.Done;
import dev.sandbar.cli.terminal.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
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
          + " enrolled; where the cluster signs none, its use of a ServiceAccount.",
      "",
      "Whoever has a token may have made the Device. Give with --key the key= that sandbar enrol"
          + " printed on the device; without it user, groups and the digest of the key are shown"
          + " first, and you are asked.",
      "Exit code: 0 approved; 1 nothing to approve, a rule is broken, or nobody said yes."
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
          "The key= that sandbar enrol printed on the device, or how it begins (at least 16"
              + " digits). With another key nothing is approved.")
  private String key = "";

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask: let in whoever made the Device.")
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
    String answer =
        new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8)).readLine();
    return answer != null && List.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
  }
}
