package dev.sandbar.cli;

import dev.sandbar.cli.document.FactsDocument;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Feature;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code sandbar facts}. */
@Command(
    name = "facts",
    description = {
      "Probe what a device can enforce, and show it.",
      "",
      "A version number is not enough: where the kernel lacks a feature, systemd"
          + " silently continues without it. So each feature is probed with a service"
          + " that does nothing. Saved as JSON, the facts let other machines compile and"
          + " plan for this device."
    },
    footer = {
      "  sandbar facts",
      "  sandbar facts -o json > berlin.json",
      "  sandbar compile pump.yaml --facts berlin.json",
      "  sandbar facts --device pump-1           of a virtual device"
    })
final class FactsCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private TargetOptions target = new TargetOptions();

  FactsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Printer printer = output.printer(terminal, common);
    DeviceFacts facts = found();
    if (printer.machine()) {
      printer.node(FactsDocument.write(facts));
    } else {
      show(printer, facts);
    }
    return ExitCode.OK;
  }

  private DeviceFacts found() throws IOException {
    if (target.isSaved()) {
      return target.saved();
    }
    try (var _ = ProgressLine.start(terminal, "trying what the device can enforce");
        var device = target.open()) {
      return device.facts();
    }
  }

  private static void show(Printer printer, DeviceFacts facts) {
    printer.line(
        "systemd "
            + facts.systemdVersion()
            + ", kernel "
            + facts.kernel()
            + ", "
            + facts.architecture());
    printer.hanging("labels:  ", Style.PLAIN, pairs(facts.labels()));
    printer.hanging("volumes: ", Style.PLAIN, pairs(facts.volumes()));
    if (!facts.variables().isEmpty()) {
      printer.hanging("variables: ", Style.PLAIN, pairs(facts.variables()));
    }
    printer.line();
    var table = new Table("IT CAN ENFORCE", "WITH");
    for (Feature feature : Feature.values()) {
      boolean there = facts.has(feature);
      table.row(
          there ? Cell.of("yes", Style.GOOD) : Cell.of("no", Style.BAD), Cell.of(feature.title()));
    }
    printer.table(table);
  }

  private static String pairs(Map<String, String> pairs) {
    return pairs.isEmpty()
        ? "none"
        : pairs.entrySet().stream()
            .map(e -> e.getKey() + "=" + e.getValue())
            .collect(Collectors.joining(", "));
  }
}
