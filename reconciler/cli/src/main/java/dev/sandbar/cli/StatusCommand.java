package dev.sandbar.cli;

import dev.sandbar.cli.Watch.Look;
import dev.sandbar.cli.document.Fields;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Revision;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar status}. */
@Command(
    name = "status",
    description = {
      "Show the apps of this device as its agent sees them, or one of them in detail.",
      "",
      "For one app: conditions, permissions, drift and latest events.",
      "Exit code: 0 shown; 1 no agent, no such app, or the agent has stopped"
          + " reporting. An outdated report is shown as Unknown, never as ready."
    },
    footer = {
      "  sandbar status",
      "  sandbar status pump                       one app in detail",
      "  sandbar status -w                         print again on change",
      "  sandbar status -o name                    names only, for scripts",
      "  sandbar status -o json",
      "  sandbar device exec pump-1 cat /run/sandbar/status.json > s.json",
      "  sandbar status --file s.json              status of another device"
    })
final class StatusCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private ListOutputOptions output = new ListOutputOptions();

  @Option(
      names = "--file",
      paramLabel = "FILE",
      defaultValue = StatusFile.DEFAULT,
      description = "File in which the agent writes its status.")
  private Path file = Path.of(StatusFile.DEFAULT);

  @Option(
      names = {"-w", "--watch"},
      description = "Print it again whenever it changes, until Ctrl-C.")
  private boolean watch;

  @Parameters(arity = "0..1", paramLabel = "APP", description = "This app in detail.")
  private String app = "";

  StatusCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** What there is to show. */
  private record Seen(StatusFile status, List<RecordedEvent> events) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    Printer printer = output.printer(terminal, common);
    if (watch) {
      return Watch.run(
          printer,
          () -> {
            Seen seen = seen();
            // A terminal is redrawn with every report, so that what it says of times is right.
            Object content =
                Watch.redraws(printer)
                    ? JsonWriter.compact(seen.status().document())
                    : seen.status().content();
            return new Look(List.of(content, seen.events()), () -> show(printer, seen));
          });
    }
    Seen seen = seen();
    show(printer, seen);
    return seen.status().stale() ? ExitCode.ERROR : ExitCode.OK;
  }

  private Seen seen() throws IOException {
    StatusFile status = StatusFile.read(file, Instant.now());
    return new Seen(
        status, app.isEmpty() ? List.of() : RecordedEvent.read(RecordedEvent.beside(file), app));
  }

  private void show(Printer printer, Seen seen) {
    StatusFile status = seen.status();
    if (!app.isEmpty()) {
      var page = new AppPage(status, status.known(app), seen.events());
      if (printer.machine()) {
        printer.node(page.document());
      } else if (output.names()) {
        printer.line(app);
      } else {
        page.show(printer);
      }
    } else if (printer.machine()) {
      printer.node(status.document());
    } else if (output.names()) {
      status.apps().forEach(it -> printer.line(it.name()));
    } else {
      show(printer, status, output.wide());
    }
    terminal.out().flush();
    if (status.stale()) {
      printer.note(
          "the agent last reported "
              + StatusFile.ago(status.age())
              + " ago, so nothing is known of the apps now");
    }
  }

  private static void show(Printer printer, StatusFile status, boolean wide) {
    Fields document = Fields.of(status.document());
    document.find("source").ifPresent(source -> source(printer, source));
    String exposure = status.agent("exposure");
    String age =
        "reported "
            + StatusFile.ago(status.age())
            + " ago"
            + (exposure.isEmpty() ? "" : "; exposure level of the agent: " + exposure);
    printer.line(printer.style(status.stale() ? Style.WARN : Style.FAINT, age));
    if (status.agent("suspended").equals("true")) {
      printer.line(printer.style(Style.WARN, "suspended: nothing is applied or corrected"));
    }
    List<StatusEntry> apps = status.apps();
    if (apps.isEmpty()) {
      printer.line("no apps");
    } else {
      printer.line();
      printer.table(wide ? wide(apps) : table(apps));
    }
    for (Fields problem : status.problems()) {
      printer.hanging(
          StatusEntry.text(problem, "severity") + ": ", Style.BAD, StatusFile.problem(problem));
    }
  }

  private static Table table(List<StatusEntry> apps) {
    var table = new Table("APP", "READY", "DRIFTED", "REVISION", "MESSAGE");
    for (StatusEntry app : apps) {
      table.row(
          Cell.of(app.name(), Style.STRONG),
          StatusEntry.good(app.condition("ready")),
          StatusEntry.bad(app.condition("drifted")),
          Cell.of(Revision.shortened(app.text("revision"))),
          Cell.of(app.message()));
    }
    return table;
  }

  private static Table wide(List<StatusEntry> apps) {
    Table table =
        Table.unlimited(
            "APP",
            "READY",
            "DRIFTED",
            "HEALTHY",
            "SUSPENDED",
            "UNIT",
            "REVISION",
            "GENERATION",
            "MESSAGE");
    for (StatusEntry app : apps) {
      table.row(
          Cell.of(app.name(), Style.STRONG),
          StatusEntry.good(app.condition("ready")),
          StatusEntry.bad(app.condition("drifted")),
          StatusEntry.good(app.condition("healthy")),
          app.suspended() ? Cell.of("True", Style.WARN) : Cell.of("False"),
          Cell.of(app.unit()),
          Cell.of(app.text("revision")),
          Cell.of(app.text("generation")),
          Cell.of(app.message()));
    }
    return table;
  }

  private static void source(Printer printer, Node node) {
    if (node instanceof Node.Mapping mapping) {
      for (Node.Entry entry : mapping.entries()) {
        if (entry.value() instanceof Node.Scalar scalar && !scalar.text().isEmpty()) {
          printer.hanging(entry.key() + ": ", Style.FAINT, scalar.text());
        }
      }
    }
  }
}
