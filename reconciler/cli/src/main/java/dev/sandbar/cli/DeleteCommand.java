package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Planned;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.apply.Outcome;
import dev.sandbar.device.store.LockFile;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar delete}. */
@Command(
    name = "delete",
    description = {
      "Remove an app from this device.",
      "",
      "Where an agent follows a source, this consents to a removal that the agent"
          + " holds back, of an app that the source no longer declares. To remove an app"
          + " that is declared, remove it from the source instead. While the agent is stopped,"
          + " the app is removed at once; an agent that starts applies it again if the source"
          + " declares it.",
      "Exit code: 0 removed, or the agent will remove it; 1 error."
    },
    footer = {"  sandbar delete pump-controller", "  sandbar delete pump --device pump-1"})
final class DeleteCommand implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private TargetOptions target = new TargetOptions();

  @Parameters(paramLabel = "APP", description = "Name of the app.")
  private String app = "";

  DeleteCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    AppName name = AppArgument.read(app);
    Printer printer = output.printer(terminal, common);
    try (var device = target.open()) {
      Optional<LockFile> lock = device.withoutAgent();
      if (lock.isEmpty()) {
        consent(device, name);
        printer.line("The agent removes " + app + " at its next sweep.");
        return ExitCode.OK;
      }
      try (LockFile _ = lock.get()) {
        return remove(printer, device, name);
      }
    }
  }

  private static void consent(DeviceAccess device, AppName name) throws IOException {
    StatusFile status =
        device
            .status()
            .orElseThrow(
                () ->
                    new CommandException(
                        "an agent runs on this device and has not reported yet",
                        "Wait until it has: sandbar status"));
    if (status.known(name.value()).suspended()) {
      throw new CommandException(
          name + " is suspended, so the agent does not remove it",
          "Resume it first: sandbar resume " + name);
    }
    boolean held =
        status.known(name.value()).conditions().stream()
            .anyMatch(it -> it.text("reason").equals(Reason.PRUNE_HELD_BACK.text()));
    if (!held) {
      throw new CommandException(
          "the agent does not hold back the removal of " + name,
          "Remove it from " + status.sourceUrl() + ", which the agent follows");
    }
    device.consentToRemoval(name);
  }

  private static SortedMap<UnitName, Outcome> outcomes(
      DeviceAccess device,
      PlanSource source,
      Planned planned,
      Observation seen,
      SortedSet<AppName> names)
      throws IOException, InterruptedException {
    return Application.run(
        device, source, planned, seen, now -> source.removing(now, names), LIMIT, false);
  }

  private static int remove(Printer printer, DeviceAccess device, AppName name)
      throws IOException, InterruptedException {
    var specs = new Specs(new TreeMap<>(), new TreeMap<>(), 0, List.of());
    PlanSource source = PlanSource.of(specs, device.facts(), true).on(device.units());
    Observation seen = device.observe(source.units());
    if (!source.inventory().owned(seen).contains(name)) {
      throw new CommandException(
          "there is no app " + name + " of Sandbar on this device",
          "List the apps: sandbar observe");
    }
    var names = new TreeSet<>(List.of(name));
    Planned planned = source.removing(seen, names);
    boolean failed = false;
    for (var entry : outcomes(device, source, planned, seen, names).entrySet()) {
      if (!entry.getKey().equals(source.onDevice().of(name))) {
        continue;
      }
      switch (entry.getValue()) {
        case Outcome.Done() -> printer.line(printer.style(Style.GOOD, "removed  ") + name);
        case Outcome.TakenBack(var step, var message, _) -> {
          failed = true;
          printer.hanging("unfinished  ", Style.BAD, name + " at " + step + ": " + message);
        }
        case Outcome.Unfinished(var step, var message) -> {
          failed = true;
          printer.hanging("unfinished  ", Style.BAD, name + " at " + step + ": " + message);
        }
        case Outcome.NotEnforced(var message) -> {
          failed = true;
          printer.hanging("unfinished  ", Style.BAD, name + ": " + message);
        }
        case Outcome.Underway(var message) -> {
          failed = true;
          printer.hanging("unfinished  ", Style.BAD, name + ": " + message);
        }
      }
    }
    return failed ? ExitCode.ERROR : ExitCode.OK;
  }
}
