package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.probe.Judged;
import dev.sandbar.core.probe.Judged.Verdict;
import dev.sandbar.core.probe.ProbeAttempt;
import dev.sandbar.core.probe.ProbeJudgement;
import dev.sandbar.device.probe.UnitContent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.stream.Collectors;

/**
 * What {@code sandbar probe} prints.
 *
 * @param unit that the app is
 * @param running whether the kit ran with the files of the unit that systemd has loaded
 * @param leftOut directives of the app that the kit's unit has not, or not as the app has them
 */
record ProbeView(
    AppName app,
    UnitName unit,
    UnitContent content,
    boolean running,
    SortedSet<String> leftOut,
    ProbeJudgement judged) {

  private static final String NOBODY = "no permission";

  /** What opened and is not granted. */
  List<Judged> findings() {
    return judged.with(Verdict.NOT_GRANTED);
  }

  /** For people. */
  void print(Printer printer, boolean wide) {
    printer.table(wide ? everyAttempt() : byPermission());
    list(printer, "Open, and not granted", Style.BAD, findings());
    list(printer, "Granted, and refused", Style.WARN, judged.with(Verdict.GRANTED_REFUSED));
    printer.line();
    printer.paragraph("", summary());
    notes(printer);
  }

  private Table byPermission() {
    var groups = new LinkedHashMap<String, List<Judged>>();
    for (Permission permission : Permission.values()) {
      judged.attempts().stream()
          .filter(it -> !it.permissions().isEmpty() && it.permissions().first() == permission)
          .sorted(Comparator.comparing(it -> it.permissions().size()))
          .forEach(it -> groups.computeIfAbsent(words(it), _ -> new ArrayList<>()).add(it));
    }
    groups.put(
        NOBODY, judged.attempts().stream().filter(it -> it.permissions().isEmpty()).toList());
    var table = new Table("PERMISSION", "TRIED", "OPEN", "RESULT");
    for (Map.Entry<String, List<Judged>> group : groups.entrySet()) {
      List<Judged> tried =
          group.getValue().stream().filter(it -> it.verdict() != Verdict.IGNORED).toList();
      long wrong = count(tried, Verdict.NOT_GRANTED);
      long granted = count(tried, Verdict.GRANTED);
      long refused = count(tried, Verdict.GRANTED_REFUSED);
      table.row(
          Cell.of(group.getKey(), Style.STRONG),
          Cell.of(Integer.toString(tried.size())),
          Cell.of(Long.toString(wrong + granted)),
          Cell.of(
              result(wrong, granted, refused),
              wrong > 0 ? Style.BAD : refused > 0 ? Style.WARN : Style.GOOD));
    }
    return table;
  }

  private static String result(long wrong, long granted, long refused) {
    var parts = new ArrayList<String>();
    if (wrong > 0) {
      parts.add(wrong + " open and not granted");
    }
    if (granted > 0) {
      parts.add(wrong > 0 || refused > 0 ? granted + " open as granted" : "open as granted");
    }
    if (refused > 0) {
      parts.add(refused + " granted and refused");
    }
    return parts.isEmpty() ? "refused" : String.join(", ", parts);
  }

  private static long count(List<Judged> attempts, Verdict verdict) {
    return attempts.stream().filter(it -> it.verdict() == verdict).count();
  }

  private Table everyAttempt() {
    Table table = Table.unlimited("ATTEMPT", "PERMISSION", "GRANTED", "RESULT", "TITLE");
    for (Judged it : judged.attempts()) {
      table.row(
          Cell.of(it.attempt().id(), Style.STRONG),
          Cell.of(words(it)),
          Cell.of(it.granted() ? "yes" : "no"),
          Cell.of(
              ended(it.attempt()), it.verdict() == Verdict.NOT_GRANTED ? Style.BAD : Style.PLAIN),
          Cell.of(it.attempt().title()));
    }
    return table;
  }

  private static String words(Judged it) {
    return it.permissions().isEmpty()
        ? NOBODY
        : it.permissions().stream().map(Permission::key).collect(Collectors.joining(", "));
  }

  private static String ended(ProbeAttempt attempt) {
    return switch (attempt.end()) {
      case OPEN -> "open";
      case DENIED, KILLED ->
          "refused" + (attempt.errno().isEmpty() ? "" : " (" + attempt.errno() + ")");
      case TIMEOUT -> "no answer";
      case ABSENT -> "not there" + (attempt.errno().isEmpty() ? "" : " (" + attempt.errno() + ")");
    };
  }

  private static void list(Printer printer, String heading, Style style, List<Judged> attempts) {
    if (attempts.isEmpty()) {
      return;
    }
    printer.line();
    printer.heading(heading + ":");
    for (Judged it : attempts) {
      String end = it.verdict() == Verdict.NOT_GRANTED ? "" : ": " + ended(it.attempt());
      printer.hanging("  " + it.attempt().id() + "  ", style, it.attempt().title() + end);
    }
  }

  private String summary() {
    int open = findings().size();
    int granted = judged.with(Verdict.GRANTED).size();
    return "%s on %s: %s opened that %s not granted, %d opened as granted"
        .formatted(
            English.count(judged.attempts().size(), "attempt"),
            app,
            open == 0 ? "nothing" : Integer.toString(open),
            open < 2 ? "is" : "are",
            granted);
  }

  private void notes(Printer printer) {
    if (!running) {
      printer.note("this is the sandbox of the spec: " + unit + " was not made from it");
    } else if (!content.dropIns().isEmpty()) {
      printer.note(
          "%s has drop-ins, and the kit had them too: %s"
              .formatted(unit, String.join(", ", content.dropIns())));
    }
    if (content.changed()) {
      printer.note(
          "files of %s have changed since systemd loaded it; this is the sandbox of its next start"
              .formatted(unit));
    }
    if (!leftOut.isEmpty()) {
      printer.note(
          "directories and writable volumes of the app are not shared with the kit: "
              + String.join(", ", leftOut));
    }
    if (!judged.unknown().isEmpty()) {
      printer.note(
          "the kit made attempts that this version of Sandbar does not know: "
              + String.join(", ", judged.unknown()));
    }
  }

  /** For machines. */
  Document document() {
    return new Document(
        app,
        running,
        content.dropIns(),
        content.changed(),
        List.copyOf(leftOut),
        findings().size(),
        judged.attempts().stream()
            .map(
                it ->
                    new Entry(
                        it.attempt().id(),
                        it.attempt().title(),
                        it.permissions().stream().map(Permission::key).toList(),
                        it.granted(),
                        it.attempt().end(),
                        it.attempt().errno(),
                        it.verdict()))
            .toList());
  }

  /** What machines read. */
  record Document(
      AppName app,
      boolean loadedUnit,
      List<String> dropIns,
      boolean changedOnDisk,
      List<String> leftOut,
      int notGranted,
      List<Entry> attempts) {}

  /** One attempt in it. */
  record Entry(
      String id,
      String title,
      List<String> permissions,
      boolean granted,
      ProbeAttempt.End result,
      String errno,
      Verdict verdict) {}
}
