package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet history}. */
@Command(
    name = "history",
    description = {
      "Show what has changed in the fleet of a namespace, newest last.",
      "",
      "What the operator has recorded of apps, devices and repositories: specs and labels that"
          + " were changed, devices that were let in, versions that were rolled out or rolled"
          + " back, what was removed; and tokens that were made and revoked. Kept beyond the"
          + " events of the cluster: the latest 500 changes.",
      "BY is the user, where the cluster records users; else, in brackets, the field manager,"
          + " a name that its writer has chosen. The audit log of the API server has the rest.",
      "Exit code: 0 shown; 1 read error."
    },
    footer = {
      "  sandbar fleet history",
      "  kubectl sandbar history --since 24h    what changed since yesterday, and who did it",
      "  sandbar fleet history -A --since 7d    in every namespace",
      "  sandbar fleet history pump pump-1      one app and one device",
      "  sandbar fleet history -o json"
    })
final class FleetHistoryCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "All namespaces.")
  private boolean everywhere;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Only changes that are newer than this: 30m, 24h, 7d.")
  private String since = "";

  @Parameters(
      arity = "0..*",
      paramLabel = "APP|DEVICE",
      converter = ObjectName.OfBoth.class,
      description = "Only these apps or devices.")
  private List<String> names = List.of();

  FleetHistoryCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Instant from =
        since.isEmpty()
            ? Instant.MIN
            : Instant.now().minus(FleetWaitOptions.span("--since", since));
    FleetCommand.print(
        output.printer(terminal, common),
        fleet.use(
            terminal, everywhere, "reading the history", (api, _) -> api.history(names, from)));
    return ExitCode.OK;
  }
}
