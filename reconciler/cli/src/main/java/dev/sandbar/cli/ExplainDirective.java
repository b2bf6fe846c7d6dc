package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.compile.Explainer;
import dev.sandbar.core.compile.Explanation.OfDirective;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.Evidence;
import java.util.List;
import java.util.SortedMap;

/** Shows what a directive does, and what sets it to what. */
final class ExplainDirective {
  private ExplainDirective() {}

  static void one(Printer printer, DirectiveInfo directive) {
    OfDirective explained = Explainer.explain(directive);
    if (printer.machine()) {
      printer.node(node(explained));
    } else {
      show(printer, explained);
    }
  }

  private static void show(Printer printer, OfDirective explained) {
    DirectiveInfo directive = explained.directive();
    printer.line(printer.style(Style.STRONG, directive.name()) + "=, see " + directive.manual());
    printer.paragraph("", directive.meaning());
    printer.line();
    fact(printer, "Without Sandbar", fallback(directive));
    fact(
        printer, "In a closed app", ExplainPermission.shown(explained.closed()).replace('\n', ';'));
    fact(printer, "In directives", directive.override().shown());
    if (directive.since() > 0) {
      fact(printer, "Since", "systemd " + directive.since());
    }
    Feature.neededBy(directive.name()).ifPresent(f -> fact(printer, "Needs", f.title()));
    if (!directive.hold().evidence().isEmpty()) {
      fact(printer, "Kernel shows", String.join(", ", evidence(directive)));
    }
    fact(
        printer,
        "A change",
        directive.liveSettable() ? "reaches a running app without a restart" : "restarts the app");
    fact(
        printer,
        "Its drift",
        directive.ignorable() ? "can be ignored by drift.ignore" : "is always reported");
    table(printer, "GRANTED", explained.granted());
    table(printer, "WITHHELD BY NAME FROM AN OPEN APP", explained.withheld());
  }

  private static void fact(Printer printer, String label, String value) {
    printer.hanging("%-17s".formatted(label + ":"), Style.PLAIN, value);
  }

  private static void table(
      Printer printer, String heading, SortedMap<Permission, List<String>> setters) {
    if (setters.isEmpty()) {
      return;
    }
    printer.line();
    var table = new Table(heading, "SETS IT TO");
    setters.forEach(
        (permission, values) ->
            table.row(
                Cell.of(permission.key(), Style.STRONG), Cell.of(ExplainPermission.shown(values))));
    printer.table(table);
  }

  private static String fallback(DirectiveInfo directive) {
    return switch (directive.fallback()) {
      case DirectiveInfo.VARIES -> "it depends on the device";
      case "" -> "not set";
      default -> directive.fallback();
    };
  }

  private static List<String> evidence(DirectiveInfo directive) {
    return directive.hold().evidence().stream().map(Evidence::shown).toList();
  }

  private static Node node(OfDirective explained) {
    DirectiveInfo directive = explained.directive();
    return Envelope.of("DirectiveExplanation")
        .put("directive", directive.name())
        .put("section", directive.section())
        .put("manual", directive.manual())
        .put("meaning", directive.meaning())
        .put("since", directive.since())
        .put("needs", directive.requiredFeature().orElse(""))
        .texts("evidence", evidence(directive))
        .put("live", directive.liveSettable())
        .put("inDirectives", directive.override().shown())
        .put("ignorable", directive.ignorable())
        .texts("closed", explained.closed())
        .put("granted", node(explained.granted()))
        .put("withheldFromOpenApp", node(explained.withheld()))
        .build();
  }

  private static Node node(SortedMap<Permission, List<String>> setters) {
    var permissions = new MappingBuilder();
    setters.forEach((permission, values) -> permissions.texts(permission.key(), values));
    return permissions.build();
  }
}
