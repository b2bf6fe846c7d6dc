package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.Fields;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.report.DirectiveCounts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * One app of this device in detail.
 *
 * @param events of the app, the newest last
 */
record AppPage(StatusFile status, StatusEntry app, List<RecordedEvent> events) {
  /** So many events are shown. */
  private static final int EVENTS = 5;

  void show(Printer printer) {
    printer.heading(app.name());
    line(printer, "unit: ", app.unit());
    line(printer, "revision: ", app.text("revision"));
    line(printer, "generation: ", app.text("generation"));
    line(printer, "exposure: ", app.text("exposure"));
    printer.hanging("reported: ", Style.FAINT, StatusFile.ago(status.age()) + " ago");
    if (app.suspended()) {
      printer.hanging(
          "suspended: ",
          Style.WARN,
          "neither applied nor corrected; sandbar resume "
              + resumes()
              + ", or suspend: false where its spec says it");
    }
    if (!app.text("held").isEmpty()) {
      printer.hanging("held: ", Style.WARN, app.text("held") + " " + app.name());
    }
    printer.line();
    printer.table(conditions());
    printer.line();
    directives(printer);
    permissions(printer);
    if (!app.drifts().isEmpty()) {
      printer.line();
      printer.heading("Drift");
      app.drifts().forEach(drift -> DriftCommand.show(printer, app.name(), drift));
    }
    if (!app.ignoreRules().isEmpty()) {
      printer.line();
      printer.heading("Ignored drift");
      printer.table(ignored());
    }
    if (!events.isEmpty()) {
      printer.line();
      printer.heading("Last events");
      printer.table(RecordedEvent.table(lastEvents(), Instant.now(), false));
    }
  }

  private Table ignored() {
    var table = new Table("PROPERTY", "IGNORED NOW", "REASON");
    for (Fields rule : app.ignoreRules()) {
      table.row(
          Cell.of(StatusEntry.text(rule, "property"), Style.STRONG),
          Cell.of(app.stale() ? StatusEntry.UNKNOWN : StatusEntry.text(rule, "suppresses")),
          Cell.of(StatusEntry.text(rule, "reason")));
    }
    return table;
  }

  private String resumes() {
    return status.agent("suspended").equals("true") ? "--all" : app.name();
  }

  private static void line(Printer printer, String head, String text) {
    if (!text.isEmpty()) {
      printer.hanging(head, Style.FAINT, text);
    }
  }

  private Table conditions() {
    var table = new Table("CONDITION", "STATUS", "FOR", "REASON", "MESSAGE");
    Instant now = Instant.now();
    for (Fields condition : app.conditions()) {
      String type = condition.text("type");
      String said = condition.text("status");
      String held = app.stale() ? StatusEntry.UNKNOWN : said;
      Style style =
          held.equals(StatusEntry.UNKNOWN)
              ? Style.WARN
              : StatusEntry.isGood(type, held) ? Style.GOOD : Style.BAD;
      String since = StatusEntry.text(condition, "lastTransitionTime");
      table.row(
          Cell.of(type, Style.STRONG),
          Cell.of(held, style),
          Cell.of(since.isEmpty() ? "-" : RecordedEvent.ago(since, now)),
          Cell.of(StatusEntry.text(condition, "reason")),
          Cell.of(StatusEntry.text(condition, "message")));
    }
    return table;
  }

  /** How many directives are shown to hold; those that are not, by name. */
  private void directives(Printer printer) {
    DirectiveCounts directives = app.directives();
    if (directives.equals(DirectiveCounts.NONE)) {
      return;
    }
    printer.hanging("enforced: ", Style.FAINT, directives.enforced() + " directives");
    named(printer, "degraded: ", Style.BAD, directives.degraded());
    named(printer, "unsupported: ", Style.WARN, directives.unsupported());
    if (!directives.unknown().isEmpty()) {
      printer.hanging(
          "unknown: ",
          Style.FAINT,
          directives.unknown().size()
              + " that the agent cannot read; see: sandbar attest "
              + app.name());
    }
    printer.line();
  }

  private static void named(Printer printer, String head, Style style, List<String> names) {
    if (!names.isEmpty()) {
      printer.hanging(head, style, String.join(", ", names));
    }
  }

  private void permissions(Printer printer) {
    if (!app.knowsPermissions()) {
      printer.line("What it may do is not known: the agent cannot read what it applied.");
      return;
    }
    if (app.permissions().isEmpty()) {
      printer.line(
          app.text("generation").isEmpty()
              ? "No version of it is on the device."
              : "It has no permissions: nothing but to run.");
      return;
    }
    var details = new LinkedHashMap<String, List<String>>();
    for (String permission : app.permissions()) {
      int equals = permission.indexOf('=');
      String key = equals < 0 ? permission : permission.substring(0, equals);
      List<String> all = details.computeIfAbsent(key, _ -> new ArrayList<>());
      if (equals >= 0) {
        all.add(permission.substring(equals + 1));
      }
    }
    var table = new Table("PERMISSION", "WITH IT THE APP CAN");
    details.forEach(
        (key, all) ->
            table.row(
                Cell.of(key, Style.STRONG),
                Cell.of(
                    words(key) + (all.isEmpty() ? "" : " Here: " + String.join(", ", all) + "."))));
    printer.table(table);
  }

  /** Empty for one that this version does not know. */
  private static String words(String key) {
    return key.equals(OpenedWall.KEY)
        ? "Do what these walls of its sandbox would stop, which raw opens."
        : Permission.find(key).map(it -> PermissionCatalog.entry(it).opens()).orElse("");
  }

  private List<RecordedEvent> lastEvents() {
    return events.subList(Math.max(0, events.size() - EVENTS), events.size());
  }

  /** For machines: what the agent reported, and the last events. */
  Node document() {
    MappingBuilder document =
        Envelope.of("AppStatus")
            .put("ageSeconds", status.age().toSeconds())
            .put("stale", status.stale())
            .put("unit", app.unit());
    app.fields().keys().forEach(key -> document.put(key, app.fields().get(key)));
    return document
        .put("events", Node.list(lastEvents().stream().map(RecordedEvent::node).toList()))
        .build();
  }
}
