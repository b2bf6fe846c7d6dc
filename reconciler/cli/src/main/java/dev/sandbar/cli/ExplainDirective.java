package dev.sandbar.cli;

import dev.sandbar.cli.Meanings.Meaning;
import dev.sandbar.cli.Samples.Change;
import dev.sandbar.cli.Samples.Effects;
import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.compile.Feature;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.property.DirectiveInfo;
import java.util.ArrayList;
import java.util.List;

/** Explains a directive: what it does, and what sets it to what. */
final class ExplainDirective {
  private final DirectiveInfo directive;
  private final Meaning meaning;
  private final List<String> closed;
  private final List<Setter> setters = new ArrayList<>();
  private final List<Setter> guards = new ArrayList<>();

  /** A permission that sets the directive to something else. */
  private record Setter(Permission permission, List<String> values) {}

  private ExplainDirective(DirectiveInfo directive) {
    this.directive = directive;
    this.meaning = Meanings.of(directive.name());
    this.closed = Samples.closed().getOrDefault(directive.name(), List.of());
    for (Permission permission : Permission.values()) {
      Effects effects = Samples.effects(permission, Samples.request(permission));
      collect(permission, effects.grants(), setters);
      collect(permission, effects.guards(), guards);
    }
  }

  private void collect(Permission permission, List<Change> changes, List<Setter> to) {
    changes.stream()
        .filter(change -> change.directive().equals(directive.name()))
        .forEach(change -> to.add(new Setter(permission, change.after())));
  }

  static void one(Printer printer, DirectiveInfo directive) {
    var explanation = new ExplainDirective(directive);
    if (printer.machine()) {
      printer.node(explanation.node());
    } else {
      explanation.show(printer);
    }
  }

  private void show(Printer printer) {
    printer.line(printer.style(Style.STRONG, directive.name()) + "=, see " + meaning.manual());
    if (!meaning.sentence().isEmpty()) {
      printer.paragraph("", meaning.sentence());
    }
    printer.line();
    printer.hanging("Without Sandbar: ", Style.PLAIN, fallback());
    printer.hanging(
        "In a closed app: ", Style.PLAIN, ExplainPermission.shown(closed).replace('\n', ';'));
    if (directive.since() > 0) {
      printer.hanging("Since:           ", Style.PLAIN, "systemd " + directive.since());
    }
    directive
        .requiredFeature()
        .ifPresent(feature -> printer.hanging("Needs:           ", Style.PLAIN, title(feature)));
    printer.hanging(
        "A change:        ",
        Style.PLAIN,
        directive.liveSettable() ? "reaches a running app without a restart" : "restarts the app");
    table(printer, "GRANTED", setters);
    table(printer, "WITHHELD BY NAME FROM AN OPEN APP", guards);
  }

  private static void table(Printer printer, String heading, List<Setter> setters) {
    if (setters.isEmpty()) {
      return;
    }
    printer.line();
    var table = new Table(heading, "SETS IT TO");
    setters.forEach(
        s ->
            table.row(
                Cell.of(s.permission().key(), Style.STRONG),
                Cell.of(ExplainPermission.shown(s.values()))));
    printer.table(table);
  }

  private String fallback() {
    return switch (directive.fallback()) {
      case DirectiveInfo.VARIES -> "it depends on the device";
      case "" -> "not set";
      default -> directive.fallback();
    };
  }

  private static String title(String feature) {
    return Feature.valueOf(feature).title();
  }

  private Node node() {
    return Envelope.of("DirectiveExplanation")
        .put("directive", directive.name())
        .put("section", directive.section())
        .put("manual", meaning.manual())
        .put("meaning", meaning.sentence())
        .put("since", directive.since())
        .put("needs", directive.requiredFeature().orElse(""))
        .put("live", directive.liveSettable())
        .texts("closed", closed)
        .put("granted", node(setters))
        .put("withheldFromOpenApp", node(guards))
        .build();
  }

  private static Node node(List<Setter> setters) {
    var permissions = new MappingBuilder();
    setters.forEach(s -> permissions.texts(s.permission().key(), s.values()));
    return permissions.build();
  }
}
