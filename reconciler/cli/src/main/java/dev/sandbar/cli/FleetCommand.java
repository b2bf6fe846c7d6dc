package dev.sandbar.cli;

import dev.sandbar.cli.fleet.FleetView;
import dev.sandbar.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sandbar fleet}: every device behind one API server. */
@Command(
    name = "fleet",
    description = {
      "Inspect and control all devices of a Kubernetes API server.",
      "",
      "Devices report what they enforce, the operator aggregates it, and these"
          + " commands read that; none of them connects to a device. logs and events ask one"
          + " through the API server, if its owner allows it. With kubectl-sandbar on"
          + " the PATH, the same commands are kubectl sandbar COMMAND."
    },
    footer = {
      "  sandbar fleet status                   problems first",
      "  sandbar fleet drift -A                 every drift on every device",
      "  sandbar fleet attest -A                how much of each app is shown to be enforced",
      "  sandbar fleet permissions internet     who can reach the internet now?",
      "  sandbar fleet trace pump-1 pump        which commit does this run from?",
      "  sandbar fleet history --since 24h      what changed since yesterday, and who did it?",
      "  sandbar fleet logs pump-1 pump         what did this app print?",
      "  sandbar fleet seal -l line=3           encrypt a secret for these devices",
      "  kubectl sandbar status                 the same through kubectl",
      "",
      "Exit codes:",
      "  0  success; for drift: none, and every device is reachable",
      "  1  error: usage, API server, or object",
      "  2  drift, attest, and status --exit-code: not everything is as declared"
    })
final class FleetCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Spec private CommandSpec spec = CommandSpec.create();

  private FleetCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** The command with its own commands. */
  static CommandLine line(Terminal terminal) {
    return new CommandLine(new FleetCommand(terminal))
        .addSubcommand("status", new FleetStatusCommand(terminal))
        .addSubcommand("drift", new FleetDriftCommand(terminal))
        .addSubcommand("attest", new FleetAttestCommand(terminal))
        .addSubcommand("explain", new FleetExplainCommand(terminal))
        .addSubcommand("permissions", new FleetPermissionsCommand(terminal))
        .addSubcommand("trace", new FleetTraceCommand(terminal))
        .addSubcommand("logs", new FleetLogsCommand(terminal))
        .addSubcommand("events", new FleetEventsCommand(terminal))
        .addSubcommand("history", new FleetHistoryCommand(terminal))
        .addSubcommand("reconcile", new FleetReconcileCommand(terminal))
        .addSubcommand("suspend", FleetSuspendCommand.suspend(terminal))
        .addSubcommand("resume", FleetSuspendCommand.resume(terminal))
        .addSubcommand("hold", FleetHoldCommand.hold(terminal))
        .addSubcommand("release", FleetHoldCommand.release(terminal))
        .addSubcommand("seal", new FleetSealCommand(terminal))
        .addSubcommand("token", FleetTokenCommand.line(terminal))
        .addSubcommand("approve", new FleetApproveCommand(terminal))
        .addSubcommand("decommission", new FleetDecommissionCommand(terminal));
  }

  /** Prints a view, and what limits it. */
  static void print(Printer printer, FleetView view) {
    if (printer.machine()) {
      printer.node(view.document());
    } else {
      printer.page(view.page());
    }
    printer.terminal().out().flush();
    view.notes().forEach(printer::note);
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(terminal.out(), spec.commandLine().getColorScheme());
    return ExitCode.OK;
  }
}
