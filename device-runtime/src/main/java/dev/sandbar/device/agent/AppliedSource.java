package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.StateStore.Loaded;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last revision of a repository after which no removal was held back, on disk: what comes later
 * must descend from it, whatever was pushed in between and however often the agent was started.
 */
final class AppliedSource {
  private static final Logger LOG = LoggerFactory.getLogger(AppliedSource.class);
  private static final String DOCUMENT = "applied-source";

  /** There is one, and nobody can say which; no revision descends from it. */
  static final String UNKNOWN = "unknown";

  private record Saved(String origin, String revision) {}

  private final StateStore store;
  private final String origin;
  private String revision;

  /** On the disk, and tried anew with each call. */
  private boolean unread;

  /**
   * @param origin says which repository and ref it is; of another one nothing is known
   */
  AppliedSource(StateStore store, String origin) {
    this.store = store;
    this.origin = origin;
    this.revision = load();
  }

  private String load() {
    return switch (store.load(DOCUMENT)) {
      case Loaded.Found(var data) -> {
        Saved known = NodeBinder.readLenient(Saved.class, data);
        yield !known.origin().equals(origin)
            ? ""
            : known.revision().isEmpty() ? UNKNOWN : known.revision();
      }
      case Loaded.Absent _ -> "";
      case Loaded.SetAside _ -> {
        // The next agent finds nothing at all, from which every history would descend.
        save(UNKNOWN);
        yield UNKNOWN;
      }
      case Loaded.Unreadable(var reason) -> {
        LOG.warn("revision={} action=wait it cannot be read now: {}", UNKNOWN, reason);
        unread = true;
        yield UNKNOWN;
      }
    };
  }

  /** Empty if there is none; {@link #UNKNOWN} if that cannot be read. */
  synchronized String revision() {
    if (unread) {
      unread = false;
      revision = load();
    }
    return revision;
  }

  /** Everything of this revision was applied. */
  synchronized void settled(String now) {
    unread = false;
    if (now.equals(revision)) {
      return;
    }
    revision = now;
    save(now);
  }

  private void save(String now) {
    try {
      store.save(DOCUMENT, new Saved(origin, now));
    } catch (IOException e) {
      LOG.error("revision={} action=remember not on disk: {}", now, e.getMessage());
    }
  }
}
