package dev.sandbar.cli.fleet;

import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Page;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.model.SafeText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A fleet on one screen: how many of what, the worst, and what waits for a person. */
final class StatusSummary {
  private static final int WORST = 5;
  private static final int EXAMPLES = 3;

  /** So that a row stays one line of 80 columns. */
  private static final int LONGEST_STATUS = 40;

  private static final int LONGEST_NAME = 24;

  /** Reasons that end only when somebody does something. */
  private static final Set<String> FOR_PEOPLE =
      Set.of(
          "AwaitingApproval",
          "RecipientChanged",
          "AppsWithdrawn",
          "PruneHeldBack",
          "Held",
          "Suspended");

  /**
   * What is shown of an app, a device or a repository.
   *
   * @param urgency 0 for one that is as declared
   */
  record Entry(String name, String reason, int urgency, String status) {}

  private final Page page = new Page();
  private final Map<String, List<String>> waiting = new TreeMap<>();

  private StatusSummary() {}

  /** What is wrong first in each list. */
  static Page of(List<Entry> sources, List<Entry> apps, List<Entry> devices) {
    var summary = new StatusSummary();
    summary.part("repositories", sources);
    summary.part("apps", apps);
    summary.part("devices", devices);
    summary.people();
    summary.page.line(Page.Part.of("everything: --limit 0, or -o wide", Style.FAINT));
    return summary.page;
  }

  private void part(String noun, List<Entry> entries) {
    if (entries.isEmpty()) {
      return;
    }
    List<Entry> amiss = entries.stream().filter(it -> it.urgency() > 0).toList();
    page.line(
        Page.Part.of("%d %s: ".formatted(entries.size(), noun)),
        amiss.isEmpty()
            ? Page.Part.of("as declared", Style.GOOD)
            : Page.Part.of(amiss.size() + " not as declared", Style.WARN));
    var reasons = new TreeMap<String, List<String>>();
    for (Entry entry : entries) {
      if (FOR_PEOPLE.contains(entry.reason())) {
        waiting.computeIfAbsent(entry.reason(), _ -> new ArrayList<>()).add(entry.name());
      }
      if (entry.urgency() > 0) {
        reasons.computeIfAbsent(entry.reason(), _ -> new ArrayList<>()).add(entry.name());
      }
    }
    if (amiss.size() > WORST) {
      page.table(reasons(reasons));
    }
    if (!amiss.isEmpty()) {
      page.table(worst(noun, amiss));
    }
    page.gap();
  }

  private static Table reasons(Map<String, List<String>> reasons) {
    var table = new Table("COUNT", "REASON", "FOR EXAMPLE");
    reasons.entrySet().stream()
        .sorted(
            Comparator.comparingInt((Map.Entry<String, List<String>> it) -> -it.getValue().size())
                .thenComparing(Map.Entry::getKey))
        .limit(WORST)
        .forEach(
            it ->
                table.row(
                    Cell.of(Integer.toString(it.getValue().size())),
                    Cell.of(it.getKey(), Style.WARN),
                    Cell.of(shortened(NameList.few(it.getValue(), EXAMPLES), LONGEST_STATUS))));
    return table;
  }

  private static Table worst(String noun, List<Entry> amiss) {
    var table = new Table("WORST " + noun.toUpperCase(Locale.ROOT), "STATUS");
    amiss.stream()
        .limit(WORST)
        .forEach(
            it ->
                table.row(
                    Cell.of(shortened(it.name(), LONGEST_NAME), Style.STRONG),
                    Cell.of(shortened(it.status(), LONGEST_STATUS))));
    return table;
  }

  private static String shortened(String text, int most) {
    return text.length() <= most ? text : SafeText.cut(text, most - 3) + "...";
  }

  private void people() {
    if (!waiting.isEmpty()) {
      page.hanging(
          "waits for a person: ",
          Style.WARN,
          String.join(
              "; ",
              waiting.entrySet().stream()
                  .map(
                      it ->
                          "%s %d (%s)"
                              .formatted(
                                  it.getKey(),
                                  it.getValue().size(),
                                  NameList.few(it.getValue(), EXAMPLES)))
                  .toList()));
    }
  }
}
