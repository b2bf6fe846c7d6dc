package dev.sandbar.cli;

import dev.sandbar.cli.document.DiagnosticDocument;
import dev.sandbar.cli.document.Fields;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.document.ObservationDocument;
import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Planned;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar plan}. */
@Command(
    name = "plan",
    description = {
      "Show what would change on a device, and what would restart.",
      "",
      "For each app: which directives change, from which value to which, because of"
          + " which permission, and whether the change is live or restarts the app,"
          + " and what the agent of the device would wait for. Nothing is changed.",
      "Exit code: 0 the device is as declared; 2 there are changes; 1 error, even"
          + " if only some apps have errors."
    },
    footer = {
      "  sandbar plan apps/                                   this device",
      "  sandbar plan apps/ --device pump-1                   a virtual device",
      "  sandbar plan apps/ --observation berlin.json         a saved one",
      "  sandbar plan pump.yaml --set ACCESS_INTERNET=no      what if",
      "  sandbar plan apps/ --prune --out plan.json           for review; then",
      "  sandbar apply plan.json                              exactly that, or" + " nothing"
    })
final class PlanCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private TargetOptions target = new TargetOptions();
  @Mixin private SpecOptions selection = new SpecOptions();

  @Option(
      names = "--observation",
      paramLabel = "FILE",
      description = "A device, as saved by 'sandbar observe --out FILE'.")
  private @Nullable Path observation;

  @Option(
      names = "--prune",
      description = "Also remove the apps that the device has and the files do not declare.")
  private boolean prune;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Save the plan here, as JSON, for review and for 'sandbar apply FILE'.")
  private @Nullable Path out;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "YAML or JSON files, directories, or - for standard input.")
  private List<String> files = List.of();

  PlanCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * What is planned against.
   *
   * @param conflicts what services do now that the plan would close
   * @param waits what the agent would not do at once, by app
   */
  private record Made(
      PlanSource source,
      Planned planned,
      Observation seen,
      List<Diagnostic> conflicts,
      SortedMap<AppName, String> waits) {
    List<Diagnostic> diagnostics() {
      var all = new ArrayList<>(source.diagnostics(planned));
      all.addAll(conflicts);
      return all;
    }
  }

  @Override
  public Integer call() throws IOException {
    Printer printer = output.printer(terminal, common);
    Specs specs = selection.narrowed(SpecFiles.read(files, terminal.in()));
    Made made = made(printer, specs);
    List<Diagnostic> diagnostics = made.diagnostics();
    PlanView view = PlanView.of(made.source(), made.planned(), made.seen());
    Node document = document(view, diagnostics, made.waits());
    if (out != null) {
      SavedFile.write(out, SavedPlan.of(files, prune, selection).write(document));
    }
    if (printer.machine()) {
      printer.node(document);
    } else {
      new PlanPrinter(printer).show(view, made.waits());
      terminal.out().flush();
      for (AppName app : made.source().signed()) {
        printer.note(
            app
                + ": the policy of the device wants its image to be signed, "
                + (target.isLive() && observation == null
                    ? "and it is"
                    : "which the device itself checks"));
      }
      if (made.source().elsewhere() > 0) {
        printer.note(
            English.count(made.source().elsewhere(), "app") + " of other devices left out");
      }
      new DiagnosticPrinter(
              terminal.err(), Paint.of(common.colour(), terminal.errTty(), terminal), specs.texts())
          .print(diagnostics);
    }
    if (Specs.hasErrors(diagnostics) || (made.planned().inSync() && view.isFailing())) {
      return ExitCode.ERROR;
    }
    return made.planned().inSync() ? ExitCode.OK : ExitCode.CHANGES;
  }

  private Made made(Printer printer, Specs specs) throws IOException {
    if (observation != null) {
      ObservationDocument saved = ObservationDocument.read(SavedFile.read(observation));
      DeviceFacts facts = target.isSaved() ? target.saved() : saved.facts();
      return against(PlanSource.of(specs, facts, true), saved.observation());
    }
    if (target.isLive()) {
      try (var progress = ProgressLine.start(terminal, "observing the device");
          var device = target.open()) {
        DeviceFacts facts = target.isSaved() ? target.saved() : device.facts();
        var source =
            PlanSource.of(specs, facts, true)
                .on(device.units())
                .verified(device.refusedImages(false));
        progress.now("looking at " + English.count(source.units().size(), "app"));
        Made made = against(source, device.observe(source.units()));
        return new Made(
            source,
            made.planned(),
            made.seen(),
            device.conflicts(source.confining(made.planned()), facts),
            device.waits(source, made.planned(), made.seen()));
      }
    }
    if (!target.isSaved()) {
      TargetOptions.noteReference(printer, "planned for a new reference device");
    }
    DeviceFacts facts = target.isSaved() ? target.saved() : ReferenceDevice.facts();
    return against(PlanSource.of(specs, facts, target.isSaved()), Observation.NOTHING);
  }

  private Made against(PlanSource source, Observation seen) {
    return new Made(source, source.plan(seen, prune), seen, List.of(), new TreeMap<>());
  }

  private static Node document(
      PlanView view, List<Diagnostic> diagnostics, SortedMap<AppName, String> waits) {
    Fields plan = Fields.of(PlanPrinter.node(view));
    var document = new MappingBuilder();
    plan.keys().forEach(key -> document.put(key, plan.get(key)));
    if (!waits.isEmpty()) {
      document.put("waits", PlanWaits.node(waits));
    }
    return document.put("diagnostics", DiagnosticDocument.write(diagnostics)).build();
  }
}
