package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.UnitName;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The directory in which the agent has a socket for one app, and what the app may ask for there. It
 * outlives agent and app, so that what an app has mounted is still it when the agent has started
 * again; systemd-tmpfiles(8) makes it from a file of the store before the app starts, so that apps
 * start without the agent.
 *
 * @param app whose socket it is
 * @param verbs that the agent does for it
 * @param logs services whose journal it may read
 */
public record BrokerSocket(AppName app, Set<BrokeredVerb> verbs, SortedSet<UnitName> logs) {

  /** Where the directories are. Only root enters it: apps have theirs mounted in its place. */
  public static final String FOLDER = "/run/sandbar-agent";

  /** The name of the socket. */
  public static final String SOCKET = "agent.sock";

  /** How a directory looks that is as declared. */
  private static final String ACCESS = "755 root root";

  private static final String ACCESS_OF_ALL = "700 root root";

  private static final List<UnitName> NO_UNITS = List.of();

  public BrokerSocket {
    verbs = Collections.unmodifiableSet(EnumSet.copyOf(verbs));
    logs = Collections.unmodifiableSortedSet(new TreeSet<>(logs));
  }

  /** The one of an app; empty if the agent does nothing for it. */
  public static Optional<BrokerSocket> of(AppSpec app) {
    var verbs = EnumSet.noneOf(BrokeredVerb.class);
    for (BrokeredVerb verb : BrokeredVerb.values()) {
      app.permissions()
          .get(verb.permission())
          .filter(request -> !(request.value() instanceof Value.Withheld))
          .ifPresent(_ -> verbs.add(verb));
    }
    return verbs.isEmpty() || app.run().adopts()
        ? Optional.empty()
        : Optional.of(new BrokerSocket(app.name(), verbs, logs(app)));
  }

  private static SortedSet<UnitName> logs(AppSpec app) {
    return app.permissions()
        .get(Permission.READ_LOGS)
        .map(request -> request.value() instanceof Value.Units(var units) ? units : NO_UNITS)
        .map(TreeSet::new)
        .orElseGet(TreeSet::new);
  }

  /** The directory of an app, on the device. */
  public static String directory(AppName app) {
    return FOLDER + "/" + app;
  }

  /** The directory on the device. */
  public String directory() {
    return directory(app);
  }

  /** Where the app finds the socket. */
  static String place() {
    return FOLDER + "/" + SOCKET;
  }

  /**
   * What there is on the device while the app runs: path to what it must be, as {@code
   * SocketDirectories} of the agent shows it.
   */
  public SortedMap<String, String> declared() {
    var declared = new TreeMap<String, String>();
    declared.put(FOLDER, ACCESS_OF_ALL);
    declared.put(directory(), ACCESS);
    return declared;
  }

  /** What the store must hold: what makes the directory. */
  AppFile file() {
    return new AppFile(
        "broker/directory.conf",
        "d %s 0700 root root\nd %s 0755 root root\n".formatted(FOLDER, directory()),
        false,
        Location.NOWHERE);
  }
}
