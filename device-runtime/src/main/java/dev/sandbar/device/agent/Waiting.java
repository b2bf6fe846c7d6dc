package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.StateStore.Loaded;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Apps whose removal was held back, on disk: they wait for consent however often the agent is
 * started, {@link PruneGuard#waiting}. While nobody can say which they are, every app is one.
 */
final class Waiting {
  private static final Logger LOG = LoggerFactory.getLogger(Waiting.class);
  private static final String DOCUMENT = "held-back";

  /** Which they are is lost, until a round has looked at everything. */
  private static final String LOST = "lost";

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
        saved = read(data);
        names.addAll(saved);
        lost = data.fields().containsKey(LOST);
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
    Node list = Node.list(names.stream().map(name -> Node.text(name.value())).toList());
    Node.Entry apps = Node.entry("apps", list);
    try {
      store.save(
          DOCUMENT,
          Node.mapping(lost ? List.of(apps, Node.entry(LOST, Node.flag(true))) : List.of(apps)));
      saved = new TreeSet<>(names);
    } catch (IOException e) {
      LOG.error("action=remember not on disk: {}", e.getMessage());
    }
  }

  private static SortedSet<AppName> read(Node data) {
    var names = new TreeSet<AppName>();
    if (data.fields().get("apps") instanceof Node.Sequence(_, var items)) {
      for (Node item : items) {
        if (item instanceof Node.Scalar(_, _, String text) && AppName.isValid(text)) {
          names.add(new AppName(text));
        }
      }
    }
    return names;
  }
}
