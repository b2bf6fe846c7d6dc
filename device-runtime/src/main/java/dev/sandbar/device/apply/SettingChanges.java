package dev.sandbar.device.apply;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.KernelSettings;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.StateStore.Loaded;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What settings of the kernel were before apps needed other values: on the disk before a value is
 * changed, so that it is known though the agent was killed or the device lost its power.
 */
final class SettingChanges {
  private static final Logger LOG = LoggerFactory.getLogger(SettingChanges.class);

  private static final String NAME = "tuning";

  private final StateStore store;
  private final TreeMap<String, Change> changes = new TreeMap<>();
  private boolean loaded;

  private record Document(List<Entry> settings) {}

  private record Entry(String name, String before, SortedSet<String> values) {}

  /**
   * Of one setting.
   *
   * @param before its value before any app needed another one
   * @param values that apps have needed since: with another one it is somebody else's
   */
  record Change(String before, SortedSet<String> values) {
    Change {
      values = Collections.unmodifiableSortedSet(new TreeSet<>(values));
    }

    Change and(SortedSet<String> others) {
      var all = new TreeSet<>(values);
      all.addAll(others);
      return new Change(before, all);
    }

    /** Whether the value before is to come back. */
    boolean isUndone(String current) {
      return values.contains(current) && !before.equals(current);
    }
  }

  SettingChanges(StateStore store) {
    this.store = store;
  }

  /**
   * Reads what is on the disk, once.
   *
   * @throws IOException if it cannot be read now
   */
  void load() throws IOException {
    if (loaded) {
      return;
    }
    switch (store.load(NAME)) {
      case Loaded.Found(Node data) -> read(data);
      case Loaded.Absent _ -> {}
      case Loaded.SetAside(var file, var reason) ->
          LOG.warn("action=tune kernel settings are not put back: {} ({})", reason, file);
      case Loaded.Unreadable(var reason) -> throw new IOException(reason);
    }
    loaded = true;
  }

  private void read(Node data) {
    try {
      for (Entry entry : NodeBinder.readLenient(Document.class, data).settings()) {
        if (KernelSettings.all().containsKey(entry.name())) {
          changes.put(entry.name(), new Change(entry.before(), entry.values()));
        }
      }
    } catch (IllegalArgumentException e) {
      LOG.warn("action=tune kernel settings are not put back: {}", e.getMessage());
    }
  }

  /** By name of the setting. */
  SortedMap<String, Change> all() {
    return Collections.unmodifiableSortedMap(new TreeMap<>(changes));
  }

  /** From now on these, also after a crash. */
  void keep(SortedMap<String, Change> others) throws IOException {
    if (changes.equals(others)) {
      return;
    }
    var entries = new ArrayList<Entry>();
    others.forEach(
        (name, change) -> entries.add(new Entry(name, change.before(), change.values())));
    store.save(NAME, new Document(entries));
    changes.clear();
    changes.putAll(others);
  }
}
