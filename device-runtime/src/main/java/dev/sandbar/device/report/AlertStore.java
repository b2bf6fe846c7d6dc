package dev.sandbar.device.report;

import dev.sandbar.core.model.Node;
import dev.sandbar.device.report.AlertBacklog.Waiting;
import dev.sandbar.device.report.DriftAlert.Cause;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Reason;
import dev.sandbar.device.report.DriftAlert.Resolved;
import dev.sandbar.device.report.DriftAlert.Severity;
import dev.sandbar.device.store.Fields;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The backlog of one destination on disk: a document with the alerts that are open, and a file for
 * each event that waits. What an event opened or closed may be missing in the document as long as
 * the event has its file, so the document is written only before such a file goes. Reading an event
 * that the document knows already changes nothing. So a crash between two writes loses nothing.
 *
 * <p>Not for several threads.
 */
final class AlertStore {

  private static final Logger LOG = LoggerFactory.getLogger(AlertStore.class);
  private static final String DOCUMENTS = "alerts";
  private static final String EVENTS = "alert-events";
  private static final Pattern EVENT = Pattern.compile("(.+)-([0-9]{18})");

  private final StateStore store;
  private final String destination;
  private final Set<Long> onDisk = new TreeSet<>();
  private Node document = Node.mapping(List.of());
  private long removals;

  AlertStore(StateStore store, String destination) {
    this.store = store;
    this.destination = destination;
  }

  /** Removes what is there of other destinations, and what a killed agent left half written. */
  static void tidy(StateStore store, Set<String> destinations) throws IOException {
    for (String group : List.of(DOCUMENTS, EVENTS)) {
      store.removeUnfinished(group);
      for (String name : store.names(group)) {
        Matcher event = EVENT.matcher(name);
        String owner = group.equals(EVENTS) && event.matches() ? event.group(1) : name;
        if (AlertDestinations.isName(owner) && !destinations.contains(owner)) {
          store.remove(group + "/" + name);
        }
      }
    }
  }

  /** Fills an empty backlog with what an earlier life left. */
  void load(AlertBacklog backlog) throws IOException {
    read(DOCUMENTS + "/" + destination)
        .ifPresent(
            state -> {
              backlog.dropped(state.number("dropped"));
              for (Node open : state.items("open")) {
                alert(Fields.of(open)).ifPresent(backlog::track);
              }
            });
    document = state(backlog);
    for (String name : store.names(EVENTS)) {
      Matcher event = EVENT.matcher(name);
      if (event.matches() && event.group(1).equals(destination)) {
        long sequence = Long.parseLong(event.group(2));
        onDisk.add(sequence);
        // Those that cannot be read keep their number until their file goes.
        backlog.skip(sequence);
        read(event(sequence))
            .ifPresent(
                fields ->
                    alert(fields)
                        .map(it -> new Waiting(sequence, fields.text("begins").equals("true"), it))
                        .ifPresent(backlog::insert));
      }
    }
  }

  private Optional<Fields> read(String name) throws IOException {
    return switch (store.load(name)) {
      case StateStore.Loaded.Found(Node data) -> Optional.of(Fields.of(data));
      case StateStore.Loaded.Absent _, StateStore.Loaded.SetAside _ -> Optional.empty();
      case StateStore.Loaded.Unreadable(String reason) ->
          throw new IOException(name + ": " + reason);
    };
  }

  /** Makes the disk hold what the backlog holds; after a failure the next call makes up for it. */
  void save(AlertBacklog backlog) throws IOException {
    Set<Long> gone = new TreeSet<>(onDisk);
    for (Waiting entry : backlog.waiting()) {
      if (!gone.remove(entry.sequence())) {
        List<Node.Entry> event = entries(entry.alert());
        event.add(Node.entry("begins", Node.flag(entry.begins())));
        store.save(event(entry.sequence()), Node.mapping(event));
        onDisk.add(entry.sequence());
      }
    }
    if (backlog.removals() == removals && gone.isEmpty()) {
      return;
    }
    Node state = state(backlog);
    if (!state.equals(document)) {
      store.save(DOCUMENTS + "/" + destination, state);
      document = state;
    }
    removals = backlog.removals();
    for (long sequence : gone) {
      store.remove(event(sequence));
      onDisk.remove(sequence);
    }
  }

  private String event(long sequence) {
    return EVENTS + "/%s-%018d".formatted(destination, sequence);
  }

  private static Node state(AlertBacklog backlog) {
    List<Node> open = new ArrayList<>();
    backlog.lasting().values().forEach(firing -> open.add(Node.mapping(entries(firing))));
    return Node.mapping(
        List.of(
            Node.entry("dropped", Node.number(backlog.dropped())),
            Node.entry("open", Node.list(open))));
  }

  /** How much room an alert takes. */
  static int bytes(DriftAlert alert) {
    return JsonWriter.compact(Node.mapping(entries(alert))).getBytes(StandardCharsets.UTF_8).length;
  }

  private static List<Node.Entry> entries(DriftAlert alert) {
    Cause cause = alert.cause();
    List<Node.Entry> entries =
        new ArrayList<>(
            List.of(
                AlertJson.text("device", cause.device()),
                AlertJson.text("app", cause.app()),
                AlertJson.text("unit", cause.unit()),
                AlertJson.text("layer", cause.layer()),
                AlertJson.text("subject", cause.subject()),
                AlertJson.text("declared", cause.declared()),
                AlertJson.text("observed", cause.observed()),
                AlertJson.text("startsAt", cause.startsAt().toString()),
                AlertJson.text("revision", cause.revision()),
                AlertJson.text("severity", cause.severity().name()),
                AlertJson.text("reason", cause.reason().name())));
    switch (alert) {
      case Firing _ -> {}
      case Resolved(_, Instant endsAt) -> entries.add(AlertJson.text("endsAt", endsAt.toString()));
    }
    return entries;
  }

  private Optional<DriftAlert> alert(Fields fields) {
    try {
      Cause cause =
          new Cause(
              fields.text("device"),
              fields.text("app"),
              fields.text("unit"),
              fields.text("layer"),
              fields.text("subject"),
              fields.text("declared"),
              fields.text("observed"),
              Instant.parse(fields.text("startsAt")),
              fields.text("revision"),
              Severity.valueOf(fields.text("severity")),
              Reason.valueOf(fields.text("reason")));
      String endsAt = fields.text("endsAt");
      return Optional.of(
          endsAt.isEmpty() ? new Firing(cause) : new Resolved(cause, Instant.parse(endsAt)));
    } catch (IllegalArgumentException | DateTimeException e) {
      LOG.warn("destination={} action=skip-alert reason=\"{}\"", destination, e.toString());
      return Optional.empty();
    }
  }
}
