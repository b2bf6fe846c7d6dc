package dev.sandbar.device.agent;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.HoldReader;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.store.StateStore;
import dev.sandbar.device.store.StateStore.Loaded;
import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Apps that are held at the version that runs. What a person on the device holds is one document
 * each, until it is released. As with {@link Suspensions} damage to a document releases nothing.
 */
public final class Holds {
  private static final Logger LOG = LoggerFactory.getLogger(Holds.class);
  private static final String GROUP = "hold";
  private static final String DAMAGED = "its record was damaged";

  /** The longest reason, in characters. */
  public static final int LONGEST_REASON = HoldReader.LONGEST_REASON;

  private Holds() {}

  /**
   * One hold.
   *
   * @param reason in the words of whoever holds the app; may be empty
   * @param until when it ends by itself; {@link Instant#MAX} for never
   * @param declared whether the source says it, and not a person on the device
   */
  public record Hold(String reason, Instant until, boolean declared) {

    /** Of a person on the device. */
    public Hold(String reason, Instant until) {
      this(reason, until, false);
    }

    /** Of the source. */
    public static Hold declared(HoldSpec spec) {
      return new Hold(spec.reason(), spec.until(), true);
    }

    /** For people. */
    public String message(AppName app) {
      return "held at this version"
          + (reason.isEmpty() ? "" : " (" + reason + ")")
          + (until.equals(Instant.MAX) ? "" : " until " + until)
          + (declared
              ? "; newer ones wait until its hold is removed where it is declared"
              : "; newer ones wait for sandbar release " + app);
    }
  }

  private record Text(Instant heldAt, String reason, @Nullable Instant until) {}

  /**
   * Holds an app; the agent acts upon it in its next round. An earlier hold of it is replaced.
   *
   * @throws IOException if it cannot be written down
   */
  public static void hold(StateStore store, AppName app, Hold hold, Instant now)
      throws IOException {
    store.save(
        GROUP + "/" + app,
        new Text(now, hold.reason(), hold.until().equals(Instant.MAX) ? null : hold.until()));
  }

  /**
   * Releases an app.
   *
   * @return whether it was held
   */
  public static boolean release(StateStore store, AppName app) throws IOException {
    return store.remove(GROUP + "/" + app);
  }

  /**
   * What is held now.
   *
   * @throws IOException if nobody can say now
   */
  public static SortedMap<AppName, Hold> read(StateStore store) throws IOException {
    var holds = new TreeMap<AppName, Hold>();
    for (String name : store.names(GROUP)) {
      if (AppName.isValid(name)) {
        holds.put(new AppName(name), read(store, new AppName(name)));
      }
    }
    return Collections.unmodifiableSortedMap(holds);
  }

  private static Hold read(StateStore store, AppName app) throws IOException {
    return switch (store.load(GROUP + "/" + app)) {
      case Loaded.Found(Node data) -> found(app, data);
      case Loaded.Unreadable(var reason) ->
          new Hold("its record cannot be read now: " + reason, Instant.MAX);
      case Loaded.SetAside _, Loaded.Absent _ -> {
        // It is no longer there to say so itself.
        var hold = new Hold(DAMAGED, Instant.MAX);
        store.save(GROUP + "/" + app, new Text(Instant.EPOCH, hold.reason(), null));
        yield hold;
      }
    };
  }

  private static Hold found(AppName app, Node data) {
    try {
      Text text = NodeBinder.read(Text.class, data);
      return new Hold(text.reason(), text.until() == null ? Instant.MAX : text.until());
    } catch (IllegalArgumentException e) {
      LOG.warn("app={} action=hold why cannot be read: {}", app, e.getMessage());
      return new Hold(DAMAGED, Instant.MAX);
    }
  }
}
