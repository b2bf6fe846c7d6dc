package dev.sandbar.cli;

import dev.sandbar.cli.document.Fields;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.report.DirectiveCounts;
import dev.sandbar.core.report.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One app as the agent reported it.
 *
 * @param fields of the report
 * @param stale whether that is too old to be believed
 */
record StatusEntry(Fields fields, boolean stale) {
  static final String UNKNOWN = "Unknown";
  private static final List<String> WAITING =
      List.of(Reason.WAITING_FOR_WINDOW.text(), Reason.WAITING_FOR_APP.text(), Reason.HELD.text());

  String name() {
    return fields.text("name");
  }

  /** Empty if the agent does not say. */
  String text(String key) {
    return text(fields, key);
  }

  static String text(Fields fields, String key) {
    return fields.find(key).map(Fields::text).orElse("");
  }

  /** What it is to systemd; empty if its name is none of an app. */
  String unit() {
    if (!text("unit").isEmpty()) {
      return text("unit");
    }
    // An agent of an earlier release does not say it.
    return AppName.isValid(name()) ? UnitName.own(new AppName(name())).value() : "";
  }

  boolean suspended() {
    return text("suspended").equals("true");
  }

  List<Fields> conditions() {
    return list("conditions").stream().map(Fields::of).toList();
  }

  List<Fields> drifts() {
    return list("drift").stream().map(Fields::of).toList();
  }

  /** Differences that rules of its spec ignore. */
  List<Fields> ignored() {
    return list("ignored").stream().map(Fields::of).toList();
  }

  /** The rules of its spec, each with how many differences it suppresses now. */
  List<Fields> ignoreRules() {
    return list("ignore").stream().map(Fields::of).toList();
  }

  /** Whether the agent could read what it applied. */
  boolean knowsPermissions() {
    return fields.find("permissions").isPresent();
  }

  /** What it may do, as short texts: {@code ports=8080/tcp}. */
  List<String> permissions() {
    return list("permissions").stream().map(Fields::text).toList();
  }

  /** How the directives of its unit hold. */
  DirectiveCounts directives() {
    return fields
        .find("directives")
        .map(node -> NodeBinder.readLenient(DirectiveCounts.class, node))
        .orElse(DirectiveCounts.NONE);
  }

  private List<Node> list(String key) {
    return fields.find(key).isPresent() ? fields.list(key, node -> node) : List.of();
  }

  /** A field of the app's own, or the condition of that type: True, False or Unknown. */
  String condition(String type) {
    Optional<Node> own = fields.find(type);
    if (stale) {
      return UNKNOWN;
    }
    if (own.isPresent()) {
      return capital(Fields.text(own.get()));
    }
    return conditions().stream()
        .filter(c -> c.text("type").equalsIgnoreCase(type))
        .map(c -> capital(c.text("status")))
        .findFirst()
        .orElse(UNKNOWN);
  }

  private static String capital(String word) {
    return word.isEmpty() ? UNKNOWN : Character.toUpperCase(word.charAt(0)) + word.substring(1);
  }

  /** A status of which True is good. */
  static Cell good(String status) {
    return switch (status) {
      case "True" -> Cell.of(status, Style.GOOD);
      case "False" -> Cell.of(status, Style.BAD);
      default -> Cell.of(status, Style.WARN);
    };
  }

  /** A status of which True is bad. */
  static Cell bad(String status) {
    return switch (status) {
      case "True" -> Cell.of(status, Style.BAD);
      case "False" -> Cell.of(status, Style.PLAIN);
      default -> Cell.of(status, Style.WARN);
    };
  }

  /** Whether a condition of that type and status is as it should be. */
  static boolean isGood(String type, String status) {
    return status.equals(type.matches("Ready|Healthy") ? "True" : "False");
  }

  /** What is to be said of it in one line. */
  String message() {
    String message = said();
    String held = text("held");
    if (!held.isEmpty() && !message.contains(held)) {
      message = held + (message.isEmpty() ? "" : "; " + message);
    }
    return suspended() ? "suspended" + (message.isEmpty() ? "" : "; " + message) : message;
  }

  /** Why its newest version is not applied yet though nothing is wrong; empty if that is not so. */
  String waitsFor() {
    return conditions().stream()
        .filter(condition -> condition.text("type").equals("Ready"))
        .filter(condition -> WAITING.contains(condition.text("reason")))
        .map(condition -> text(condition, "message"))
        .findFirst()
        .orElse("");
  }

  private String said() {
    String own = text("message");
    if (!own.isEmpty()) {
      return own;
    }
    var messages = new ArrayList<String>();
    for (Fields condition : conditions()) {
      boolean good = isGood(condition.text("type"), condition.text("status"));
      if (!good || condition.text("type").equals("Ready")) {
        String message = text(condition, "message");
        if (!message.isEmpty() && !messages.contains(message)) {
          messages.add(message);
        }
      }
    }
    return String.join("; ", messages);
  }
}
