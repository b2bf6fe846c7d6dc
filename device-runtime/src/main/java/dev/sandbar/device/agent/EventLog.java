package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.agent.Suspensions.Suspended;
import dev.sandbar.device.broker.BrokerSink;
import dev.sandbar.device.fleet.EventSender.Type;
import dev.sandbar.device.store.DurableFiles;
import dev.sandbar.report.OneLine;
import dev.sandbar.source.text.JsonReader;
import dev.sandbar.source.text.JsonWriter;
import dev.sandbar.source.text.ReadResult;
import dev.sandbar.source.text.TextLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has happened to the apps lately, the newest last, in a file beside the status. Like that it
 * is gone after a reboot; the journal keeps the agent's log for longer.
 */
final class EventLog {
  private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

  /** The name of the file, beside the status. */
  static final String FILE = "events.json";

  /** So many are kept. */
  static final int MOST = 200;

  private static final int MESSAGE = 900;

  /** Four bytes a character at most, and room for the other fields. */
  private static final TextLimits LIMITS = new TextLimits(2 << 20, 8, 100_000);

  private static final Set<Reason> READY = EnumSet.copyOf(EventDetector.FAILURES);

  static {
    READY.add(Reason.RECONCILIATION_SUCCEEDED);
    READY.add(Reason.POLICY_DENIED);
    READY.add(Reason.OWNED_BY_OTHERS);
    READY.add(Reason.PRUNE_FAILED);
    READY.add(Reason.WAITING_FOR_WINDOW);
    READY.add(Reason.WAITING_FOR_APP);
    READY.add(Reason.HELD);
  }

  /**
   * One event.
   *
   * @param count how often it has come in a row
   */
  private record Entry(
      String firstTimestamp,
      String lastTimestamp,
      long count,
      String type,
      String app,
      String reason,
      String message) {

    boolean isSame(Entry other) {
      return type.equals(other.type)
          && app.equals(other.app)
          && reason.equals(other.reason)
          && message.equals(other.message);
    }
  }

  private record Document(String apiVersion, String kind, List<Entry> items) {
    Document {
      items = List.copyOf(items);
    }
  }

  private final Path file;
  private final Clock clock;
  private final DurableFiles files = new DurableFiles();
  private final EventDetector moments = new EventDetector(READY, this::tell);
  private final List<Entry> entries = new ArrayList<>();
  private final Set<AppName> known = new TreeSet<>();
  private Suspended suspended;
  private boolean changed;

  /** What the agent has done for apps since the last report. */
  private final BlockingQueue<Asked> asked = new ArrayBlockingQueue<>(MOST);

  private record Asked(AppName app, BrokeredVerb verb, BrokerSink.Result result, String message) {}

  /** Goes on with what the agent before this one has left. */
  EventLog(Path file, Clock clock) {
    this.file = file;
    this.clock = clock;
    load();
    this.suspended = suspendedBefore();
  }

  /** As the agent before this one left it: what goes on is no event. */
  private Suspended suspendedBefore() {
    var apps = new TreeSet<AppName>();
    for (Entry entry : entries) {
      if (AppName.isValid(entry.app()) && entry.reason().equals(Reason.SUSPENDED.text())) {
        apps.add(new AppName(entry.app()));
      } else if (AppName.isValid(entry.app()) && entry.reason().equals(Reason.RESUMED.text())) {
        apps.remove(new AppName(entry.app()));
      }
    }
    return new Suspended(false, apps);
  }

  /**
   * Records what began and ended since the last report.
   *
   * @throws IOException if it cannot be written now; it is tried again with the next report
   */
  void between(SortedMap<AppName, AppReport> reports, Suspended now) throws IOException {
    suspensions(reports, now);
    moments.between(reports);
    for (Asked one = asked.poll(); one != null; one = asked.poll()) {
      boolean done = one.result() == BrokerSink.Result.SUCCESS;
      tell(
          done ? Type.NORMAL : Type.WARNING,
          one.app(),
          done ? Reason.REQUEST_DONE : Reason.REQUEST_REFUSED,
          one.verb().word() + ": " + one.message());
    }
    for (AppName name : List.copyOf(known)) {
      if (!reports.containsKey(name)) {
        known.remove(name);
        tell(Type.NORMAL, name, Reason.REMOVED, "no longer on this device");
      }
    }
    known.addAll(reports.keySet());
    if (changed) {
      files.write(file, text().getBytes(StandardCharsets.UTF_8), "rw-r--r--");
      changed = false;
    }
  }

  /**
   * An app has asked for something, which the next report records. For any thread; more than one
   * report holds are dropped, and the journal has them.
   */
  void asked(AppName app, BrokeredVerb verb, BrokerSink.Result result, String message) {
    boolean _ = asked.offer(new Asked(app, verb, result, message));
  }

  private void suspensions(SortedMap<AppName, AppReport> reports, Suspended now) {
    for (AppName name : reports.keySet()) {
      if (now.covers(name) != suspended.covers(name)) {
        tell(
            Type.NORMAL,
            name,
            now.covers(name) ? Reason.SUSPENDED : Reason.RESUMED,
            now.covers(name) ? "neither applied nor corrected until it is resumed" : "as declared");
      }
    }
    suspended = now;
  }

  private void tell(Type type, AppName app, Reason why, String message) {
    String reason = why.text();
    String at = clock.instant().toString();
    String cut = OneLine.of(message, MESSAGE);
    var entry = new Entry(at, at, 1, type.text(), app.value(), reason, cut);
    for (int i = entries.size() - 1; i >= 0; i--) {
      Entry before = entries.get(i);
      if (before.app().equals(entry.app())) {
        // Only the app's last event: what came between shows that it ended.
        if (before.isSame(entry)) {
          entries.remove(i);
          entry =
              new Entry(
                  before.firstTimestamp(),
                  at,
                  before.count() + 1,
                  type.text(),
                  app.value(),
                  reason,
                  cut);
        }
        break;
      }
    }
    entries.add(entry);
    if (entries.size() > MOST) {
      entries.removeFirst();
    }
    changed = true;
  }

  private String text() {
    return JsonWriter.compact(
        NodeBinder.write(new Document(SpecReader.API_VERSION, "EventList", entries)));
  }

  private void load() {
    try {
      entries.addAll(read(file));
    } catch (IOException e) {
      LOG.warn("action=events earlier ones are lost: {}", e.getMessage());
    }
  }

  /**
   * The events as they stand in the file, the newest last; none if no agent has recorded any.
   *
   * @param app of this app only; empty for all
   * @throws IOException if the file cannot be read now
   */
  static List<Node> read(Path file, String app) throws IOException {
    return read(file).stream()
        .filter(entry -> app.isEmpty() || entry.app().equals(app))
        .map(NodeBinder::write)
        .toList();
  }

  private static List<Entry> read(Path file) throws IOException {
    try {
      byte[] bytes = new DurableFiles().read(file, LIMITS.maxBytes());
      ReadResult result = JsonReader.read(Objects.toString(file.getFileName()), bytes, LIMITS);
      return result.hasErrors() || result.documents().size() != 1
          ? List.of()
          : NodeBinder.readLenient(Document.class, result.documents().getFirst()).items().stream()
              .limit(MOST)
              .toList();
    } catch (NoSuchFileException e) {
      // The first agent since the device was booted.
      return List.of();
    }
  }
}
