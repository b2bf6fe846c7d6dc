package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Interruption;
import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Planned;
import dev.sandbar.device.apply.Outcome;
import dev.sandbar.device.store.LockFile;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sandbar apply}. */
@Command(
    name = "apply",
    description = {
      "Apply what the files declare to a device.",
      "",
      "Shows the plan and asks for confirmation. Each app is verified before it"
          + " starts and checked in the kernel afterwards; an app that fails is rolled"
          + " back, and the others continue. Where an agent follows a repository, change"
          + " the repository instead.",
      "It applies at once: windows of maintenance and holds are for an agent that follows"
          + " a source.",
      "Then it observes for five seconds whether what it started stays up, and"
          + " rolls back what does not.",
      "A plan saved by 'sandbar plan --out FILE' is applied without a question. It"
          + " is refused if the files or the device have changed so that another plan"
          + " would result.",
      "Exit code: 0 applied and running, or nothing to do; 1 error, an app does not"
          + " stay up, the plan is stale, or you answered no."
    },
    footer = {
      "  sandbar apply apps/",
      "  sandbar apply pump.yaml --yes",
      "  sandbar apply apps/ --prune --device pump-1",
      "  sandbar plan apps/ --out plan.json",
      "  sandbar apply plan.json                  exactly that plan, or nothing"
    })
