package dev.sandbar.cli;

import dev.sandbar.cli.document.DiagnosticDocument;
import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Diagnostic.Severity;
import dev.sandbar.core.model.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar validate}. */
@Command(
    name = "validate",
    description = {
      "Check specs: report all errors, with line and how to fix them.",
      "",
      "Reads and compiles every app, for the device that is named or whose facts"
          + " are given, or else for one that can do everything: a volume that only a device"
          + " knows is a warning then. Nothing is applied.",
      "Exit code: 0 valid, perhaps with warnings; 1 errors."
    },
    footer = {
      "  sandbar validate apps/                 a directory and everything below it",
      "  sandbar validate pump.yaml -o json     for a CI job",
      "  git show HEAD:pump.yaml | sandbar validate -",
      "  sandbar validate apps/ --facts berlin.json",
      "                                         can that device enforce them?"
    })
final class ValidateCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private TargetOptions target = new TargetOptions();

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "YAML or JSON files, directories, or - for standard input.")
  private List<String> files = List.of();

  ValidateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Printer printer = output.printer(terminal, common);
    Specs specs = SpecFiles.readForFleet(files, terminal.in());
    var diagnostics = new ArrayList<>(specs.diagnostics());
    var compiled =
        target.isNamed()
            ? Compilations.of(specs, target.facts(printer))
            : Compilations.withoutDevice(specs);
    diagnostics.addAll(compiled.diagnostics());
    if (printer.machine()) {
      printer.node(node(specs, diagnostics));
    } else {
      new DiagnosticPrinter(terminal.out(), printer.paint(), specs.texts()).print(diagnostics);
      printer.line(summary(printer, specs, diagnostics));
    }
    return Specs.hasErrors(diagnostics) ? ExitCode.ERROR : ExitCode.OK;
  }

  private static String summary(Printer printer, Specs specs, List<Diagnostic> diagnostics) {
    long errors = diagnostics.stream().filter(d -> d.severity() == Severity.ERROR).count();
    long warnings = diagnostics.size() - errors;
    String verdict =
        errors > 0
            ? printer.style(Style.BAD, English.count(errors, "error"))
            : printer.style(Style.GOOD, "no error");
    return "%s, %s: %s, %s"
        .formatted(
            English.count(specs.texts().size(), "file"),
            English.count(specs.declared(), "app"),
            verdict,
            English.count(warnings, "warning"));
  }

  private static Node node(Specs specs, List<Diagnostic> diagnostics) {
    return Envelope.of("Validation")
        .put("valid", !Specs.hasErrors(diagnostics))
        .put("files", specs.texts().size())
        .put("apps", Node.list(specs.apps().values().stream().map(ValidateCommand::app).toList()))
        .put("diagnostics", DiagnosticDocument.write(diagnostics))
        .build();
  }

  private static Node app(AppSpec app) {
    return new MappingBuilder()
        .put("name", app.name().value())
        .put("file", app.at().file())
        .put("line", app.at().line())
        .build();
  }
}
