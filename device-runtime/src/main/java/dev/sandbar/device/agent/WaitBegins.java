package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.StateStore.Loaded;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Since when updates of apps wait for one thing; on disk, one document an app, so that a restart of
 * the agent defers nothing for longer.
 */
final class WaitBegins {
  private static final Logger LOG = LoggerFactory.getLogger(WaitBegins.class);

  private record Begin(Instant since) {}

  private final StateStore store;
  private final String group;
  private final SortedMap<AppName, Instant> begins = new TreeMap<>();

  /**
   * Reads what is on the disk.
   *
   * @param group of the documents
   */
  WaitBegins(StateStore store, String group) throws IOException {
    this.store = store;
    this.group = group;
    for (String name : store.names(group)) {
      if (AppName.isValid(name)
          && store.load(group + "/" + name) instanceof Loaded.Found(Node data)) {
        load(new AppName(name), data);
      }
    }
  }

  private void load(AppName name, Node data) {
    try {
      begins.put(name, NodeBinder.read(Begin.class, data).since());
    } catch (IllegalArgumentException e) {
      LOG.warn("app={} action=wait since when cannot be read: {}", name, e.getMessage());
    }
  }

  /** Since when; {@code now} if the app does not wait for it. */
  Instant get(AppName name, Instant now) {
    return begins.getOrDefault(name, now);
  }

  /** The app waits for it from now on, if it did not before. */
  void begin(AppName name, Instant now) {
    if (!begins.containsKey(name)) {
      save(name, now);
    }
  }

  /** A wait that began after now began now: the clock was set back while no agent ran. */
  void limit(AppName name, Instant now) {
    if (get(name, now).isAfter(now)) {
      save(name, now);
    }
  }

  /** The app no longer waits for it. */
  void end(AppName name) {
    if (begins.remove(name) != null) {
      try {
        store.remove(group + "/" + name);
      } catch (IOException e) {
        LOG.error("app={} action=forget still on disk: {}", name, e.getMessage());
      }
    }
  }

  /** The clock was set by so much: what waits has waited as long as before. */
  void shift(Duration step) {
    List.copyOf(begins.entrySet()).forEach(it -> save(it.getKey(), it.getValue().plus(step)));
  }

  private void save(AppName name, Instant begin) {
    begins.put(name, begin);
    try {
      store.save(group + "/" + name, new Begin(begin));
    } catch (IOException e) {
      LOG.error("app={} action=remember not on disk: {}", name, e.getMessage());
    }
  }
}
