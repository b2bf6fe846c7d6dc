package dev.sandbar.device.broker;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.StateStore.Loaded;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What must be known of the verbs that were done when the agent was killed or the device lost its
 * power: on the disk before each of them. For one thread.
 */
final class BrokerState {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerState.class);

  private static final String NAME = "broker";

  /** More apps than ever change the name of one device. */
  private static final int MOST = 256;

  private final StateStore store;
  private NameChanges names = NameChanges.NONE;
  private boolean restarted;

  private record Document(List<Entry> hostname, boolean restarted) {}

  private record Entry(String app, String before, String value, String earlier) {}

  /**
   * Reads what is on the disk.
   *
   * @throws IOException if it cannot be read now
   */
  BrokerState(StateStore store) throws IOException {
    this.store = store;
    switch (store.load(NAME)) {
      case Loaded.Found(Node data) -> read(data);
      case Loaded.Absent _ -> {}
      case Loaded.SetAside(var file, var reason) ->
          LOG.warn("action=broker changed names are not put back: {} ({})", reason, file);
      case Loaded.Unreadable(var reason) -> throw new IOException(reason);
    }
  }

  private void read(Node data) {
    try {
      Document document = NodeBinder.readLenient(Document.class, data);
      var changes = new ArrayList<NameChanges.Change>();
      for (Entry entry : document.hostname()) {
        if (AppName.isValid(entry.app()) && changes.size() < MOST) {
          changes.add(
              new NameChanges.Change(
                  new AppName(entry.app()), entry.before(), entry.value(), entry.earlier()));
        }
      }
      names = new NameChanges(changes);
      restarted = document.restarted();
    } catch (IllegalArgumentException e) {
      LOG.warn("action=broker changed names are not put back: {}", e.getMessage());
    }
  }

  NameChanges names() {
    return names;
  }

  /** From now on these, also after a crash. */
  void names(NameChanges others) throws IOException {
    save(others, restarted);
    names = others;
  }

  /** Whether an app has ever had the device restarted. */
  boolean restarted() {
    return restarted;
  }

  /** An app has the device restarted. */
  void restart() throws IOException {
    save(names, true);
    restarted = true;
  }

  private void save(NameChanges changes, boolean restart) throws IOException {
    store.save(
        NAME,
        new Document(
            changes.changes().stream()
                .map(it -> new Entry(it.app().value(), it.before(), it.value(), it.earlier()))
                .toList(),
            restart));
  }
}
