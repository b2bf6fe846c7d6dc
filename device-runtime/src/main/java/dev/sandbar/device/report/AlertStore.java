package dev.sandbar.device.report;

import dev.sandbar.core.bind.BindingException;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.report.AlertBacklog.Waiting;
import dev.sandbar.device.report.DriftAlert.Cause;
import dev.sandbar.device.report.DriftAlert.Firing;
import dev.sandbar.device.report.DriftAlert.Resolved;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
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
  private State document = new State(0, List.of());
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
        .map(node -> NodeBinder.readLenient(State.class, node))
        .ifPresent(
            state -> {
              backlog.dropped(state.dropped());
              state.open().forEach(cause -> backlog.track(new Firing(cause)));
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
            .flatMap(this::event)
            .ifPresent(it -> backlog.insert(new Waiting(sequence, it.begins(), it.alert())));
      }
    }
  }

  private Optional<Node> read(String name) throws IOException {
    return switch (store.load(name)) {
      case StateStore.Loaded.Found(Node data) -> Optional.of(data);
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
        store.save(event(entry.sequence()), Event.of(entry.alert(), entry.begins()));
        onDisk.add(entry.sequence());
      }
    }
    if (backlog.removals() == removals && gone.isEmpty()) {
      return;
    }
    State state = state(backlog);
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

  private static State state(AlertBacklog backlog) {
    return new State(
        backlog.dropped(), backlog.lasting().values().stream().map(Firing::cause).toList());
  }

  /** The document: how many alerts were dropped, and what is open. */
  private record State(long dropped, List<Cause> open) {}

  /**
   * The file of an event.
   *
   * @param endsAt null if it is the beginning
   */
  private record Event(Cause cause, @Nullable Instant endsAt, boolean begins) {
    static Event of(DriftAlert alert, boolean begins) {
      return new Event(
          alert.cause(), alert instanceof Resolved resolved ? resolved.endsAt() : null, begins);
    }

    DriftAlert alert() {
      return endsAt == null ? new Firing(cause) : new Resolved(cause, endsAt);
    }
  }

  /** How much room an alert takes. */
  static int bytes(DriftAlert alert) {
    String text = JsonWriter.compact(NodeBinder.write(Event.of(alert, true)));
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private Optional<Event> event(Node node) {
    try {
      return Optional.of(NodeBinder.read(Event.class, node));
    } catch (BindingException e) {
      LOG.warn("destination={} action=skip-alert reason=\"{}\"", destination, e.getMessage());
      return Optional.empty();
    }
  }
}
