package dev.sandbar.device.fleet;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.source.text.JsonWriter;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events that wait for the API server, on disk, the oldest first. Each carries the digest of the
 * one before, so that what was changed, removed or put in between shows: here when the journal is
 * read, and on the server by the annotations of the events.
 *
 * <p>For one thread.
 */
final class EventJournal {
  private static final Logger LOG = LoggerFactory.getLogger(EventJournal.class);

  /** Events that wait; of more the oldest are dropped. */
  static final int MOST = 200;

  private static final String GROUP = "events";
  private static final String HEAD = "events-last";

  private final StateStore store;
  private final Deque<Entry> waiting = new ArrayDeque<>();

  /** Those of them that the disk did not take. */
  private final List<Entry> unsaved = new ArrayList<>();

  private Head head = new Head(0, "");
  private boolean damaged;

  /**
   * One event.
   *
   * @param sequence one more than that of the event before
   * @param at when it happened, by the device's clock
   * @param previous digest of the event before; empty for the first
   */
  record Entry(
      long sequence,
      EventSender.Type type,
      String reason,
      String message,
      Instant at,
      String previous) {

    /** Of all of it, in hexadecimal. */
    String digest() {
      return Sha256.of(JsonWriter.compact(NodeBinder.write(this))).hex();
    }

    private boolean follows(Entry before) {
      return sequence == before.sequence + 1 && previous.equals(before.digest());
    }
  }

  /** The newest event, delivered or not. */
  private record Head(long sequence, String digest) {}

  /** What the agent before this one left. */
  EventJournal(StateStore store) {
    this.store = store;
    try {
      store.removeUnfinished(GROUP);
      for (String name : store.names(GROUP)) {
        read(name).ifPresent(waiting::addLast);
      }
    } catch (IOException e) {
      LOG.warn("events=journal action=read {}", e.getMessage());
    }
    loaded(HEAD).ifPresent(node -> head = NodeBinder.read(Head.class, node));
    damaged |= !isWhole(List.copyOf(waiting), head);
    if (damaged) {
      LOG.warn("events=journal action=read events that waited were changed or removed on the disk");
    }
  }

  private static boolean isWhole(List<Entry> entries, Head head) {
    for (int i = 1; i < entries.size(); i++) {
      if (!entries.get(i).follows(entries.get(i - 1))) {
        return false;
      }
    }
    // An agent that ended between the two writes left an event that the head does not know yet.
    return entries.isEmpty()
        || entries.getLast().digest().equals(head.digest())
        || entries.getLast().previous().equals(head.digest());
  }

  private Optional<Entry> read(String name) {
    try {
      return loaded(GROUP + "/" + name)
          .map(node -> NodeBinder.read(Entry.class, node))
          .filter(entry -> name(entry).equals(name));
    } catch (IllegalArgumentException e) {
      damaged = true;
      return Optional.empty();
    }
  }

  private Optional<Node> loaded(String name) {
    return switch (store.load(name)) {
      case StateStore.Loaded.Found(var data) -> Optional.of(data);
      case StateStore.Loaded.SetAside _ -> {
        damaged = true;
        yield Optional.empty();
      }
      case StateStore.Loaded.Absent _, StateStore.Loaded.Unreadable _ -> Optional.empty();
    };
  }

  /** Whether what was read at the start had been changed on the disk. */
  boolean isDamaged() {
    return damaged;
  }

  /** Adds one. Where the disk takes nothing it waits in memory alone. */
  void add(EventSender.Type type, String reason, String message, Instant at) {
    if (!waiting.isEmpty() && waiting.getLast().sequence() > head.sequence()) {
      head = new Head(waiting.getLast().sequence(), waiting.getLast().digest());
    }
    var entry = new Entry(head.sequence() + 1, type, reason, message, at, head.digest());
    head = new Head(entry.sequence(), entry.digest());
    waiting.addLast(entry);
    unsaved.addLast(entry);
    save();
    while (waiting.size() > MOST) {
      LOG.warn("events=journal action=drop sequence={}", waiting.getFirst().sequence());
      delivered();
    }
  }

  /** Writes what the disk did not take so far; true if it has all now. */
  boolean save() {
    try {
      while (!unsaved.isEmpty()) {
        Entry entry = unsaved.getFirst();
        store.save(GROUP + "/" + name(entry), entry);
        store.save(HEAD, new Head(entry.sequence(), entry.digest()));
        unsaved.removeFirst();
      }
      return true;
    } catch (IOException e) {
      LOG.warn("events=journal action=write {}", e.getMessage());
      return false;
    }
  }

  /** The oldest one. */
  Optional<Entry> first() {
    return Optional.ofNullable(waiting.peekFirst());
  }

  /** The oldest one waits no more. */
  void delivered() {
    Entry entry = waiting.pollFirst();
    if (entry != null) {
      unsaved.remove(entry);
      remove(entry);
    }
  }

  /** Nothing waits any more: the end of service. */
  void forget() {
    for (Entry entry : new ArrayList<>(waiting)) {
      remove(entry);
    }
    waiting.clear();
    unsaved.clear();
    try {
      store.remove(HEAD);
    } catch (IOException e) {
      LOG.warn("events=journal action=remove {}", e.getMessage());
    }
  }

  private void remove(Entry entry) {
    try {
      store.remove(GROUP + "/" + name(entry));
    } catch (IOException e) {
      // It is sent again by the next agent, under the same name.
      LOG.warn("events=journal action=remove {}", e.getMessage());
    }
  }

  /** Sorted as text they are in order. */
  private static String name(Entry entry) {
    return String.format(Locale.ROOT, "%019d", entry.sequence());
  }
}