final class ApplyCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private TargetOptions target = new TargetOptions();
  @Mixin private SpecOptions selection = new SpecOptions();

  @Option(
      names = "--prune",
      description = "Also remove the apps that the device has and the files do not declare.")
  private boolean prune;

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask for confirmation.")
  private boolean yes;

  @Option(
      names = "--wait",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Observe whether what was started stays up (default); --no-wait does not.")
  private boolean wait = true;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "5m",
      description = "Wait at most this long for slow operations: 30s, 5m, 1h (default: 5m).")
  private String timeout = "5m";

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = "YAML or JSON files, directories, - for standard input, or one saved plan.")
  private List<String> files = List.of();

  ApplyCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Printer printer = output.printer(terminal, common);
    Optional<SavedPlan> saved = SavedPlan.among(files);
    saved.ifPresent(this::takeOver);
    if (!yes && (!terminal.inTty() || printer.machine())) {
      throw new CommandException("there is no terminal to confirm on", "Confirm beforehand: --yes");
    }
    Duration limit = FleetWaitOptions.span("--timeout", timeout);
    try (var device = target.open();
        var contents = device.contents();
        var _ = alone(device)) {
      Specs specs = selection.narrowed(SpecFiles.read(files, terminal.in(), contents));
      PlanSource source;
      Observation seen;
      try (var _ = ProgressLine.start(terminal, "observing the device")) {
        source =
            PlanSource.of(specs, target.isSaved() ? target.saved() : device.facts(), true)
                .on(device.units())
                .verified(device.refusedImages(true));
        seen = device.observe(source.units());
      }
      return apply(printer, device, source, seen, limit, saved);
    }
  }

  /** What a plan was made with is what it is applied with; whoever saved it has agreed to it. */
  private void takeOver(SavedPlan saved) {
    if (prune || !selection.names().isEmpty() || !selection.settings().isEmpty()) {
      throw new CommandException(
          "a saved plan is applied as it is, without --prune, --app or --set",
          "Give them to 'sandbar plan --out FILE'");
    }
    files = saved.files();
    prune = saved.prune();
    selection = saved.selection();
    yes = true;
  }

  /**
   * No agent runs, or starts: it would take for drift, or remove, what is applied beside its
   * repository.
   */
  private static LockFile alone(DeviceAccess device) throws IOException {
    Optional<LockFile> lock = device.withoutAgent();
    if (lock.isPresent()) {
      return lock.get();
    }
    String url = device.followed();
    throw new CommandException(
        "an agent makes this device follow %s and would undo this"
            .formatted(url.isEmpty() ? "its source" : url),
        "Commit the change there, or stop the agent first");
  }

  private int apply(
      Printer printer,
      DeviceAccess device,
      PlanSource source,
      Observation seen,
      Duration limit,
      Optional<SavedPlan> saved)
      throws IOException, InterruptedException {
    Planned planned = source.plan(seen, prune);
    PlanView view = PlanView.of(source, planned, seen);
    saved.ifPresent(plan -> plan.refuseIfStale(PlanPrinter.node(view)));
    if (!printer.machine()) {
      new PlanPrinter(printer).show(view);
      terminal.out().flush();
    }
    new DiagnosticPrinter(
            terminal.err(),
            Paint.of(common.colour(), terminal.errTty(), terminal),
            source.specs().texts())
        .print(source.diagnostics(planned));
    boolean wrong = Specs.hasErrors(source.diagnostics(planned)) || view.isFailing();
    if (planned.plan().isEmpty()) {
      if (printer.machine()) {
        printer.node(node(new java.util.TreeMap<>()));
      }
      return wrong ? ExitCode.ERROR : ExitCode.OK;
    }
    if (!yes && !agreed()) {
      printer.line("Nothing was changed.");
      return ExitCode.ERROR;
    }
    SortedMap<UnitName, Outcome> outcomes;
    try (var _ = ProgressLine.start(terminal, "applying", device::fetching);
        var _ =
            Interruption.says(
                terminal,
                "what was changed until now stays, and nothing is taken back; apply again to"
                    + " finish")) {
      outcomes =
          Application.run(
              device, source, planned, seen, now -> source.plan(now, prune), limit, wait);
    }
    boolean failed = outcomes.values().stream().anyMatch(o -> !(o instanceof Outcome.Done));
    if (printer.machine()) {
      printer.node(node(outcomes));
    } else {
      AppUnits units = source.inventory().units();
      outcomes.forEach((unit, outcome) -> show(printer, units, unit, outcome));
    }
    return failed || wrong ? ExitCode.ERROR : ExitCode.OK;
  }

  private boolean agreed() throws IOException {
    terminal.err().print("Apply this? [y/N] ");
    terminal.err().flush();
    return terminal.readYes();
  }

  private static void show(Printer printer, AppUnits units, UnitName unit, Outcome outcome) {
    String name = units.app(unit).map(app -> app.value()).orElse(unit.value());
    switch (outcome) {
      case Outcome.Done() -> printer.line(printer.style(Style.GOOD, "done  ") + name);
      case Outcome.Underway(var message) ->
          printer.hanging("in progress  ", Style.WARN, name + ": " + message);
      case Outcome.TakenBack(var step, var message, _) ->
          printer.hanging(
              "rolled back  ", Style.BAD, name + ", which failed at " + step + ": " + message);
      case Outcome.NotEnforced(var message) ->
          printer.hanging(
              "not enforced  ", Style.BAD, name + ", which is rolled back or stopped: " + message);
      case Outcome.Unfinished(var step, var message) ->
          printer.hanging(
              "unfinished  ",
              Style.BAD,
              name + ", which failed at " + step + ": " + message + "; apply again");
    }
  }

  private static Node node(SortedMap<UnitName, Outcome> outcomes) {
    var units = new MappingBuilder();
    outcomes.forEach(
        (unit, outcome) ->
            units.put(
                unit.value(),
                switch (outcome) {
                  case Outcome.Done() -> new MappingBuilder().put("outcome", "done").build();
                  case Outcome.Underway(var message) ->
                      new MappingBuilder()
                          .put("outcome", "under-way")
                          .put("message", message)
                          .build();
                  case Outcome.TakenBack(var step, var message, _) ->
                      new MappingBuilder()
                          .put("outcome", "taken-back")
                          .put("step", step)
                          .put("message", message)
                          .build();
                  case Outcome.NotEnforced(var message) ->
                      new MappingBuilder()
                          .put("outcome", "not-enforced")
                          .put("message", message)
                          .build();
                  case Outcome.Unfinished(var step, var message) ->
                      new MappingBuilder()
                          .put("outcome", "unfinished")
                          .put("step", step)
                          .put("message", message)
                          .build();
                }));
    return Envelope.of("Applied").put("units", units.build()).build();
  }
}
