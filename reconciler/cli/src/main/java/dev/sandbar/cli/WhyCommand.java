package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.denial.Connections;
import dev.sandbar.core.denial.Denial;
import dev.sandbar.core.denial.Denials;
import dev.sandbar.core.denial.Refusal;
import dev.sandbar.core.denial.Remedy;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.device.systemd.JournalReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar why}. */
@Command(
    name = "why",
    description = {
      "Explain what the sandbox of an app refused it, and which permission would allow it.",
      "",
      "A kernel reports most refusals to the program alone. So this reads the newest "
          + WhyCommand.LINES
          + " lines that the app wrote, how it ended, whom it is connecting to now, and whom the"
          + " rules in its own network refused, and holds them against what its spec withholds. An"
          + " app can write anything and try anything: take each as a hint, and grant nothing that"
          + " the app should not need.",
      "Exit code: 0 nothing was found; 2 something was; 1 it cannot be said."
    },
    footer = {
      "  sandbar why pump",
      "  sandbar why pump --file pump.yaml     of a version that never ran well",
      "  sandbar why pump --device pump-1      on a virtual device",
      "  sandbar why pump -o json"
    })
final class WhyCommand implements Callable<Integer> {
  static final int LINES = 500;

  private static final int MOST_BYTES = 256 * 1024;
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private DeviceOptions target = new DeviceOptions();
  @Mixin private DeclarationOptions declaration = new DeclarationOptions();

  @Parameters(paramLabel = "APP", description = "Name of the app.")
  private String app = "";

  WhyCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /**
   * The answer.
   *
   * @param state in words of systemd, for example {@code failed}
   * @param end what the end of its main process says of the sandbox; empty if nothing
   * @param unanswered whom it is connecting to and may reach, but who does not answer
   */
  private record Document(
      AppName app, String state, String end, List<Denial> denials, List<String> unanswered) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    AppName name = AppArgument.read(app);
    Printer printer = output.printer(terminal, common);
    DevicePlace place = target.place();
    Document found;
    try (var progress = ProgressLine.start(terminal, "reading what " + name + " wrote");
        var device = target.open()) {
      AppSpec spec = declaration.spec(device, name, new TargetApp(terminal, common));
      DeviceFacts facts = device.facts();
      UnitName unit = place.unit(name);
      ObservedUnit.Loaded loaded = device.look(List.of(unit)).unit(unit).loaded();
      Sandbox sandbox = Compiler.sandbox(spec, facts);
      Set<Refusal> refusals = device.refusals(unit);
      var denials = new ArrayList<Denial>();
      denials.addAll(
          Connections.denied(refusals, spec, sandbox, device.addresses(), facts.policy()));
      denials.addAll(Denials.read(lines(place, unit), sandbox, facts.policy()));
      found =
          new Document(
              name,
              loaded.activeState(),
              Denials.end(loaded.result(), loaded.exitStatus()),
              denials,
              Connections.unanswered(refusals, sandbox));
    }
    if (printer.machine()) {
      printer.node(NodeBinder.write(found));
    } else {
      print(printer, found);
    }
    terminal.out().flush();
    boolean nothing = found.denials().isEmpty() && found.end().isEmpty();
    return nothing ? ExitCode.OK : ExitCode.CHANGES;
  }

  private static List<String> lines(DevicePlace place, UnitName unit)
      throws IOException, InterruptedException {
    var query = new JournalReader.Query(unit, LINES, Instant.EPOCH, false);
    try {
      return new JournalReader(place.entrance()).tail(query, MOST_BYTES, LIMIT).written();
    } catch (IOException e) {
      throw new CommandException(
          "the journal cannot be read: " + e.getMessage(),
          "Run it on a device with systemd's journal");
    }
  }

  private static void print(Printer printer, Document found) {
    if (!found.end().isEmpty()) {
      printer.paragraph("", found.app() + " is " + found.state() + ": " + found.end() + ".");
    }
    if (!found.unanswered().isEmpty()) {
      printer.paragraph(
          "",
          "%s waits for an answer from %s, which its sandbox lets it reach."
              .formatted(found.app(), String.join(", ", found.unanswered())));
    }
    if (found.denials().isEmpty()) {
      printer.line(
          found.end().isEmpty()
              ? "Nothing that %s wrote or tries is about something that its sandbox refuses."
                  .formatted(found.app())
              : "");
      return;
    }
    printer.line(
        "%s ran into %s that its sandbox refuses:"
            .formatted(found.app(), English.count(found.denials().size(), "thing")));
    for (Denial denial : found.denials()) {
      printer.line();
      printer.paragraph("  ", "%s (%s)".formatted(denial.refused(), denial.directive()));
      printer.paragraph("    ", shown(denial));
      if (denial.remedies().isEmpty()) {
        printer.line("    no permission allows it");
      }
      for (Remedy remedy : denial.remedies()) {
        printer.line("    permissions: {" + remedy.line() + "}");
        printer.paragraph("      ", allowed(remedy));
      }
    }
  }

  private static String shown(Denial denial) {
    return switch (denial.evidence()) {
      case WROTE ->
          "%s: %s"
              .formatted(
                  denial.times() == 1 ? "it said" : "it said " + denial.times() + " times",
                  Printable.of(denial.said()));
      case KERNEL -> "seen in the kernel: " + denial.said();
    };
  }

  private static String allowed(Remedy remedy) {
    return remedy.objection().isEmpty()
        ? "level %s; the policy of this device allows it".formatted(remedy.level().text())
        : "the policy of this device denies it: " + remedy.objection();
  }
}
