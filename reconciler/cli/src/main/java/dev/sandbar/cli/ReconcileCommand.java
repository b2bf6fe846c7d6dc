package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.Fields;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Interruption;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.agent.AgentRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
      "",
      "A version that failed and was rolled back stays rolled back. With APP it is tried"
          + " again, once, now: also one that waits for its next attempt. Only that app is"
          + " reported then.",
      "Exit code: 0 every app is as declared, suspended, or waits for its window or its"
          + " release; 1 no agent runs, the source cannot be read, the revision has errors, an"
          + " app is not ready, or timeout."
    },
    footer = {
      "  sandbar reconcile",
      "  sandbar reconcile --timeout 1m",
      "  sandbar reconcile --no-wait            only request it",
      "  sandbar reconcile pump                 try its version again that was rolled back"
    })
final class ReconcileCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private DeviceOptions device = new DeviceOptions();
  @Mixin private FleetWaitOptions wait = new FleetWaitOptions();

  @Parameters(
      arity = "0..*",
      paramLabel = "APP",
      description = "Name of the app whose failed version is tried again.")
  private List<String> named = List.of();

  ReconcileCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Optional<AppName> app = app();
    Printer printer = output.printer(terminal, common);
    Duration limit = wait.limit(true);
    DevicePlace place = device.place();
    AgentAnswer.running(place);
    if (app.isPresent() && !place.knows(app.get())) {
      throw new CommandException(
          "there is no app " + app.get() + " on this device",
          "List the apps: sandbar status. Of a fleet: sandbar fleet reconcile app " + app.get());
    }
    if (limit.isZero()) {
      AgentRequest.ask(place.root(), AgentRequest.Verb.RECONCILE, app.orElse(null));
      printer.note("the agent was asked; see what it does: sandbar status -w");
      return ExitCode.OK;
    }
    StatusFile after;
    try (var progress = ProgressLine.start(terminal, "waiting for the agent");
        var _ = Interruption.says(terminal, "the agent goes on; see sandbar status -w")) {
      var answer = new AgentAnswer(place, limit);
      StatusFile handled =
          answer.ask(AgentRequest.Verb.RECONCILE, app.orElse(null)).orElseThrow(() -> late(limit));
      progress.now("waiting for the apps");
      after = answer.settled(handled).orElseThrow(() -> late(limit));
    }
    List<StatusEntry> asked =
        after.apps().stream()
            .filter(entry -> app.isEmpty() || entry.name().equals(app.get().value()))
            .toList();
    return result(printer, after, asked, app.isPresent() ? List.of() : after.errors());
  }

  /** The one that is named, if any. */
  private Optional<AppName> app() {
    if (named.isEmpty()) {
      return Optional.empty();
    }
    if (named.size() > 1 || !AppName.isValid(named.getFirst())) {
      String typed = String.join(" ", named);
      throw new CommandException(
          "the agent of a device takes the name of one app, and not '" + typed + "'",
          "Of a fleet: sandbar fleet reconcile " + typed);
    }
    return Optional.of(new AppName(named.getFirst()));
  }

  private static CommandException late(Duration limit) {
    return AgentAnswer.late(StatusFile.ago(limit));
  }

  private static int result(
      Printer printer, StatusFile status, List<StatusEntry> apps, List<Fields> errors) {
    String problem = status.source("problem");
    List<StatusEntry> failing =
        apps.stream()
            .filter(app -> !app.suspended() && !app.condition("ready").equals("True"))
            .filter(app -> app.waitsFor().isEmpty())
            .toList();
    if (printer.machine()) {
      printer.node(
          Envelope.of("Reconciled")
              .put("revision", status.source("revision"))
              .put("problem", problem)
              .put("errors", Node.list(errors.stream().map(ReconcileCommand::error).toList()))
              .put("apps", Node.list(apps.stream().map(ReconcileCommand::node).toList()))
              .build());
    } else {
      String revision = status.source("revision");
      if (problem.isEmpty()) {
        printer.hanging(
            "reconciled  ", Style.GOOD, revision.isEmpty() ? "no revision yet" : revision);
      } else {
        printer.hanging("source  ", Style.BAD, problem);
      }
      errors.stream()
          .filter(error -> failing.stream().noneMatch(app -> app.message().contains(at(error))))
          .forEach(error -> printer.hanging("error  ", Style.BAD, StatusFile.problem(error)));
      for (StatusEntry app : failing) {
        printer.hanging("not ready  ", Style.BAD, app.name() + ": " + app.message());
      }
      for (StatusEntry app : apps) {
        if (!app.suspended() && !app.waitsFor().isEmpty()) {
          printer.hanging("waiting  ", Style.WARN, app.name() + ": " + app.waitsFor());
        }
        if (app.suspended()) {
          printer.hanging("suspended  ", Style.WARN, app.name());
        }
      }
    }
    return problem.isEmpty() && errors.isEmpty() && failing.isEmpty()
        ? ExitCode.OK
        : ExitCode.ERROR;
  }

  /** With the message, as the condition of an app quotes it. */
  private static String at(Fields error) {
    return StatusEntry.text(error, "at") + ": error: " + StatusEntry.text(error, "message");
  }

  private static Node error(Fields error) {
    return new MappingBuilder()
        .put("at", StatusEntry.text(error, "at"))
        .put("message", StatusEntry.text(error, "message"))
        .put("help", StatusEntry.text(error, "help"))
        .build();
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
