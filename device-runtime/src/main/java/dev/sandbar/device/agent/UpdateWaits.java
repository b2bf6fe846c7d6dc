package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.StateStore.Loaded;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The updates that wait, and since when; the latter on disk, one document an app, so that a restart
 * of the agent defers nothing for longer.
 */
final class UpdateWaits {
  private static final Logger LOG = LoggerFactory.getLogger(UpdateWaits.class);
  private static final String GROUP = "waiting-updates";

  /**
   * Why a new version is not applied.
   *
   * @param message for people
   * @param until when to decide again; {@link Instant#MAX} if no time is known
   */
  record Wait(Reason reason, String message, Instant until) {}

  private record Begin(Instant since) {}

  private final StateStore store;
  private final SortedMap<AppName, Wait> waits = new TreeMap<>();
  private final SortedMap<AppName, Instant> since = new TreeMap<>();
  private boolean clockIsSet;

  UpdateWaits(StateStore store) throws IOException {
    this.store = store;
    for (String name : store.names(GROUP)) {
      if (AppName.isValid(name)
          && store.load(GROUP + "/" + name) instanceof Loaded.Found(Node data)) {
        load(new AppName(name), data);
      }
    }
  }

  private void load(AppName name, Node data) {
    try {
      since.put(name, NodeBinder.read(Begin.class, data).since());
    } catch (IllegalArgumentException e) {
      LOG.warn("app={} action=wait since when cannot be read: {}", name, e.getMessage());
    }
  }

  /** Since when an update of the app waits; {@code now} if none does. */
  Instant since(AppName name, Instant now) {
    return since.getOrDefault(name, now);
  }

  /** Whether the clock that times of waits are read on can be believed from now on. */
  void clock(boolean isSet) {
    clockIsSet = isSet;
  }

  /** The update of the app waits. By a clock that is not set it does so since nobody knows when. */
  void keep(AppName name, Wait wait, Instant now) {
    Wait before = waits.put(name, wait);
    if (before == null || before.reason() != wait.reason()) {
      LOG.info("app={} action=wait reason={} {}", name, wait.reason().text(), wait.message());
    }
    if (clockIsSet && !since.containsKey(name)) {
      save(name, now);
    }
  }

  /** No update of the app waits. */
  void end(AppName name) {
    waits.remove(name);
    if (since.remove(name) != null) {
      try {
        store.remove(GROUP + "/" + name);
      } catch (IOException e) {
        LOG.error("app={} action=forget still on disk: {}", name, e.getMessage());
      }
    }
  }

  SortedMap<AppName, Wait> all() {
    return Collections.unmodifiableSortedMap(waits);
  }

  /** A clock that could be believed was set by so much: what waits has waited as long as before. */
  void shift(Duration step) {
    if (clockIsSet) {
      List.copyOf(since.entrySet()).forEach(it -> save(it.getKey(), it.getValue().plus(step)));
    }
  }

  private void save(AppName name, Instant begin) {
    since.put(name, begin);
    try {
      store.save(GROUP + "/" + name, new Begin(begin));
    } catch (IOException e) {
      LOG.error("app={} action=remember not on disk: {}", name, e.getMessage());
    }
  }
}
