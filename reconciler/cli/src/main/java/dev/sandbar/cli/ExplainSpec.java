package dev.sandbar.cli;

import dev.sandbar.cli.document.DiagnosticDocument;
import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Paint;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.Explainer;
import dev.sandbar.core.compile.Explanation.OfApp;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.EnforcementMode;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.AppSpec.Network;
import dev.sandbar.core.model.IgnoreRule;
import dev.sandbar.core.model.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

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
              .put(
                  "items",
                  Node.list(compiled.apps().stream().map(app -> node(app, facts)).toList()))
              .put("diagnostics", DiagnosticDocument.write(diagnostics))
              .build());
    } else {
      boolean first = true;
      for (CompiledApp app : compiled.apps()) {
        if (!first) {
          printer.line();
        }
        first = false;
        show(printer, app, facts);
      }
      terminal.out().flush();
      new DiagnosticPrinter(terminal.err(), Paint.NONE, specs.texts()).print(diagnostics);
    }
    return Specs.hasErrors(diagnostics) ? ExitCode.ERROR : ExitCode.OK;
  }

  /** Explains one app to a person. */
  static void show(Printer printer, CompiledApp app, DeviceFacts facts) {
    AppSpec spec = app.spec();
    printer.line(printer.style(Style.STRONG, spec.name().value()) + "  " + spec.at());
    printer.hanging(
        spec.run().adopts() ? "confines   " : "runs   ",
        Style.FAINT,
        spec.run().adopts() ? spec.run().unit() : String.join(" ", spec.run().command()));
    app.timers()
        .forEach(
            timer ->
                printer.hanging(
                    "when   ", Style.FAINT, timer.times().cron() + " " + timer.times().zone()));
    printer.hanging("root   ", Style.FAINT, root(spec));
    printer.hanging("mode   ", Style.FAINT, mode(spec.mode()));
    if (spec.network() == Network.OWN) {
      printer.hanging(
          "network  ",
          Style.FAINT,
          "Own: a network namespace of its own; programs of the device reach the app at "
              + app.address());
    }
    if (spec.enforcement() == EnforcementMode.PERMISSIVE) {
      printer.hanging(
          "enforcement  ", Style.FAINT, "Permissive: runs even where the kernel does not hold it");
    }
    printer.hanging("drift  ", Style.FAINT, drift(spec));
    if (!spec.run().adopts()) {
      printer.hanging(
          "exposure  ",
          Style.FAINT,
          ExposureText.explained(ExposureText.declared(app, facts))
              + " (0.0 to 10.0, as systemd-analyze security)");
    }
    printer.line();
    var permissions = new Table("PERMISSION", "IS", "WHICH MEANS");
    for (OfApp row : Explainer.explain(spec)) {
      permissions.row(
          Cell.of(row.permission().key(), Style.STRONG),
          Cell.of(word(row), style(row)),
          Cell.of(row.meaning() + more(spec, row)));
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
                    Cell.of(RawText.because(spec, d)),
                    Cell.of(d.name(), Style.STRONG),
                    Cell.of(ExplainPermission.shown(List.of(d.value())))));
    printer.table(directives);
  }

  private static String word(OfApp row) {
    return row.standing().name().toLowerCase(Locale.ROOT);
  }

  private static Style style(OfApp row) {
    return switch (row.standing()) {
      case GRANTED -> Style.GOOD;
      case WITHHELD -> Style.BAD;
      case OPEN -> Style.WARN;
    };
  }

  private static String more(AppSpec spec, OfApp row) {
    String detail = detail(spec, row);
    return switch (row.standing()) {
      case WITHHELD -> openedByRaw(spec, row);
      case GRANTED -> detail.isEmpty() ? "" : " Here: " + detail + ".";
      case OPEN -> " (not withheld by name)";
    };
  }

  /** What is withheld by all walls but one is no longer withheld as a whole. */
  private static String openedByRaw(AppSpec spec, OfApp row) {
    String directives = RawText.opening(spec, row.permission());
    return directives.isEmpty() ? "" : " But raw opens a part of it: " + directives + ".";
  }

  private static String detail(AppSpec spec, OfApp row) {
    return spec.permissions().get(row.permission()).map(PermissionText::detail).orElse("");
  }

  private static String root(AppSpec spec) {
    return switch (spec.root()) {
      case AppSpec.Root.Host() -> "the device's own, read-only";
      case AppSpec.Root.Image image ->
          "%s (sha256 %s%s)"
              .formatted(
                  image.source().shown(),
                  image.digest().abbreviated(),
                  image.checked() ? ", each block checked when it is read" : "");
    };
  }

  private static String mode(Mode mode) {
    return switch (mode) {
      case CLOSED -> "Closed: what is not granted is withheld";
      case OPEN -> "Open: only what is withheld by name is restricted";
    };
  }

  private static String drift(AppSpec spec) {
    String mode =
        switch (spec.drift().mode()) {
          case DETECT -> "Detect: drift is reported";
          case CORRECT -> "Correct: drift is reported and corrected";
        };
    List<String> ignored = spec.drift().ignore().stream().map(IgnoreRule::property).toList();
    return ignored.isEmpty() ? mode : mode + ", but for " + String.join(", ", ignored);
  }

  /** Explains one app to a machine. */
  static Node node(CompiledApp app, DeviceFacts facts) {
    AppSpec spec = app.spec();
    var permissions = new MappingBuilder();
    for (OfApp row : Explainer.explain(spec)) {
      permissions.put(
          row.permission().key(),
          new MappingBuilder()
              .put("standing", word(row))
              .put("meaning", row.meaning())
              .put("detail", detail(spec, row))
              .put("openedByRaw", RawText.opening(spec, row.permission()))
              .build());
    }
    var document =
        new MappingBuilder()
            .put("app", spec.name().value())
            .put("unit", app.unit().value())
            .put("mode", spec.mode() == Mode.CLOSED ? "Closed" : "Open")
            .put("network", spec.network().text())
            .put("enforcement", spec.enforcement().text());
    if (!app.address().isEmpty()) {
      document.put("address", app.address());
    }
    if (!spec.run().adopts()) {
      document.put("exposure", ExposureText.node(ExposureText.declared(app, facts)));
    }
    return document
        .put("permissions", permissions.build())
        .put("directives", CompiledDocument.directives(app))
        .build();
  }
}
