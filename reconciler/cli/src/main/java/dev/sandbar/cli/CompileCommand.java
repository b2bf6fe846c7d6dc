package dev.sandbar.cli;

import dev.sandbar.cli.document.DiagnosticDocument;
import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar compile}. */
@Command(
    name = "compile",
    description = {
      "Print the systemd units that specs compile to.",
      "",
      "The agent on a device compiles the same spec to the same bytes if the facts"
          + " are the same. Nothing is applied. -o json adds every directive with its"
          + " reason, what systemd must report afterwards, and what the kernel must show.",
      "Exit code: 0 all compiled; 1 error."
    },
    footer = {
      "  sandbar compile pump.yaml",
      "  sandbar compile pump.yaml --set ACCESS_INTERNET=no",
      "  sandbar compile apps/ --app pump --facts berlin.json",
      "  sandbar compile pump.yaml -o json"
    })
final class CompileCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private TargetOptions target = new TargetOptions();
  @Mixin private SpecOptions selection = new SpecOptions();

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "YAML or JSON files, directories, or - for standard input.")
  private List<String> files = List.of();

  CompileCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Printer printer = output.printer(terminal, common);
    Specs specs = selection.narrowed(SpecFiles.read(files, terminal.in()));
    Compilations compiled = Compilations.of(specs, target.facts(printer));
    var diagnostics = new ArrayList<>(specs.diagnostics());
    diagnostics.addAll(compiled.diagnostics());
    if (printer.machine()) {
      printer.node(
          Envelope.of("CompiledAppList")
              .put(
                  "items",
                  Node.list(compiled.apps().stream().map(CompiledDocument::write).toList()))
              .put("diagnostics", DiagnosticDocument.write(diagnostics))
              .build());
    } else {
      boolean several = compiled.apps().size() > 1;
      for (CompiledApp app : compiled.apps()) {
        if (several) {
          printer.heading("# " + app.unit());
        }
        app.text().lines().forEach(line -> printer.line(coloured(printer, line)));
        if (several) {
          printer.line();
        }
      }
      terminal.out().flush();
      new DiagnosticPrinter(
              terminal.err(), Paint.of(common.colour(), terminal.errTty(), terminal), specs.texts())
          .print(diagnostics);
    }
    return Specs.hasErrors(diagnostics) ? ExitCode.ERROR : ExitCode.OK;
  }

  private static String coloured(Printer printer, String line) {
    if (line.startsWith("#")) {
      return printer.style(Style.FAINT, line);
    }
    return line.startsWith("[") ? printer.style(Style.STRONG, line) : line;
  }
}
