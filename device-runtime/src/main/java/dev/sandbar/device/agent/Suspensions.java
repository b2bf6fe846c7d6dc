package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.device.store.StateStore;
import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Apps that a person on the device has suspended, one document each, until they are resumed. That
 * the document is there says it, so that damage to its content resumes nothing.
 */
public final class Suspensions {
  private static final String GROUP = "suspend";
  private static final String GROUP_OF_ALL = "suspend-all";
  private static final String ALL = GROUP_OF_ALL + "/device";

  private Suspensions() {}

  /**
   * What is suspended.
   *
   * @param all every app, also those to come, and the units that they stand on
   * @param apps these, each by its name
   * @param declared these, by what their source declares
   */
  public record Suspended(boolean all, SortedSet<AppName> apps, SortedSet<AppName> declared) {
    static final Suspended NOTHING = new Suspended(false, new TreeSet<>());

    public Suspended {
      apps = Collections.unmodifiableSortedSet(new TreeSet<>(apps));
      declared = Collections.unmodifiableSortedSet(new TreeSet<>(declared));
    }

    /** What a person on the device has suspended. */
    Suspended(boolean all, SortedSet<AppName> apps) {
      this(all, apps, new TreeSet<>());
    }

    /** This, and what the source suspends. */
    Suspended and(Declared source) {
      return new Suspended(all, apps, source.suspended());
    }

    /** Whether the app is suspended, by whomever. */
    public boolean covers(AppName app) {
      return all || apps.contains(app) || declared.contains(app);
    }
  }

  /**
   * Suspends one app; the agent acts upon it in its next round.
   *
   * @throws IOException if it cannot be written down
   */
  public static void suspend(StateStore store, AppName app) throws IOException {
    store.save(GROUP + "/" + app, since());
  }

  /** Suspends every app, also those that are declared later. */
  public static void suspendAll(StateStore store) throws IOException {
    store.save(ALL, since());
  }

  private static Node since() {
    return Node.mapping(List.of(Node.entry("suspendedAt", Node.text(Instant.now().toString()))));
  }

  /**
   * Resumes an app that was suspended by its name.
   *
   * @return whether it was
   */
  public static boolean resume(StateStore store, AppName app) throws IOException {
    return store.remove(GROUP + "/" + app);
  }

  /** Resumes every app. */
  public static void resumeAll(StateStore store) throws IOException {
    for (AppName app : read(store).apps()) {
      store.remove(GROUP + "/" + app);
    }
    store.remove(ALL);
  }

  /**
   * What is suspended now.
   *
   * @throws IOException if nobody can say now
   */
  public static Suspended read(StateStore store) throws IOException {
    var apps = new TreeSet<AppName>();
    for (String name : store.names(GROUP)) {
      if (AppName.isValid(name)) {
        apps.add(new AppName(name));
      }
    }
    return new Suspended(!store.names(GROUP_OF_ALL).isEmpty(), apps);
  }
}
