package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.Fields;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar drift}. */
@Command(
    name = "drift",
    description = {
      "Show what on this device is not as declared.",
      "",
      "Each drift is named: the layer where it was seen (file, manager, process, image or"
          + " state), the directive or file, what was declared and what is there.",
      "Exit code: 0 no drift; 2 drift; 1 there is no agent, or it has stopped reporting."
    },
    footer = {"  sandbar drift", "  sandbar drift pump-controller", "  sandbar drift -o json"})
final class DriftCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();

  @Option(
      names = "--file",
      paramLabel = "FILE",
      defaultValue = StatusFile.DEFAULT,
      description = "Where the agent writes its status.")
  private Path file = Path.of(StatusFile.DEFAULT);

  @Parameters(arity = "0..*", paramLabel = "APP", description = "Only these apps.")
  private List<String> only = List.of();

  DriftCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  private record Drifted(String app, Fields drift) {
    String text(String key) {
      return drift.find(key).map(Fields::text).orElse("");
    }
  }

  @Override
  public Integer call() throws IOException {
    Printer printer = output.printer(terminal, common);
    StatusFile status = StatusFile.read(file, Instant.now());
    List<Drifted> drifts = drifts(status);
    if (printer.machine()) {
      printer.node(node(status, drifts));
    } else {
      drifts.forEach(drift -> show(printer, drift));
      if (drifts.isEmpty() && !status.stale()) {
        printer.line("no drift, as of " + StatusFile.ago(status.age()) + " ago");
      }
    }
    if (status.stale()) {
      printer.note(
          "the agent last reported "
              + StatusFile.ago(status.age())
              + " ago: this may be over,"
              + " and there may be more");
      return ExitCode.ERROR;
    }
    return drifts.isEmpty() ? ExitCode.OK : ExitCode.CHANGES;
  }

  private List<Drifted> drifts(StatusFile status) {
    var drifts = new ArrayList<Drifted>();
    var unknown = new ArrayList<>(only);
    for (Fields app : status.apps()) {
      String name = app.text("name");
      unknown.remove(name);
      if ((only.isEmpty() || only.contains(name)) && app.find("drift").isPresent()) {
        app.list("drift", Fields::of).forEach(drift -> drifts.add(new Drifted(name, drift)));
      }
    }
    if (!unknown.isEmpty()) {
      throw new CommandException(
          "there is no app " + String.join(", ", unknown) + " on this device",
          "List them: sandbar status");
    }
    return drifts;
  }

  private static void show(Printer printer, Drifted drift) {
    String since = drift.text("since");
    printer.line(
        printer.style(Style.STRONG, drift.app())
            + " drifted: "
            + drift.text("layer").toLowerCase(java.util.Locale.ROOT)
            + " "
            + printer.style(Style.WARN, drift.text("subject"))
            + (since.isEmpty() ? "" : printer.style(Style.FAINT, " since " + since)));
    printer.hanging("  - declared  ", Style.GOOD, drift.text("declared"));
    printer.hanging("  + observed  ", Style.BAD, drift.text("observed"));
  }

  private static Node node(StatusFile status, List<Drifted> drifts) {
    return Envelope.of("DriftList")
        .put("ageSeconds", status.age().toSeconds())
        .put("stale", status.stale())
        .put(
            "items",
            Node.list(
                drifts.stream()
                    .map(
                        drift -> {
                          var item = new MappingBuilder().put("app", drift.app());
                          drift.drift().keys().forEach(k -> item.put(k, drift.drift().get(k)));
                          return item.build();
                        })
                    .toList()))
        .build();
  }
}
