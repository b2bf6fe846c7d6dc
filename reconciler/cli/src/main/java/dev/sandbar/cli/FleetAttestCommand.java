package dev.sandbar.cli;

import dev.sandbar.cli.fleet.AttestView;
import dev.sandbar.cli.terminal.Terminal;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet attest}. */
@Command(
    name = "attest",
    description = {
      "Show of every app on every device how many directives are shown to hold.",
      "",
      "Devices read systemd and the kernel and report the counts: Enforced is shown, Degraded is"
          + " otherwise than declared, Unsupported the device cannot hold, Unknown nothing that can"
          + " be read shows. The result is that of the whole app.",
      "Exit code: 0 nothing is otherwise than declared; 2 something is; 1 read error, or nothing"
          + " is otherwise but not every device has an answer."
    },
    footer = {
      "  sandbar fleet attest",
      "  sandbar fleet attest pump-1            of one device, or of one app",
      "  sandbar fleet attest -A -o json",
      "  sandbar attest pump                    on the device, directive by directive"
    })
final class FleetAttestCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();
  @Mixin private FleetListOptions list = new FleetListOptions();

  @Parameters(
      arity = "0..*",
      paramLabel = "APP|DEVICE",
      converter = ObjectName.OfBoth.class,
      description = "Only these apps or devices.")
  private List<String> names = List.of();

  FleetAttestCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    AttestView view =
        fleet.use(
            terminal,
            list.everywhere(),
            "reading what the devices report",
            (api, _) -> api.attest(names, list.selector(), list.limit()));
    FleetCommand.print(output.printer(terminal, common), view);
    if (view.amiss()) {
      return ExitCode.CHANGES;
    }
    return view.certain() ? ExitCode.OK : ExitCode.ERROR;
  }
}
