package dev.sandbar.cli;

import dev.sandbar.cli.PermissionText.Standing;
import dev.sandbar.cli.document.DiagnosticDocument;
import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppSandbox;
import dev.sandbar.core.model.AppSandbox.Mode;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Request;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Explains whole specs: what is granted, what is withheld, with which directives, and why. */
final class ExplainSpec {
  private ExplainSpec() {}

  /** Explains every app in a file or directory; the exit code is 1 if one of them is wrong. */
  static int all(Printer printer, Terminal terminal, String path, DeviceFacts facts)
      throws IOException {
    Specs specs = SpecFiles.read(List.of(path), terminal.in());
    Compilations compiled = Compilations.of(specs, facts);
    var diagnostics = new ArrayList<>(specs.diagnostics());
    diagnostics.addAll(compiled.diagnostics());
    if (printer.machine()) {
      printer.node(
          Envelope.of("SpecExplanation")
              .put("items", Node.list(compiled.apps().stream().map(ExplainSpec::node).toList()))
              .put("diagnostics", DiagnosticDocument.write(diagnostics))
              .build());
    } else {
      boolean first = true;
      for (CompiledApp app : compiled.apps()) {
        if (!first) {
          printer.line();
        }
        first = false;
        show(printer, app);
      }
      terminal.out().flush();
      new DiagnosticPrinter(terminal.err(), Paint.NONE, specs.texts()).print(diagnostics);
    }
    return Specs.hasErrors(diagnostics) ? ExitCode.ERROR : ExitCode.OK;
  }

  /** Explains one app to a person. */
  static void show(Printer printer, CompiledApp app) {
    AppSandbox spec = app.spec();
    printer.line(printer.style(Style.STRONG, spec.name().value()) + "  " + spec.at());
    printer.hanging("runs   ", Style.FAINT, String.join(" ", spec.run().command()));
    printer.hanging("root   ", Style.FAINT, root(spec));
    printer.hanging("mode   ", Style.FAINT, mode(spec.mode()));
    printer.hanging("drift  ", Style.FAINT, drift(spec));
    printer.line();
    var permissions = new Table("PERMISSION", "IS", "WHICH MEANS");
    for (Permission permission : mentioned(spec)) {
      Standing standing = PermissionText.standing(permission, spec.permissions(), spec.mode());
      permissions.row(
          Cell.of(permission.key(), Style.STRONG), standing(standing), meaning(spec, permission));
    }
    printer.table(permissions);
    printer.line();
    var directives = new Table("BECAUSE OF", "DIRECTIVE", "VALUE");
    app.directives().stream()
        .filter(d -> d.section().equals("Service"))
        .filter(d -> !d.value().contains(CompiledApp.GENERATION_VARIABLE))
        .sorted(Comparator.comparing(d -> d.because().equals("default")))
        .forEach(
            d ->
                directives.row(
                    Cell.of(d.because()),
                    Cell.of(d.name(), Style.STRONG),
                    Cell.of(ExplainPermission.shown(List.of(d.value())))));
    printer.table(directives);
  }

  /** All but internetTo where it is not used: it narrows internet, and opens nothing by itself. */
  private static List<Permission> mentioned(AppSandbox spec) {
    return Arrays.stream(Permission.values())
        .filter(p -> p != Permission.INTERNET_TO || spec.permissions().get(p).isPresent())
        .toList();
  }

  private static Cell standing(Standing standing) {
    return switch (standing) {
      case GRANTED -> Cell.of(standing.word(), Style.GOOD);
      case WITHHELD -> Cell.of(standing.word(), Style.BAD);
      case OPEN -> Cell.of(standing.word(), Style.WARN);
    };
  }

  private static Cell meaning(AppSandbox spec, Permission permission) {
    var entry = PermissionCatalog.entry(permission);
    return Cell.of(
        switch (PermissionText.standing(permission, spec.permissions(), spec.mode())) {
          case WITHHELD -> entry.withheld();
          case GRANTED -> entry.opens() + detail(spec, permission);
          case OPEN -> entry.opens() + " (not withheld by name)";
        });
  }

  private static String detail(AppSandbox spec, Permission permission) {
    return spec.permissions()
        .get(permission)
        .map(PermissionText::detail)
        .filter(detail -> !detail.isEmpty())
        .map(detail -> " Here: " + detail + ".")
        .orElse("");
  }

  private static String root(AppSandbox spec) {
    return switch (spec.root()) {
      case AppSandbox.Root.Host() -> "the device's own, read-only";
      case AppSandbox.Root.Image(var path, var digest, var _) ->
          path + " (sha256 " + digest.abbreviated() + ")";
    };
  }

  private static String mode(Mode mode) {
    return switch (mode) {
      case CLOSED -> "Closed: what is not granted is withheld";
      case OPEN -> "Open: only what is withheld by name is restricted";
    };
  }

  private static String drift(AppSandbox spec) {
    return switch (spec.drift()) {
      case DETECT -> "Detect: drift is reported";
      case CORRECT -> "Correct: drift is reported and put right";
    };
  }

  /** Explains one app to a machine. */
  static Node node(CompiledApp app) {
    AppSandbox spec = app.spec();
    var permissions = new MappingBuilder();
    for (Permission permission : mentioned(spec)) {
      Standing standing = PermissionText.standing(permission, spec.permissions(), spec.mode());
      var entry = PermissionCatalog.entry(permission);
      permissions.put(
          permission.key(),
          new MappingBuilder()
              .put("standing", standing.word())
              .put("meaning", standing == Standing.WITHHELD ? entry.withheld() : entry.opens())
              .put("detail", spec.permissions().get(permission).map(ExplainSpec::text).orElse(""))
              .build());
    }
    return new MappingBuilder()
        .put("app", spec.name().value())
        .put("unit", app.unit().value())
        .put("mode", spec.mode() == Mode.CLOSED ? "Closed" : "Open")
        .put("permissions", permissions.build())
        .put("directives", CompiledDocument.directives(app))
        .build();
  }

  private static String text(Request request) {
    return PermissionText.detail(request);
  }
}
