package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.agent.Holds.Hold;
import dev.sandbar.device.agent.Suspensions.Suspended;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.StateStore.Loaded;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's records of its apps, on disk: one document an app, so that one damaged document costs
 * one app's past.
 */
final class Memory {
  private static final Logger LOG = LoggerFactory.getLogger(Memory.class);
  static final String GROUP = "apps";
  private static final String CHANGING = "changing";

  private final StateStore store;
  private final SortedMap<AppName, AppRecord> records = new TreeMap<>();
  private final SortedMap<AppName, String> unread = new TreeMap<>();
  private final Waiting waiting;
  private final UpdateWaits waits;
  private final JudgedPolicy judged;
  private String device = "";
  private SortedSet<AppName> changing;
  private Suspended suspended;
  private SortedMap<AppName, Hold> holds;

  /** Read by the threads that hear of changes. */
  private volatile AppUnits units = AppUnits.OWN;

  /**
   * Reads what is on the disk.
   *
   * @throws IOException if nobody can say now which records there are: an agent that took none for
   *     the truth would forget every version that proved itself
   */
  Memory(StateStore store) throws IOException {
    this.store = store;
    this.changing = readChanging(store);
    this.waiting = new Waiting(store);
    this.suspended = Suspensions.read(store);
    this.holds = Holds.read(store);
    this.waits = new UpdateWaits(store);
    this.judged = new JudgedPolicy(store);
    for (String name : store.names(GROUP)) {
      if (AppName.isValid(name)) {
        load(new AppName(name));
      }
    }
  }

  private void load(AppName name) {
    switch (store.load(GROUP + "/" + name)) {
      case Loaded.Found(Node data) -> {
        unread.remove(name);
        read(name, data);
      }
      case Loaded.Absent _, Loaded.SetAside _ -> unread.remove(name);
      case Loaded.Unreadable(var reason) -> {
        if (!reason.equals(unread.put(name, reason))) {
          LOG.warn("app={} action=wait its record cannot be read now: {}", name, reason);
        }
      }
    }
  }

  /**
   * Apps whose record is on the disk and cannot be read now, with the reason; tried anew with each
   * call. Nobody knows what their last good version is, so they stay as they are until then.
   */
  SortedMap<AppName, String> unread() {
    List.copyOf(unread.keySet()).forEach(this::load);
    return Collections.unmodifiableSortedMap(unread);
  }

  /** Whether the record of the app was not readable at the last look. */
  boolean isUnread(AppName name) {
    return unread.containsKey(name);
  }

  /** Under which policy all that is on the device was let in. */
  JudgedPolicy judged() {
    return judged;
  }

  private void read(AppName name, Node data) {
    try {
      records.put(name, RecordText.read(name, data));
    } catch (IllegalArgumentException e) {
      LOG.warn("app={} action=forget its record cannot be read: {}", name, e.getMessage());
    }
  }

  /** Apps that were being changed when this was last written, by this agent or the one before. */
  SortedSet<AppName> changing() {
    return Collections.unmodifiableSortedSet(changing);
  }

  /** Keeps in mind which apps are being changed: one small document, before and after each plan. */
  void changing(SortedSet<AppName> names) {
    if (names.equals(changing)) {
      return;
    }
    changing = new TreeSet<>(names);
    try {
      store.save(CHANGING, new Changing(changing));
    } catch (IOException e) {
      LOG.error("action=remember not on disk: {}", e.getMessage());
    }
  }

  private record Changing(SortedSet<AppName> apps) {}

  private static SortedSet<AppName> readChanging(StateStore store) {
    return store.load(CHANGING) instanceof Loaded.Found(Node data)
        ? NodeBinder.readLenient(Changing.class, data).apps()
        : new TreeSet<>();
  }

  /** Which unit each app is, as last {@linkplain #units(AppUnits) found}. */
  AppUnits units() {
    return units;
  }

  /** From now on the apps are these units. */
  void units(AppUnits found) {
    units = found;
  }

  SortedMap<AppName, AppRecord> records() {
    return Collections.unmodifiableSortedMap(records);
  }

  AppRecord get(AppName name) {
    return records.getOrDefault(name, AppRecord.fresh(name));
  }

  /** The revision that an app was last applied from; empty if it never was. */
  String revision(AppName name) {
    return get(name).current().map(Version::revision).orElse("");
  }

  /** The generation that was last applied; empty if none was. */
  String generation(AppName name) {
    return get(name).current().map(v -> v.generation().hex()).orElse("");
  }

