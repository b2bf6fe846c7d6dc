package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.compile.Explanation.Change;
import dev.sandbar.core.compile.Explanation.OfPermission;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Explains permissions. */
final class ExplainPermission {
  private ExplainPermission() {}

  /** Lists all. */
  static void all(Printer printer) {
    if (printer.machine()) {
      printer.node(
          Envelope.of("PermissionList")
              .put(
                  "items",
                  Node.list(
                      Arrays.stream(Permission.values())
                          .map(p -> described(p, new MappingBuilder()).build())
                          .toList()))
              .build());
      return;
    }
    var table = new Table("PERMISSION", "ALIAS", "WITH IT AN APP CAN");
    for (Permission permission : Permission.values()) {
      table.row(
          Cell.of(permission.key(), Style.STRONG),
          Cell.of(permission.alias()),
          Cell.of(PermissionCatalog.entry(permission).opens()));
    }
    printer.table(table);
    printer.line();
    printer.paragraph(
        "",
        "An app has none of them unless its spec asks for it. More of one: sandbar explain"
            + " internet");
  }

  /**
   * Shows one.
   *
   * @param exact whether the user gave the request; otherwise it is the example
   */
  static void one(Printer printer, OfPermission explained, boolean exact) {
    explained.errors().stream()
        .findFirst()
        .ifPresent(
            error -> {
              throw new CommandException(error.message(), error.help());
            });
    if (printer.machine()) {
      printer.node(node(explained, exact));
      return;
    }
    Permission permission = explained.permission();
    boolean withheld = explained.request().value() instanceof Value.Withheld;
    head(printer, explained, exact);
    printer.line();
    if (!exact || withheld) {
      printer.heading("Withheld with");
      if (explained.guards().isEmpty()) {
        printer.line("  no directive of its own: nothing is done for the app");
      } else {
        printer.table(guards(explained));
      }
      printer.line();
    }
    if (!withheld) {
      String companions =
          explained.foundation().stream()
              .map(needed -> ", in an app that has " + needed.key())
              .collect(Collectors.joining());
      printer.heading("Granted with" + companions);
      printer.table(grants(explained));
      printer.line();
    }
    printer.heading("In a spec");
    String asked = exact && withheld ? permission.key() + ": false" : permission.example();
    printer.line("  permissions: {" + asked + "}");
    printer.heading("On the command line");
    printer.line("  sandbar compile app.yaml --set " + permission.alias() + "=no");
  }

  private static void head(Printer printer, OfPermission explained, boolean exact) {
    Permission permission = explained.permission();
    Request request = explained.request();
    var entry = explained.entry();
    printer.line(
        printer.style(Style.STRONG, permission.key())
            + " ("
            + permission.alias()
            + "): "
            + entry.title()
            + ", "
            + permission.level().name().toLowerCase(Locale.ROOT));
    printer.line();
    if (!exact) {
      printer.hanging("Granted:  ", Style.GOOD, entry.opens());
      printer.hanging("Withheld: ", Style.BAD, entry.withheld());
    } else if (request.value() instanceof Value.Withheld) {
      printer.hanging("This withholds it: ", Style.BAD, entry.withheld());
    } else {
      String detail = PermissionText.detail(request);
      printer.hanging(
          "This grants it: ",
          Style.GOOD,
          entry.opens() + (detail.isEmpty() ? "" : " Here: " + detail + "."));
    }
    if (!entry.limit().isEmpty() && !(exact && request.value() instanceof Value.Withheld)) {
      printer.hanging("Limit:    ", Style.WARN, entry.limit());
    }
  }

  private static Table guards(OfPermission explained) {
    var table = new Table("DIRECTIVE", "VALUE");
    for (Change change : explained.guards()) {
      table.row(Cell.of(change.directive(), Style.STRONG), Cell.of(shown(change.after())));
    }
    return table;
  }

  private static Table grants(OfPermission explained) {
    var table = new Table("DIRECTIVE", "WITHOUT IT", "WITH IT");
    for (Change change : explained.grants()) {
      table.row(
          Cell.of(change.directive(), Style.STRONG),
          Cell.of(shown(only(change.before(), change.after(), "(nothing more)"))),
          Cell.of(shown(only(change.after(), change.before(), "(gone)"))));
    }
    return table;
  }

  /**
   * The part of a setting that the other does not have: of a list, the words that are no others'.
   *
   * @param none stands for no part at all
   */
  private static List<String> only(List<String> values, List<String> others, String none) {
    var rest = new ArrayList<String>();
    for (String value : values) {
      String words = others.contains(value) ? "" : onlyWords(value, others);
      if (!words.isEmpty() || value.isEmpty()) {
        rest.add(words);
      }
    }
    return rest.isEmpty() && !values.isEmpty() ? List.of(none) : rest;
  }

  private static String onlyWords(String value, List<String> others) {
    String sign = value.startsWith("~") ? "~" : "";
    var words = new ArrayList<>(List.of(value.substring(sign.length()).split(" ")));
    others.stream()
        .filter(other -> other.startsWith("~") == value.startsWith("~"))
        .forEach(other -> words.removeAll(List.of(other.substring(sign.length()).split(" "))));
    return words.isEmpty() ? "" : sign + String.join(" ", words);
  }

  /** The values as one text; a long one is cut, and says how long it is. */
  static String shown(List<String> values) {
    if (values.isEmpty()) {
      return "(not set)";
    }
    return String.join("\n", values.stream().map(ExplainPermission::cut).toList());
  }

  private static String cut(String value) {
    if (value.isEmpty()) {
      return "(empty)";
    }
    List<String> words = List.of(value.split(" "));
    int most = 8;
    return words.size() <= most + 2
        ? value
        : String.join(" ", words.subList(0, most)) + " ... (" + words.size() + " in all)";
  }

  private static MappingBuilder described(Permission permission, MappingBuilder to) {
    var entry = PermissionCatalog.entry(permission);
    return to.put("permission", permission.key())
        .put("alias", permission.alias())
        .put("title", entry.title())
        .put("level", permission.level().name().toLowerCase(Locale.ROOT))
        .put("granted", entry.opens())
        .put("withheld", entry.withheld())
        .put("example", permission.example());
  }

  private static Node node(OfPermission explained, boolean exact) {
    MappingBuilder builder =
        described(explained.permission(), Envelope.of("PermissionExplanation"));
    if (exact) {
      Request request = explained.request();
      builder.put("asked", request.value() instanceof Value.Withheld ? "withheld" : "granted");
      builder.put("detail", PermissionText.detail(request));
    }
    return builder
        .put("withheldWith", changes(explained.guards()))
        .put("grantedWith", changes(explained.grants()))
        .build();
  }

  private static Node changes(List<Change> changes) {
    return Node.list(
        changes.stream()
            .map(
                change ->
                    new MappingBuilder()
                        .put("directive", change.directive())
                        .texts("before", change.before())
                        .texts("after", change.after())
                        .build())
            .toList());
  }
}
