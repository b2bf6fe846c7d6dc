package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.catalog.HostAddresses.Host;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.HostNotes;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.report.Attested;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sandbar attest}. */
@Command(
    name = "attest",
    description = {
      "Show, directive by directive, that the kernel enforces what was declared of an app.",
      "",
      "Of every directive: what it comes to on this device, what systemd holds where that is"
          + " something else, and what the kernel shows of the processes that run. System call"
          + " filters are read from the main process, which stands still for some milliseconds;"
          + " nothing else is touched.",
      "Enforced: shown. Degraded: something is otherwise. Unsupported: the device cannot hold it."
          + " Unknown: nothing that can be read shows it.",
      "Exit code: 0 nothing is otherwise than declared; 2 something is; 1 it cannot be said."
    },
    footer = {
      "  sandbar attest pump",
      "  sandbar attest pump -o wide              whole values, one line a directive",
      "  sandbar attest pump --device pump-1      on a virtual device",
      "  sandbar attest pump --file pump.yaml     an app that no agent looks after",
      "  sandbar attest pump -o json"
    })
final class AttestCommand implements Callable<Integer> {
  private static final int DECLARED = 24;

  private final Terminal terminal;

  @Mixin private CommonOptions common = new CommonOptions();
  @Mixin private ListOutputOptions output = new ListOutputOptions();
  @Mixin private TargetOptions target = new TargetOptions();
  @Mixin private DeclarationOptions declaration = new DeclarationOptions();

  @Parameters(paramLabel = "APP", description = "Name of the app.")
  private String app = "";

  AttestCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    AppName name = AppArgument.read(app);
    Printer printer = output.printer(terminal, common);
    List<Attested> attested;
    SortedMap<String, Host> hosts;
    try (var progress = ProgressLine.start(terminal, "reading the kernel");
        var device = target.open()) {
      DeviceFacts facts = target.isSaved() ? target.saved() : device.facts();
      AppSpec spec = declaration.spec(device, name, new TargetApp(terminal, common));
      progress.now("reading what the kernel holds of " + name);
      CompiledApp compiled = TargetApp.compiled(spec, facts);
      hosts = compiled.hosts();
      attested = device.attest(compiled, facts);
    }
    if (printer.machine()) {
      printer.node(NodeBinder.write(new Document(name, attested, hosts.isEmpty() ? null : hosts)));
    } else if (output.names()) {
      attested.stream()
          .filter(it -> it.result() != Enforcement.ENFORCED)
          .forEach(it -> printer.line(it.directive()));
    } else {
      printer.table(output.wide() ? wide(attested) : narrow(attested));
      printer.line();
      hosts.forEach((host, known) -> printer.line(HostNotes.shown(host, known)));
      printer.line(summary(attested));
    }
    terminal.out().flush();
    boolean otherwise =
        attested.stream()
            .anyMatch(
                it ->
                    it.result() == Enforcement.DEGRADED || it.result() == Enforcement.UNSUPPORTED);
    return otherwise ? ExitCode.CHANGES : ExitCode.OK;
  }

  private static Table narrow(List<Attested> attested) {
    var table = new Table("DIRECTIVE", "DECLARED", "RESULT", "KERNEL");
    for (Attested it : attested) {
      String declared = it.declared();
      table.row(
          Cell.of(it.directive(), Style.STRONG),
          Cell.of(
              declared.length() > DECLARED
                  ? declared.substring(0, DECLARED - 3) + "..."
                  : declared),
          Cell.of(it.result().text(), style(it.result())),
          Cell.of(shown(it)));
    }
    return table;
  }

  private static Table wide(List<Attested> attested) {
    Table table = Table.unlimited("DIRECTIVE", "DECLARED", "MANAGER", "KERNEL", "RESULT");
    for (Attested it : attested) {
      table.row(
          it.directive(),
          it.declared(),
          it.manager().isEmpty() ? "as declared" : it.manager(),
          it.kernel(),
          it.result().text());
    }
    return table;
  }

  private static String shown(Attested it) {
    if (it.manager().isEmpty()) {
      return it.kernel();
    }
    return "systemd has " + it.manager() + (it.kernel().isEmpty() ? "" : "; " + it.kernel());
  }

  private static Style style(Enforcement result) {
    return switch (result) {
      case ENFORCED -> Style.GOOD;
      case DEGRADED, UNSUPPORTED -> Style.BAD;
      case UNKNOWN -> Style.FAINT;
    };
  }

  private static Map<Enforcement, Integer> counts(List<Attested> attested) {
    var counts = new EnumMap<Enforcement, Integer>(Enforcement.class);
    attested.forEach(it -> counts.merge(it.result(), 1, Integer::sum));
    return counts;
  }

  private static String summary(List<Attested> attested) {
    var parts = new ArrayList<String>();
    counts(attested)
        .forEach(
            (result, count) -> parts.add(count + " " + result.text().toLowerCase(Locale.ROOT)));
    return English.count(attested.size(), "directive") + ": " + String.join(", ", parts);
  }

  /**
   * @param hosts that internetTo names; null if it names none
   */
  private record Document(
      AppName app, List<Attested> directives, @Nullable SortedMap<String, Host> hosts) {}
}
