package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.UnitName;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The directory in which an app makes Unix sockets, and which other apps are let in. It outlives
 * the app, so that what clients have mounted is still it when the app has started again.
 *
 * <p>A client mounts it by way of a link that only the server's own unit makes, so one that the
 * server does not name has nothing to mount. systemd-tmpfiles(8) makes both, from files of the
 * store, whenever the server starts.
 *
 * @param app the server
 * @param clients that it lets in
 */
public record SocketDirectory(AppName app, SortedSet<AppName> clients) {

  /** Where the directories are. Only root enters it: apps have theirs mounted. */
  public static final String FOLDER = "/run/sandbar-apps";

  /** The group of all apps that offer sockets or use them, and of nobody else. */
  public static final String GROUP = "sandbar-apps";

  /** For each app that lets others in, a directory with links. No app's name begins with a dot. */
  public static final String LINKS = FOLDER + "/.accept";

  /** How a directory looks that is as declared. */
  private static final String ACCESS = "2770 root " + GROUP;

  private static final String ACCESS_OF_ALL = "700 root root";

  public SocketDirectory {
    clients = Collections.unmodifiableSortedSet(new TreeSet<>(clients));
  }

  /** The one of an app; empty if it lets nobody in. */
  public static Optional<SocketDirectory> of(AppSpec app) {
    SortedSet<AppName> clients = clients(app);
    return clients.isEmpty() || app.run().adopts()
        ? Optional.empty()
        : Optional.of(new SocketDirectory(app.name(), clients));
  }

  /** The apps to whose sockets the app is to connect. */
  public static SortedSet<AppName> servers(AppSpec app) {
    return named(app, Permission.TALK_TO);
  }

  /** The apps that are to connect to the sockets of the app. */
  public static SortedSet<AppName> clients(AppSpec app) {
    return named(app, Permission.ACCEPT_FROM);
  }

  private static SortedSet<AppName> named(AppSpec app, Permission permission) {
    return app.permissions()
        .get(permission)
        .filter(request -> request.value() instanceof Value.Apps)
        .map(request -> (SortedSet<AppName>) new TreeSet<>(((Value.Apps) request.value()).names()))
        .orElseGet(TreeSet::new);
  }

  /** The directory of an app, on the device and for all apps that see it. */
  public static String of(AppName app) {
    return FOLDER + "/" + app;
  }

  /** Where the clients of an app have their links. */
  public static String links(AppName app) {
    return LINKS + "/" + app;
  }

  /** What a client mounts; there is none where the server does not let it in. */
  public static String link(AppName server, AppName client) {
    return links(server) + "/" + client;
  }

  /**
   * What there is on the device while the app runs: path to what it must be, as {@code
   * SocketDirectories} of the agent shows it.
   */
  public SortedMap<String, String> declared() {
    var declared = new TreeMap<String, String>();
    declared.put(FOLDER, ACCESS_OF_ALL);
    declared.put(of(app), ACCESS);
    declared.put(links(app), ACCESS_OF_ALL);
    clients.forEach(client -> declared.put(link(app, client), of(app)));
    return declared;
  }

  static UnitName loader(AppFile file) {
    return new UnitName("sandbard-sockets@" + FileStorePath.name(file) + ".service");
  }

  /** What the store must hold: what makes the directory, and what empties it before a start. */
  List<AppFile> files() {
    return List.of(rules(), emptying());
  }

  /** Removed first and made anew: of a version before there may be links to others. */
  private AppFile rules() {
    var text = new StringBuilder("d %s 0700 root root\n".formatted(FOLDER));
    text.append("d %s 2770 root %s\n".formatted(of(app), GROUP));
    text.append("d %s 0700 root root\n".formatted(LINKS));
    text.append("R %s\n".formatted(links(app)));
    text.append("d %s 0700 root root\n".formatted(links(app)));
    clients.forEach(
        client -> text.append("L %s - - - - %s\n".formatted(link(app, client), of(app))));
    return file("sockets/directory.conf", text.toString());
  }

  /** What a life before left there would be in the way of a server that does not expect it. */
  private AppFile emptying() {
    return file("sockets/empty.conf", "D %s 2770 root %s\n".formatted(of(app), GROUP));
  }

  private static AppFile file(String path, String content) {
    return new AppFile(path, content, false, Location.NOWHERE);
  }
}
