package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Interruption;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.agent.ReconcileRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar reconcile}. */
@Command(
    name = "reconcile",
    description = {
      "Make the agent of this device poll its source and check everything now.",
      "",
      "Waits until the agent has applied what the source currently declares and"
          + " nothing is in progress. What is suspended stays as it is, and what waits for"
          + " its window or is held is named. For a fleet: sandbar fleet reconcile.",
      "Exit code: 0 every app is as declared, suspended, or waits for its window or its"
          + " release; 1 no agent runs, the source cannot be read, an app is not ready, or"
          + " timeout."
    },
    footer = {
      "  sandbar reconcile",
      "  sandbar reconcile --timeout 1m",
      "  sandbar reconcile --no-wait            only request it"
    })
final class ReconcileCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();
  @Mixin private FleetWaitOptions wait = new FleetWaitOptions();

  @Parameters(arity = "0..*", hidden = true)
  private List<String> others = List.of();

  ReconcileCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!others.isEmpty()) {
      String typed = String.join(" ", others);
      throw new CommandException(
          "the agent of a device reconciles all of it: there is nothing to name, as in '"
              + typed
              + "'",
          "Of a fleet: sandbar fleet reconcile " + typed);
    }
    Printer printer = output.printer(terminal, common);
    Duration limit = wait.limit(true);
    DevicePlace place = device.place();
    StatusFile before = AgentAnswer.running(place);
    if (limit.isZero()) {
      ReconcileRequest.ask(place.root(), true);
      printer.note("the agent was asked; see what it does: sandbar status -w");
      return ExitCode.OK;
    }
    StatusFile after;
    try (var progress = ProgressLine.start(terminal, "waiting for the agent");
        var _ = Interruption.says(terminal, "the agent goes on; see sandbar status -w")) {
      var answer = new AgentAnswer(place, limit);
      StatusFile handled = answer.ask(before, true).orElseThrow(() -> late(limit));
      progress.now("waiting for the apps");
      after = answer.settled(handled).orElseThrow(() -> late(limit));
    }
    return result(printer, after);
  }

  private static CommandException late(Duration limit) {
    return AgentAnswer.late(StatusFile.ago(limit));
  }

  private static int result(Printer printer, StatusFile status) {
    String problem = status.source("problem");
    List<StatusEntry> failing =
        status.apps().stream()
            .filter(app -> !app.suspended() && !app.condition("ready").equals("True"))
            .filter(app -> app.waitsFor().isEmpty())
            .toList();
    if (printer.machine()) {
      printer.node(
          Envelope.of("Reconciled")
              .put("revision", status.source("revision"))
              .put("problem", problem)
              .put("apps", Node.list(status.apps().stream().map(ReconcileCommand::node).toList()))
              .build());
    } else {
      String revision = status.source("revision");
      if (problem.isEmpty()) {
        printer.hanging(
            "reconciled  ", Style.GOOD, revision.isEmpty() ? "no revision yet" : revision);
      } else {
        printer.hanging("source  ", Style.BAD, problem);
      }
      for (StatusEntry app : failing) {
        printer.hanging("not ready  ", Style.BAD, app.name() + ": " + app.message());
      }
      for (StatusEntry app : status.apps()) {
        if (!app.suspended() && !app.waitsFor().isEmpty()) {
          printer.hanging("waiting  ", Style.WARN, app.name() + ": " + app.waitsFor());
        }
        if (app.suspended()) {
          printer.hanging("suspended  ", Style.WARN, app.name());
        }
      }
    }
    return problem.isEmpty() && failing.isEmpty() ? ExitCode.OK : ExitCode.ERROR;
  }

  private static Node node(StatusEntry app) {
    return new MappingBuilder()
        .put("name", app.name())
        .put("ready", app.condition("ready"))
        .put("suspended", app.suspended())
        .put("revision", app.text("revision"))
        .put("message", app.message())
        .build();
  }
}
