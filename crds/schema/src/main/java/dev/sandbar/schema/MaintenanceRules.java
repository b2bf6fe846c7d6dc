package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.model.HoldReader;
import dev.sandbar.core.model.MaintenanceReader;
import dev.sandbar.core.model.ReadyWhenReader;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.core.window.CronReader;
import java.util.Map;

/** The rules of {@code maintenance:} in the schema. */
final class MaintenanceRules {

  private MaintenanceRules() {}

  static void add(ObjectNode maintenance) {
    windows(SchemaParts.object(maintenance.at("/properties/apply")));
    windows(SchemaParts.object(maintenance.at("/properties/download")));
    zone(SchemaParts.object(maintenance.at("/properties/timeZone")));
    text(
        SchemaParts.object(maintenance.at("/properties/maxDefer")),
        SpecBounds.LONGEST_NAME,
        MaintenanceReader.DEFERS,
        "not a length of time: write minutes, hours or days up to 365d, such as 7d");
  }

  static void zone(ObjectNode zone) {
    text(
        zone,
        SpecBounds.LONGEST_NAME,
        MaintenanceReader.ZONES,
        "not the name of a time zone: write a name of the IANA database such as Europe/Berlin, or"
            + " UTC");
  }

  /**
   * Cron times.
   *
   * @param what they are
   */
  static void times(ObjectNode times, String what) {
    text(
        times,
        CronReader.LONGEST,
        CronReader.shape(),
        "not %s: write minute, hour, day of the month, month and day of the week, such as \"0 2 * * *\" for every day at 02:00, or @daily"
            .formatted(what));
  }

  private static void windows(ObjectNode windows) {
    windows.put("minItems", 1).put("maxItems", MaintenanceReader.MOST_WINDOWS);
    times(SchemaParts.object(windows.at("/items/properties/at")), "the beginning of a window");
    text(
        SchemaParts.object(windows.at("/items/properties/for")),
        SpecBounds.LONGEST_NAME,
        MaintenanceReader.LENGTHS,
        "not the length of a window: write minutes, hours or days up to 7d, such as 2h");
  }

  /** Of {@code hold:}, in an AppSandbox and in a Device. */
  static void addHold(ObjectNode hold) {
    text(
        SchemaParts.object(hold.at("/properties/reason")),
        HoldReader.LONGEST_REASON,
        HoldReader.REASONS,
        "not one line of text: shorten it");
    text(
        SchemaParts.object(hold.at("/properties/until")),
        SpecBounds.LONGEST_NAME,
        HoldReader.TIMES,
        "not a time: " + HoldReader.TIME_HELP);
  }

  /** Of {@code readyWhen:}. */
  static void addReadyWhen(ObjectNode readyWhen) {
    text(
        SchemaParts.object(readyWhen.at("/properties/reachable")),
        SpecBounds.LONGEST_NAME,
        ReadyWhenReader.SHARES,
        "not a share of the devices: " + ReadyWhenReader.HELP);
  }

  /** What it needs of the rest of the object. */
  static void addBusyFile(Map<String, String> rules) {
    String asked =
        "has(object.spec.maintenance) && has(object.spec.maintenance.busyFile) &&"
            + " object.spec.maintenance.busyFile && ";
    rules.put(
        "busyFileOfUnit",
        "%s ? [%s] : []"
            .formatted(
                asked + "variables.adopts",
                Cel.text(
                    "maintenance.busyFile is for a program of the app itself, and run.unit gives the"
                        + " service no directory for the file: remove maintenance.busyFile")));
    rules.put(
        "busyFileWithoutState",
        "%s ? [%s] : []"
            .formatted(
                asked
                    + "!variables.adopts && !('state' in variables.permissions &&"
                    + " (variables.permissions.state == true || 'state' in variables.quotas))",
                Cel.text(
                    "maintenance.busyFile is a file in the state directory of the app, which has"
                        + " none: add permissions: {state: true}, or remove"
                        + " maintenance.busyFile")));
  }

  private static void text(ObjectNode field, int longest, String pattern, String message) {
    field.put("maxLength", longest);
    SchemaParts.rule(field, Cel.matches("self", "^(%s)$".formatted(pattern)), message);
  }
}
