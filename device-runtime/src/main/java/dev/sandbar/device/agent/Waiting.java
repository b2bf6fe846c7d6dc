package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.StateStore.Loaded;
import java.io.IOException;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Apps whose removal was held back, on disk: they wait for consent however often the agent is
 * started, {@link PruneGuard#waiting}. While nobody can say which they are, every app is one.
 */
final class Waiting {
  private static final Logger LOG = LoggerFactory.getLogger(Waiting.class);
  private static final String DOCUMENT = "held-back";

  /**
   * The document.
   *
   * @param lost there while nobody knows which they are, until a round has looked at everything
   */
  private record HeldBack(SortedSet<AppName> apps, @Nullable Boolean lost) {}

  private final StateStore store;
  private final TreeSet<AppName> names = new TreeSet<>();
  private SortedSet<AppName> saved = new TreeSet<>();
  private boolean lost;
  private boolean unreadable;

  Waiting(StateStore store) {
    this.store = store;
    load();
  }

  private void load() {
    Loaded loaded = store.load(DOCUMENT);
    unreadable = loaded instanceof Loaded.Unreadable;
    switch (loaded) {
      case Loaded.Found(Node data) -> {
        HeldBack read = NodeBinder.readLenient(HeldBack.class, data);
        saved = read.apps();
        names.addAll(saved);
        lost = read.lost() != null;
      }
      case Loaded.Absent _ -> {}
      case Loaded.SetAside _ -> {
        // The next agent finds nothing at all, which must not read as nothing held back.
        lost = true;
        save();
      }
      case Loaded.Unreadable(var reason) ->
          LOG.warn("action=wait what was held back cannot be read now: {}", reason);
    }
  }

  /**
   * Those that wait.
   *
   * @param owned every app of ours
   */
  SortedSet<AppName> of(SortedSet<AppName> owned) {
    if (unreadable) {
      load();
    }
    var all = new TreeSet<>(names);
    if (lost || unreadable) {
      all.addAll(owned);
    }
    return Collections.unmodifiableSortedSet(all);
  }

  /**
   * From now on these wait.
   *
   * @param whole whether every app and the whole source were looked at
   */
  void keep(SortedSet<AppName> now, boolean whole) {
    if ((lost || unreadable) && !whole) {
      return;
    }
    boolean found = lost;
    lost = false;
    names.clear();
    names.addAll(now);
    if (found || !names.equals(saved)) {
      save();
    }
  }

  /** It has left the device. */
  void remove(AppName name) {
    if (names.remove(name)) {
      save();
    }
  }

  private void save() {
    if (unreadable) {
      return; // What is on the disk still holds.
    }
    try {
      store.save(DOCUMENT, new HeldBack(names, lost ? true : null));
      saved = new TreeSet<>(names);
    } catch (IOException e) {
      LOG.error("action=remember not on disk: {}", e.getMessage());
    }
  }
}
