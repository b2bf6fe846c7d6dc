package dev.sandbar.cli;

import dev.sandbar.cli.document.ObservationDocument;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.plan.ObservedUnit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sandbar observe}. */
@Command(
    name = "observe",
    description = {
      "Observe the state of a device, and save it.",
      "",
      "Reads files on disk, what systemd has loaded, and what the kernel shows for"
          + " the running processes, each separately. The saved observation includes the"
          + " facts of the device and is all that a plan elsewhere needs."
    },
    footer = {
      "  sandbar observe",
      "  sandbar observe --out berlin.json",
      "  sandbar plan apps/ --observation berlin.json    on a laptop or in a CI job"
    })
final class ObserveCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private TargetOptions target = new TargetOptions();

  @Option(names = "--out", paramLabel = "FILE", description = "Save it here, as JSON.")
  private @Nullable Path out;

  ObserveCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Printer printer = output.printer(terminal, common);
    ObservationDocument seen;
    try (var _ = ProgressLine.start(terminal, "observing the device");
        var device = target.open()) {
      seen =
          new ObservationDocument(
              Instant.now().truncatedTo(ChronoUnit.SECONDS),
              target.isSaved() ? target.saved() : device.facts(),
              device.observe(List.of()));
    }
    if (out != null) {
      SavedFile.write(out, seen.write());
    }
    if (printer.machine()) {
      printer.node(seen.write());
    } else if (out != null) {
      printer.line(
          "saved " + English.count(seen.observation().units().size(), "unit") + " in " + out);
    } else {
      show(printer, seen);
    }
    return ExitCode.OK;
  }

  private static void show(Printer printer, ObservationDocument seen) {
    var table = new Table("UNIT", "STATE", "AT BOOT", "PROCESSES", "GENERATION");
    for (ObservedUnit unit : seen.observation().units().values()) {
      var loaded = unit.loaded();
      table.row(
          Cell.of(unit.name().value(), Style.STRONG),
          state(loaded.activeState()),
          Cell.of(loaded.unitFileState().isEmpty() ? "-" : loaded.unitFileState()),
          Cell.of(Integer.toString(unit.processes().size())),
          Cell.of(generation(loaded.generation())));
    }
    printer.table(table);
  }

  private static Cell state(String activeState) {
    return switch (activeState) {
      case "active" -> Cell.of(activeState, Style.GOOD);
      case "failed" -> Cell.of(activeState, Style.BAD);
      default -> Cell.of(activeState, Style.FAINT);
    };
  }

  private static String generation(String text) {
    return Sha256.isValid(text) ? new Sha256(text).abbreviated() : "-";
  }
}
