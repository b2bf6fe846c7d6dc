package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Terminal;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code sandbar fleet suspend} and {@code resume}. */
abstract sealed class FleetSuspendCommand implements Callable<Integer> {
  private final Terminal terminal;
  private final boolean suspend;

  @Mixin private FleetChangeOptions options = new FleetChangeOptions();

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
    return options.change(
        terminal,
        List.of(FleetObject.Kind.APP, FleetObject.Kind.GITSOURCE, FleetObject.Kind.DEVICE),
        (api, object) ->
            switch (object.kind()) {
              case APP -> api.suspendApp(object.name(), suspend);
              case DEVICE -> api.suspendDevice(object.name(), suspend);
              case GITSOURCE -> api.suspendSource(object.name(), suspend);
            });
  }

  @Command(
      name = "suspend",
      description = {
        "Suspend reconciliation of an app, a device or a repository.",
        "",
        "Devices neither apply nor correct anything of a suspended app; a suspended device gets no"
            + " changes; a suspended gitsource is not fetched. What runs continues, and drift is"
            + " still reported. fleet status shows pending changes, and permissions that were"
            + " withdrawn but are still granted."
      },
      footer = {
        "  sandbar fleet suspend pump",
        "  sandbar fleet suspend gitsource apps",
        "  sandbar fleet suspend device -l line=3",
        "  sandbar fleet suspend device pump-1"
      })
  private static final class Suspend extends FleetSuspendCommand {
    Suspend(Terminal terminal) {
      super(terminal, true);
    }
  }

  @Command(
      name = "resume",
      description = "Resume reconciliation of a suspended app, device or repository.",
      footer = {
        "  sandbar fleet resume pump",
        "  sandbar fleet resume gitsource apps",
        "  sandbar fleet resume device pump-1"
      })
  private static final class Resume extends FleetSuspendCommand {
    Resume(Terminal terminal) {
      super(terminal, false);
    }
  }
}
