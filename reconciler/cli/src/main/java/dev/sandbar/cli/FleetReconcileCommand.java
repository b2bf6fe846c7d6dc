package dev.sandbar.cli;

import dev.sandbar.cli.fleet.Done;
import dev.sandbar.cli.terminal.Interruption;
import dev.sandbar.cli.terminal.Terminal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet reconcile}. */
@Command(
    name = "reconcile",
    description = {
      "Reconcile a repository or an app now.",
      "",
      "Sets the annotation sandbar.dev/requestedAt and waits until the operator has"
          + " handled it. A gitsource is fetched and applied; an app is compiled for its"
          + " devices, with --with-source after its gitsource.",
      "Exit code: 0 reconciled; 1 failed or timed out."
    },
    footer = {
      "  sandbar fleet reconcile gitsource apps",
      "  sandbar fleet reconcile app pump --with-source",
      "  sandbar fleet reconcile gitsource/apps --no-wait"
    })
final class FleetReconcileCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();
  @Mixin private FleetWaitOptions wait = new FleetWaitOptions();

  @Option(
      names = "--with-source",
      description = "Fetch the repository of the app first; a gitsource is fetched anyway.")
  private boolean withSource;

  @Parameters(
      arity = "1..2",
      paramLabel = "KIND NAME",
      description = "gitsource or app, and its name.")
  private List<String> what = List.of();

  FleetReconcileCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    var object = FleetObject.read(what, FleetObject.Kind.GITSOURCE, FleetObject.Kind.APP);
    Duration limit = wait.limit(true);
    if (withSource && limit.isZero() && object.kind() == FleetObject.Kind.APP) {
      throw new CommandException(
          "--with-source has to wait for the source", "Leave --no-wait away");
    }
    Done done;
    try (var _ = Interruption.says(terminal, "the operator goes on; see sandbar fleet status")) {
      done =
          fleet.use(
              terminal,
              "asking for " + object.kind().word() + " " + object.name(),
              (api, progress) ->
                  object.kind() == FleetObject.Kind.APP
                      ? api.reconcileApp(object.name(), withSource, limit, progress)
                      : api.reconcileSource(object.name(), limit, progress));
    }
    FleetCommand.print(output.printer(terminal, common), done);
    return done.good() ? ExitCode.OK : ExitCode.ERROR;
  }
}
