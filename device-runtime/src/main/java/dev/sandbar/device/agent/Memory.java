package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Backoff;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.StateStore.Loaded;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's records of its apps, on disk: one document an app, so that one damaged document costs
 * one app's past.
 */
final class Memory {
  private static final Logger LOG = LoggerFactory.getLogger(Memory.class);
  private static final String GROUP = "apps";

  private final StateStore store;
  private final SortedMap<AppName, AppRecord> records = new TreeMap<>();

  Memory(StateStore store) {
    this.store = store;
    for (String name : store.names(GROUP)) {
      if (AppName.isValid(name)
          && store.load(GROUP + "/" + name) instanceof Loaded.Found(Node data)) {
        read(new AppName(name), data);
      }
    }
  }

  private void read(AppName name, Node data) {
    try {
      records.put(name, RecordText.read(name, data));
    } catch (IllegalArgumentException e) {
      LOG.warn("app={} action=forget its record cannot be read: {}", name, e.getMessage());
    }
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
  }

  /**
   * Ends waits that no agent of these settings would begin: the clock was set back, or the settings
   * changed, while none ran.
   */
  void limitWaits(Instant now, Duration settle, Backoff backoff) {
    replaceAll(record -> record.limited(now, settle, backoff));
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

  void remove(AppName name) {
    records.remove(name);
    try {
      store.remove(GROUP + "/" + name);
    } catch (IOException e) {
      LOG.error("app={} action=forget still on disk: {}", name, e.getMessage());
    }
  }
}
