package dev.sandbar.cli;

import dev.sandbar.cli.document.Envelope;
import dev.sandbar.cli.document.Fields;
import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.cli.terminal.Cell;
import dev.sandbar.cli.terminal.Style;
import dev.sandbar.cli.terminal.Table;
import dev.sandbar.core.model.Node;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * Something that the agent of this device recorded of an app.
 *
 * @param first when it came first
 * @param last when it came last
 * @param count how often it came in a row
 * @param type Normal or Warning
 */
record RecordedEvent(
    String first, String last, long count, String type, String app, String reason, String message) {
  /** Where the agent writes them; gone after a reboot. */
  static final String DEFAULT = "/run/sandbar/events.json";

  /** Where they are if the status is in that file. */
  static Path beside(Path status) {
    return status.resolveSibling("events.json");
  }

  /**
   * Reads them, the newest last.
   *
   * @param app of this app only; empty for all
   * @return none if no agent has recorded any
   */
  static List<RecordedEvent> read(Path file, String app) throws IOException {
    try {
      return Fields.of(SavedFile.read(file)).list("items", item -> item).stream()
          .map(event -> of(event))
          .filter(event -> app.isEmpty() || event.app().equals(app))
          .toList();
    } catch (NoSuchFileException _) {
      return List.of();
    }
  }

  /**
   * Reads one as an agent wrote it.
   *
   * @throws dev.sandbar.cli.document.DocumentException if it is none
   */
  static RecordedEvent of(Node event) {
    Fields fields = Fields.of(event);
    return new RecordedEvent(
        fields.text("firstTimestamp"),
        fields.text("lastTimestamp"),
        fields.number("count"),
        fields.text("type"),
        fields.text("app"),
        fields.text("reason"),
        fields.text("message"));
  }

  Node node() {
    return new MappingBuilder()
        .put("firstTimestamp", first)
        .put("lastTimestamp", last)
        .put("count", count)
        .put("type", type)
        .put("app", app)
        .put("reason", reason)
        .put("message", message)
        .build();
  }

  /** Prints them in the format that was asked for. */
  static void print(Printer printer, List<RecordedEvent> events) {
    if (printer.machine()) {
      printer.node(
          Envelope.of("EventList")
              .put("items", Node.list(events.stream().map(RecordedEvent::node).toList()))
              .build());
    } else if (events.isEmpty()) {
      printer.line("no events");
    } else {
      printer.table(table(events, Instant.now(), true));
    }
  }

  /** As a table. */
  static Table table(List<RecordedEvent> events, Instant now, boolean apps) {
    List<String> headings =
        Stream.of("LAST SEEN", "TYPE", "REASON", "APP", "MESSAGE")
            .filter(heading -> apps || !heading.equals("APP"))
            .toList();
    var table = new Table(headings.toArray(String[]::new));
    for (RecordedEvent event : events) {
      Style style = event.type().equals("Warning") ? Style.WARN : Style.PLAIN;
      Cell seen = Cell.of(event.seen(now));
      Cell type = Cell.of(event.type(), style);
      if (apps) {
        table.row(
            seen,
            type,
            Cell.of(event.reason()),
            Cell.of(event.app(), Style.STRONG),
            Cell.of(event.message()));
      } else {
        table.row(seen, type, Cell.of(event.reason()), Cell.of(event.message()));
      }
    }
    return table;
  }

  private String seen(Instant now) {
    return ago(last, now) + (count > 1 ? " (x" + count + ")" : "");
  }

  /** How long ago a time was; the text itself if it is none. */
  static String ago(String time, Instant now) {
    try {
      Duration age = Duration.between(Instant.parse(time), now);
      return StatusFile.ago(age.isNegative() ? Duration.ZERO : age);
    } catch (DateTimeException _) {
      return time;
    }
  }
}
