package dev.sandbar.cli.fleet;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Page;
import dev.sandbar.cli.terminal.Revision;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.crds.v1alpha1.FleetHistory;
import dev.sandbar.crds.v1alpha1.FleetHistorySpec.Entry;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What has changed in the fleet. */
final class HistoryView implements FleetView {
  private static final int YEAR = 5;
  private static final int MINUTES = 16;
  private static final int MAX_NAMES = 3;

  /** Each may be of several hundred kilobytes. */
  private static final long AT_ONCE = 10;

  /** As other commands call the kinds. */
  private static final Map<String, String> WORDS =
      Map.of("AppSandbox", "app", "Device", "device", "GitSource", "gitsource", "Token", "token");

  private final boolean everywhere;
  private final List<Row> rows;
  private final List<String> notes;

  private record Row(String namespace, Entry entry) {}

  private HistoryView(boolean everywhere, List<Row> rows, List<String> notes) {
    this.everywhere = everywhere;
    this.rows = List.copyOf(rows);
    this.notes = List.copyOf(notes);
  }

  /**
   * Of the objects in which the operator records it.
   *
   * @param names only of these apps and devices; empty for all
   * @param since nothing older
   */
  static HistoryView read(FleetConnection connection, List<String> names, Instant since) {
    var rows = new ArrayList<Row>();
    var notes = new ArrayList<String>();
    List<FleetHistory> found = histories(connection);
    for (FleetHistory history : found) {
      String namespace = history.getMetadata().getNamespace();
      history.getSpec().entries().stream()
          .filter(it -> names.isEmpty() || names.stream().anyMatch(it.names()::contains))
          .filter(it -> !isBefore(it.time(), since))
          .forEach(it -> rows.add(new Row(namespace, it)));
      int omitted = Optional.ofNullable(history.getSpec().omitted()).orElse(0);
      if (omitted > 0) {
        notes.add(
            "the namespace %s has too many objects: changes of %d are not recorded"
                .formatted(namespace, omitted));
      }
    }
    if (found.isEmpty()) {
      notes.add(
          "the operator has recorded nothing yet"
              + (connection.everywhere() ? "" : " in the namespace " + connection.namespace()));
    }
    // Of one namespace they are in order, and stay so.
    rows.sort(Comparator.comparing(it -> it.entry().time()));
    return new HistoryView(connection.everywhere(), rows, notes);
  }

  private static List<FleetHistory> histories(FleetConnection connection) {
    if (!connection.everywhere()) {
      return connection.find(FleetHistory.class, "fleet").stream().toList();
    }
    var all = new ArrayList<FleetHistory>();
    connection.<FleetHistory>pages(
        "list fleethistories.sandbar.dev",
        options ->
            connection
                .client()
                .resources(FleetHistory.class)
                .inAnyNamespace()
                .list(new ListOptionsBuilder(options).withLimit(AT_ONCE).build()),
        all::add);
    return all;
  }

  /** What is no time is shown. */
  private static boolean isBefore(String time, Instant since) {
    try {
      return Instant.parse(time).isBefore(since);
    } catch (DateTimeException _) {
      return false;
    }
  }

  @Override
  public Page page() {
    var page = new Page();
    if (rows.isEmpty()) {
      page.line(Page.Part.of("no changes"));
      return page;
    }
    var table =
        everywhere
            ? new Table("TIME (UTC)", "NAMESPACE", "OBJECT", "CHANGE", "BY", "DETAIL")
            : new Table("TIME (UTC)", "OBJECT", "CHANGE", "BY", "DETAIL");
    for (Row row : rows) {
      Entry entry = row.entry();
      table.row(
          Stream.of(
                  Optional.of(Cell.of(minutes(text(entry.time())))),
                  Optional.of(Cell.of(row.namespace())).filter(_ -> everywhere),
                  Optional.of(Cell.of(objects(entry), Style.STRONG)),
                  Optional.of(Cell.of(text(entry.change()))),
                  Optional.of(Cell.of(by(entry))),
                  Optional.of(Cell.of(detail(entry))))
              .flatMap(Optional::stream)
              .toArray(Cell[]::new));
    }
    page.table(table);
    return page;
  }

  /** {@code 12-01 14:03}: a table has no room for the year, which documents have. */
  private static String minutes(String time) {
    return time.length() < MINUTES ? time : time.substring(YEAR, MINUTES).replace('T', ' ');
  }

  /** {@code app/pump, valve and 3 more}. */
  private static String objects(Entry entry) {
    String kind = text(WORDS.getOrDefault(entry.kind(), entry.kind()));
    int more =
        Math.max(0, entry.names().size() - MAX_NAMES) + Optional.ofNullable(entry.more()).orElse(0);
    return kind
        + "/"
        + entry.names().stream()
            .limit(MAX_NAMES)
            .map(HistoryView::text)
            .collect(Collectors.joining(", "))
        + (more > 0 ? " and " + more + " more" : "");
  }

  private static String by(Entry entry) {
    String user = text(entry.user());
    String manager = text(entry.manager());
    return user.isEmpty() && !manager.isEmpty() ? "(" + manager + ")" : user;
  }

  private static String detail(Entry entry) {
    return Stream.of(Revision.shortened(text(entry.revision())), text(entry.message()))
        .filter(it -> !it.isEmpty())
        .collect(Collectors.joining("; "));
  }

  /** What a terminal can show. */
  private static String text(@Nullable String text) {
    return text == null ? "" : SafeText.visible(text);
  }

  @Override
  public Node document() {
    return Envelope.of("FleetHistory")
        .put("entries", Node.list(rows.stream().map(HistoryView::node).toList()))
        .build();
  }

  private static Node node(Row row) {
    Entry entry = row.entry();
    return new MappingBuilder()
        .put("time", entry.time())
        .put("namespace", row.namespace())
        .put("kind", entry.kind())
        .texts("names", entry.names())
        .put("more", Optional.ofNullable(entry.more()).orElse(0))
        .put("change", entry.change())
        .put("user", Optional.ofNullable(entry.user()).orElse(""))
        .put("manager", Optional.ofNullable(entry.manager()).orElse(""))
        .put("revision", Optional.ofNullable(entry.revision()).orElse(""))
        .put("message", Optional.ofNullable(entry.message()).orElse(""))
        .build();
  }

  @Override
  public List<String> notes() {
    return notes;
  }
}
