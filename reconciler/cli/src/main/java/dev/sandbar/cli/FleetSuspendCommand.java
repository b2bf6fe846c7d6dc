package dev.sandbar.cli;

import dev.sandbar.cli.fleet.Done;
import dev.sandbar.cli.terminal.Terminal;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet suspend} and {@code resume}. */
abstract sealed class FleetSuspendCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final boolean suspend;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();

  @Parameters(
      arity = "1..2",
      paramLabel = "KIND NAME",
      description = "gitsource or device, and its name.")
  private List<String> what = List.of();

  private FleetSuspendCommand(Terminal terminal, boolean suspend) {
    this.terminal = terminal;
    this.suspend = suspend;
  }

  static FleetSuspendCommand suspend(Terminal terminal) {
    return new Suspend(terminal);
  }

  static FleetSuspendCommand resume(Terminal terminal) {
    return new Resume(terminal);
  }

  @Override
  public Integer call() {
    var object = FleetObject.read(what, FleetObject.Kind.GITSOURCE, FleetObject.Kind.DEVICE);
    Done done =
        fleet.use(
            terminal,
            "changing " + object.kind().word() + " " + object.name(),
            (api, _) ->
                object.kind() == FleetObject.Kind.DEVICE
                    ? api.suspendDevice(object.name(), suspend)
                    : api.suspendSource(object.name(), suspend));
    FleetCommand.print(output.printer(terminal, common), done);
    return ExitCode.OK;
  }

  @Command(
      name = "suspend",
      description = {
        "Suspend reconciliation of a repository or a device.",
        "",
        "A suspended gitsource is not fetched; a suspended device gets no changes."
            + " What runs continues, and drift is still reported."
      },
      footer = {"  sandbar fleet suspend gitsource apps", "  sandbar fleet suspend device pump-1"})
  private static final class Suspend extends FleetSuspendCommand {
    Suspend(Terminal terminal) {
      super(terminal, true);
    }
  }

  @Command(
      name = "resume",
      description = "Resume reconciliation of a suspended repository or device.",
      footer = {"  sandbar fleet resume gitsource apps", "  sandbar fleet resume device pump-1"})
  private static final class Resume extends FleetSuspendCommand {
    Resume(Terminal terminal) {
      super(terminal, false);
    }
  }
}
