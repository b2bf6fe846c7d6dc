package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.fleet.OutcomesView;
import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.source.ContentLookup;
import dev.sandbar.source.Inclusion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar fleet explain}. */
@Command(
    name = "explain",
    description = {
      "Explain an app of the fleet: what it may do, and how each device applies it.",
      "",
      "The explanation is that of sandbar explain for the currently declared spec,"
          + " compiled for a device that can do everything. Below it: each device that"
          + " runs the app or should.",
      "Exit code: 0 explained; 1 no such app, or its spec is invalid."
    },
    footer = {
      "  sandbar fleet explain pump",
      "  sandbar fleet explain pump --devices   only how the devices apply it",
      "  sandbar fleet explain pump -o yaml"
    })
final class FleetExplainCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private FleetOptions fleet = new FleetOptions();

  @Option(names = "--devices", description = "Show only the devices, not the spec.")
  private boolean devicesOnly;

  @Option(
      names = "--limit",
      paramLabel = "ROWS",
      defaultValue = "100",
      description = "Print at most this many devices in tables; 0 for all (default: 100).")
  private int limit = 100;

  @Parameters(
      paramLabel = "APP",
      converter = ObjectName.OfApp.class,
      description = "Name of the AppSandbox.")
  private String name = "";

  FleetExplainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  private record Found(Node declaration, OutcomesView outcomes) {}

  @Override
  public Integer call() {
    Printer printer = output.printer(terminal, common);
    Found found =
        fleet.use(
            terminal,
            "reading the fleet",
            (api, _) -> new Found(api.declaration(name), api.outcomes(name, Math.max(0, limit))));
    var diagnostics = new ArrayList<Diagnostic>();
    Optional<CompiledApp> compiled = compiled(found.declaration(), diagnostics);
    if (printer.machine()) {
      var document = Envelope.of("FleetExplanation");
      compiled.ifPresent(
          app -> document.put("spec", ExplainSpec.node(app, ReferenceDevice.facts(app.spec()))));
      printer.node(document.put("devices", found.outcomes().document()).build());
    } else {
      if (!devicesOnly) {
        compiled.ifPresent(
            app -> ExplainSpec.show(printer, app, ReferenceDevice.facts(app.spec())));
        compiled.ifPresent(_ -> printer.line());
      }
      printer.page(found.outcomes().page());
    }
    terminal.out().flush();
    found.outcomes().notes().forEach(printer::note);
    new DiagnosticPrinter(
            terminal.err(), Paint.of(common.colour(), terminal.errTty(), terminal), Map.of())
        .print(diagnostics);
    return Specs.hasErrors(diagnostics) ? ExitCode.ERROR : ExitCode.OK;
  }

  private static Optional<CompiledApp> compiled(Node declaration, List<Diagnostic> diagnostics) {
    // What is in files makes no difference to what the app may do.
    var outcome = Inclusion.expand("", declaration, ContentLookup.inCluster()).outcome();
    diagnostics.addAll(outcome.diagnostics());
    return switch (outcome) {
      case SpecReader.Refused _ -> Optional.empty();
      case SpecReader.Read(AppSpec app, _) ->
          switch (Compilations.compile(app, ReferenceDevice.facts(app))) {
            case Compilation.Compiled(var result, var warnings) -> {
              diagnostics.addAll(warnings);
              yield Optional.of(result);
            }
            case Compilation.Rejected(_, var errors) -> {
              diagnostics.addAll(errors);
              yield Optional.empty();
            }
          };
    };
  }
}
