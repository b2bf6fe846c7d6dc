package dev.sandbar.cli;

import dev.sandbar.cli.document.Fields;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Revision;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sandbar status}. */
@Command(
    name = "status",
    description = {
      "Show the apps of this device as its agent sees them.",
      "",
      "Exit code: 0 shown; 1 there is no agent, or it has stopped reporting. What an agent"
          + " said too long ago is shown as Unknown, never as ready."
    },
    footer = {
      "  sandbar status",
      "  sandbar status -o json",
      "  sandbar device exec pump-1 cat /run/sandbar/status.json > s.json",
      "  sandbar status --file s.json              of another device"
    })
final class StatusCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--file",
      paramLabel = "FILE",
      defaultValue = StatusFile.DEFAULT,
      description = "Where the agent writes its status.")
  private Path file = Path.of(StatusFile.DEFAULT);

  StatusCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Printer printer = output.printer(terminal, common);
    StatusFile status = StatusFile.read(file, Instant.now());
    if (printer.machine()) {
      printer.node(status.document());
    } else {
      show(printer, status);
    }
    if (status.stale()) {
      printer.note(
          "the agent last reported "
              + StatusFile.ago(status.age())
              + " ago, so nothing is known of the apps now");
      return ExitCode.ERROR;
    }
    return ExitCode.OK;
  }

  private static void show(Printer printer, StatusFile status) {
    Fields document = Fields.of(status.document());
    document.find("source").ifPresent(source -> source(printer, source));
    String age = "reported " + StatusFile.ago(status.age()) + " ago";
    printer.line(printer.style(status.stale() ? Style.WARN : Style.FAINT, age));
    List<Fields> apps = status.apps();
    if (apps.isEmpty()) {
      printer.line("no apps");
    } else {
      printer.line();
      printer.table(table(status, apps));
    }
    if (document.find("problems").isPresent()) {
      document.list("problems", Fields::of).forEach(problem -> problem(printer, problem));
    }
  }

  private static void problem(Printer printer, Fields problem) {
    String help = text(problem, "help");
    printer.hanging(
        text(problem, "severity") + ": ",
        Style.BAD,
        text(problem, "at")
            + ": "
            + text(problem, "message")
            + (help.isEmpty() ? "" : " (" + help + ")"));
  }

  private static Table table(StatusFile status, List<Fields> apps) {
    var table = new Table("APP", "READY", "DRIFTED", "REVISION", "MESSAGE");
    for (Fields app : apps) {
      String drifted = condition(app, "drifted");
      table.row(
          Cell.of(app.text("name"), Style.STRONG),
          ready(condition(app, "ready"), status.stale()),
          drifted(drifted, status.stale()),
          Cell.of(Revision.shortened(text(app, "revision"))),
          Cell.of(message(app)));
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

  private static Cell ready(String ready, boolean stale) {
    if (stale) {
      return Cell.of("Unknown", Style.WARN);
    }
    return switch (ready) {
      case "True" -> Cell.of(ready, Style.GOOD);
      case "False" -> Cell.of(ready, Style.BAD);
      default -> Cell.of(ready, Style.WARN);
    };
  }

  private static Cell drifted(String drifted, boolean stale) {
    if (stale) {
      return Cell.of("Unknown", Style.WARN);
    }
    return switch (drifted) {
      case "True" -> Cell.of(drifted, Style.BAD);
      case "False" -> Cell.of(drifted, Style.PLAIN);
      default -> Cell.of(drifted, Style.WARN);
    };
  }

  /** A field of the app's own, or the condition of that type: True, False or Unknown. */
  private static String condition(Fields app, String name) {
    Optional<Node> own = app.find(name);
    if (own.isPresent()) {
      return capital(Fields.text(own.get()));
    }
    return conditions(app).stream()
        .filter(c -> c.text("type").equalsIgnoreCase(name))
        .map(c -> capital(c.text("status")))
        .findFirst()
        .orElse("Unknown");
  }

  private static List<Fields> conditions(Fields app) {
    return app.find("conditions").isPresent() ? app.list("conditions", Fields::of) : List.of();
  }

  private static String message(Fields app) {
    String own = text(app, "message");
    if (!own.isEmpty()) {
      return own;
    }
    var messages = new ArrayList<String>();
    for (Fields condition : conditions(app)) {
      boolean good =
          condition
              .text("status")
              .equals(condition.text("type").matches("Ready|Healthy") ? "True" : "False");
      if (!good || condition.text("type").equals("Ready")) {
        String message = text(condition, "message");
        if (!message.isEmpty() && !messages.contains(message)) {
          messages.add(message);
        }
      }
    }
    return String.join("; ", messages);
  }

  private static String text(Fields fields, String key) {
    return fields.find(key).map(Fields::text).orElse("");
  }

  private static String capital(String word) {
    return word.isEmpty() ? "Unknown" : Character.toUpperCase(word.charAt(0)) + word.substring(1);
  }
}
