package dev.sandbar.cli;

import dev.sandbar.cli.fleet.DriftView;
import dev.sandbar.cli.terminal.Terminal;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet drift}. */
@Command(
    name = "drift",
    description = {
      "Show what on the devices of the fleet differs from what was applied.",
      "",
      "Each drift shows the device, the app, the layer (file, manager, process,"
          + " image or state), the directive or file, and the declared and observed"
          + " values.",
      "Exit code: 0 no drift, and every device is reachable; 2 drift; 1 read error,"
          + " or no drift was found but not every device is reachable."
    },
    footer = {
      "  sandbar fleet drift",
      "  sandbar fleet drift pump-1             of one device, or of one app",
      "  sandbar fleet drift -A -o json"
    })
final class FleetDriftCommand implements Callable<Integer> {
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

  FleetDriftCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    DriftView view =
        fleet.use(
            terminal,
            list.everywhere(),
            "reading what the devices report",
            (api, _) -> api.drift(names, list.selector(), list.limit()));
    FleetCommand.print(output.printer(terminal, common), view);
    if (view.drifted()) {
      return ExitCode.CHANGES;
    }
    return view.certain() ? ExitCode.OK : ExitCode.ERROR;
  }
}