  /** The clock was set by so much: what waits goes on waiting as long as it would have. */
  void shift(Duration step) {
    replaceAll(record -> record.shifted(step));
    waits.shift(step);
  }

  /**
   * Ends waits that no agent of these settings would begin: the clock was set back, or the settings
   * changed, while none ran.
   */
  void limitWaits(Instant now, Duration settle, Backoff backoff) {
    replaceAll(record -> record.limited(now, settle, backoff));
  }

  /**
   * A person requests it by the name of the app: a version of it that failed is tried again now,
   * also one that was rejected.
   */
  void retry(AppName name, Instant now) {
    AppRecord record = records.get(name);
    if (record != null && !record.retried(now).equals(record)) {
      LOG.info("app={} action=retry", name);
      put(record.retried(now));
    }
  }

  /**
   * What the device runs now. A version that failed on another kernel or systemd, and which these
   * may help, is tried again.
   */
  void runsOn(DeviceFacts facts) {
    device = "kernel %s, systemd %d".formatted(facts.kernel(), facts.systemdVersion());
    replaceAll(record -> record.on(device));
  }

  /** The kernel and the systemd of the device. */
  String device() {
    return device;
  }

  private void replaceAll(UnaryOperator<AppRecord> change) {
    for (AppRecord record : List.copyOf(records.values())) {
      AppRecord next = change.apply(record);
      if (!next.equals(record)) {
        put(next);
      }
    }
  }

  /**
   * Keeps a record. If the disk refuses, the record holds for this life of the agent, and that is
   * logged.
   */
  void put(AppRecord record) {
    records.put(record.name(), record);
    try {
      store.save(GROUP + "/" + record.name(), RecordText.write(record));
    } catch (IOException e) {
      LOG.error("app={} action=remember not on disk: {}", record.name(), e.getMessage());
    }
  }

  /**
   * Apps whose removal a person consents to.
   *
   * @param declared every app that the source names
   */
  SortedSet<AppName> consents(SortedSet<AppName> declared) {
    return Removals.of(store, declared);
  }

  /**
   * Looks again at what is suspended; while that cannot be read, what was suspended on the device
   * is.
   */
  Suspended lookAtSuspended(Declared declared) {
    try {
      suspended = Suspensions.read(store).and(declared);
    } catch (IOException e) {
      LOG.warn("action=suspend cannot be read now: {}", e.getMessage());
      suspended = suspended.and(declared);
    }
    return suspended;
  }

  /** What was suspended at the last look. */
  Suspended suspended() {
    return suspended;
  }

  /**
   * Looks again at which apps are held, and ends holds whose time is over; while that cannot be
   * read, those that were held are.
   *
   * @param clock whether it can be believed when it shows this
   */
  SortedMap<AppName, Hold> lookAtHolds(Declared declared, Instant now, Predicate<Instant> clock) {
    try {
      holds = Holds.read(store);
      for (var hold : holds.entrySet()) {
        if (!now.isBefore(hold.getValue().until()) && clock.test(now)) {
          Holds.release(store, hold.getKey());
          LOG.info("app={} action=release its hold has ended", hold.getKey());
        }
      }
      holds = Holds.read(store);
    } catch (IOException e) {
      LOG.warn("action=hold cannot be read now: {}", e.getMessage());
    }
    var all = new TreeMap<>(holds);
    all.values().removeIf(Hold::declared);
    declared
        .held()
        .forEach(
            (name, hold) -> {
              if (now.isBefore(hold.until()) || !clock.test(now)) {
                all.putIfAbsent(name, Hold.declared(hold));
              }
            });
    holds = all;
    return holds;
  }

  /** Which apps were held at the last look. */
  SortedMap<AppName, Hold> holds() {
    return holds;
  }

  /** Updates that wait. */
  UpdateWaits waits() {
    return waits;
  }

  /** Apps whose removal was held back. */
  Waiting waiting() {
    return waiting;
  }

  void remove(AppName name) {
    records.remove(name);
    waiting.remove(name);
    waits.end(name);
    Removals.forget(store, name);
    try {
      store.remove(GROUP + "/" + name);
    } catch (IOException e) {
      LOG.error("app={} action=forget still on disk: {}", name, e.getMessage());
    }
  }

  /** The revision of each app. */
  SortedMap<AppName, String> revisions() {
    var revisions = new TreeMap<AppName, String>();
    records().keySet().forEach(name -> revisions.put(name, revision(name)));
    return revisions;
  }
}
