package dev.sandbar.cli;

import dev.sandbar.cli.Watch.Look;
import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.Fields;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.Node;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar drift}. */
@Command(
    name = "drift",
    description = {
      "Show what on this device differs from the declared state.",
      "",
      "Each drift shows the layer (file, manager, process, image or state), the"
          + " directive or file, and the declared and observed values.",
      "What drift.ignore of a spec ignores is listed after it, with the reason. It is not alerted"
          + " and not corrected, and does not count for the exit code.",
      "Exit code: 0 no drift; 2 drift; 1 no agent, or it has stopped reporting."
    },
    footer = {
      "  sandbar drift",
      "  sandbar drift pump-controller",
      "  sandbar drift -w                  print again on change",
      "  sandbar drift -o name             apps with drift, for scripts",
      "  sandbar drift -o json",
      "  sandbar drift accept pump CPUWeight --reason 'tuned on site'"
    })
final class DriftCommand implements Callable<Integer> {
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

  @Parameters(arity = "0..*", paramLabel = "APP", description = "Only these apps.")
  private List<String> only = List.of();

  DriftCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** The command with its own commands. */
  static CommandLine line(Terminal terminal) {
    return new CommandLine(new DriftCommand(terminal))
        .addSubcommand("accept", new DriftAcceptCommand(terminal));
  }

  private record Drifted(String app, Fields drift) {
    String text(String key) {
      return StatusEntry.text(drift, key);
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Printer printer = output.printer(terminal, common);
    if (watch) {
      return Watch.run(
          printer,
          () -> {
            StatusFile status = StatusFile.read(file, Instant.now());
            Fields found = Fields.of(node(status, drifts(status)));
            Object key =
                List.of(
                    status.stale(),
                    JsonWriter.compact(found.get("items")),
                    JsonWriter.compact(found.get("ignored")));
            return new Look(key, () -> show(printer, status));
          });
    }
    StatusFile status = StatusFile.read(file, Instant.now());
    show(printer, status);
    if (status.stale()) {
      return ExitCode.ERROR;
    }
    return drifts(status).isEmpty() ? ExitCode.OK : ExitCode.CHANGES;
  }

  private void show(Printer printer, StatusFile status) {
    List<Drifted> drifts = drifts(status);
    List<Drifted> ignored = found(status, StatusEntry::ignored);
    if (printer.machine()) {
      printer.node(node(status, drifts));
    } else if (output.names()) {
      drifts.stream().map(Drifted::app).distinct().forEach(printer::line);
    } else {
      shown(printer, status, drifts);
      ignored(printer, ignored);
    }
    terminal.out().flush();
    if (status.stale()) {
      printer.note(
          "the agent last reported "
              + StatusFile.ago(status.age())
              + " ago: this may be over,"
              + " and there may be more");
    }
  }

  private void shown(Printer printer, StatusFile status, List<Drifted> drifts) {
    if (drifts.isEmpty()) {
      if (!status.stale()) {
        printer.line("no drift, as of " + StatusFile.ago(status.age()) + " ago");
      }
    } else if (output.wide()) {
      printer.table(wide(drifts));
    } else {
      drifts.forEach(drift -> show(printer, drift.app(), drift.drift()));
    }
  }

  private void ignored(Printer printer, List<Drifted> ignored) {
    if (ignored.isEmpty()) {
      return;
    }
    printer.line();
    if (output.wide()) {
      printer.table(wideIgnored(ignored));
    } else {
      ignored.forEach(it -> showIgnored(printer, it.app(), it.drift()));
    }
  }

  private List<Drifted> drifts(StatusFile status) {
    return found(status, StatusEntry::drifts);
  }

  private List<Drifted> found(StatusFile status, Function<StatusEntry, List<Fields>> part) {
    var drifts = new ArrayList<Drifted>();
    var unknown = new ArrayList<>(only);
    for (StatusEntry app : status.apps()) {
      unknown.remove(app.name());
      if (only.isEmpty() || only.contains(app.name())) {
        part.apply(app).forEach(drift -> drifts.add(new Drifted(app.name(), drift)));
      }
    }
    if (!unknown.isEmpty()) {
      throw new CommandException(
          "there is no app " + String.join(", ", unknown) + " on this device",
          "List them: sandbar status");
    }
    return drifts;
  }

  private static Table wideIgnored(List<Drifted> ignored) {
    Table table =
        Table.unlimited("APP", "UNIT", "LAYER", "IGNORED", "DECLARED", "OBSERVED", "REASON");
    for (Drifted it : ignored) {
      table.row(
          Cell.of(it.app(), Style.STRONG),
          Cell.of(it.text("unit")),
          Cell.of(layer(it.drift())),
          Cell.of(it.text("subject")),
          Cell.of(it.text("declared")),
          Cell.of(it.text("observed")),
          Cell.of(it.text("reason")));
    }
    return table;
  }

  private static Table wide(List<Drifted> drifts) {
    Table table =
        Table.unlimited("APP", "UNIT", "LAYER", "SUBJECT", "DECLARED", "OBSERVED", "SINCE");
    for (Drifted drift : drifts) {
      table.row(
          Cell.of(drift.app(), Style.STRONG),
          Cell.of(drift.text("unit")),
          Cell.of(layer(drift.drift())),
          Cell.of(drift.text("subject"), Style.WARN),
          Cell.of(drift.text("declared")),
          Cell.of(drift.text("observed")),
          Cell.of(drift.text("since")));
    }
    return table;
  }

  private static String layer(Fields drift) {
    return StatusEntry.text(drift, "layer").toLowerCase(Locale.ROOT);
  }

  /** Prints one drift for people. */
  static void show(Printer printer, String app, Fields drift) {
    String since = StatusEntry.text(drift, "since");
    printer.line(
        printer.style(Style.STRONG, app)
            + " drifted: "
            + layer(drift)
            + " "
            + printer.style(Style.WARN, Printable.of(StatusEntry.text(drift, "subject")))
            + (since.isEmpty() ? "" : printer.style(Style.FAINT, " since " + since)));
    printer.hanging(
        "  - declared  ", Style.GOOD, Printable.of(StatusEntry.text(drift, "declared")));
    printer.hanging("  + observed  ", Style.BAD, Printable.of(StatusEntry.text(drift, "observed")));
  }

  private static void showIgnored(Printer printer, String app, Fields ignored) {
    printer.line(
        printer.style(Style.STRONG, app)
            + " ignored: "
            + layer(ignored)
            + " "
            + Printable.of(StatusEntry.text(ignored, "subject")));
    value(printer, "    declared  ", ignored, "declared");
    value(printer, "    observed  ", ignored, "observed");
    value(printer, "    reason    ", ignored, "reason");
  }

  private static void value(Printer printer, String head, Fields of, String key) {
    printer.hanging(head, Style.FAINT, Printable.of(StatusEntry.text(of, key)));
  }

  private Node node(StatusFile status, List<Drifted> drifts) {
    return Envelope.of("DriftList")
        .put("ageSeconds", status.age().toSeconds())
        .put("stale", status.stale())
        .put("items", items(drifts))
        .put("ignored", items(found(status, StatusEntry::ignored)))
        .build();
  }

  private static Node items(List<Drifted> drifts) {
    return Node.list(
        drifts.stream()
            .map(
                drift -> {
                  var item = new MappingBuilder().put("app", drift.app());
                  drift.drift().keys().forEach(k -> item.put(k, drift.drift().get(k)));
                  return item.build();
                })
            .toList());
  }
}
