package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Apps of one device of which one names the other and not the other way round: nothing is opened
 * between them. A warning only, for the other side may come later, or be meant for other devices.
 */
public final class MissingPeers {

  private MissingPeers() {}

  /**
   * A warning for each side that is missing.
   *
   * @param compiled what became of the apps of the device
   * @param refused those whose spec cannot be read
   */
  public static List<Diagnostic> of(
      SortedMap<AppName, Compilation> compiled, Collection<AppName> refused) {
    var apps = new ArrayList<AppSpec>();
    var unknown = new TreeSet<>(refused);
    for (Compilation compilation : compiled.values()) {
      switch (compilation) {
        case Compilation.Compiled(var app, _) -> apps.add(app.spec());
        case Compilation.Rejected(var name, _) -> unknown.add(name);
      }
    }
    return find(apps, unknown);
  }

  /**
   * A warning for each side that is missing.
   *
   * @param apps all of the device that compile
   * @param unknown the others: nothing is said of what they list
   */
  public static List<Diagnostic> find(Collection<AppSpec> apps, Collection<AppName> unknown) {
    var byName = new TreeMap<AppName, AppSpec>();
    apps.forEach(app -> byName.put(app.name(), app));
    var found = new ArrayList<Diagnostic>();
    for (AppSpec app : byName.values()) {
      for (AppName server : SocketDirectory.servers(app)) {
        if (byName.containsKey(server) || !unknown.contains(server)) {
          server(app, server, byName, found);
        }
      }
      for (AppName client : SocketDirectory.clients(app)) {
        AppSpec other = byName.get(client);
        if (other != null && !SocketDirectory.servers(other).contains(app.name())) {
          found.add(oneSided(app, Permission.ACCEPT_FROM, client, Permission.TALK_TO));
        }
      }
    }
    return found;
  }

  private static void server(
      AppSpec app, AppName server, SortedMap<AppName, AppSpec> byName, List<Diagnostic> found) {
    AppSpec other = byName.get(server);
    if (other == null) {
      found.add(
          Diagnostic.warning(
              Problem.CONFLICT,
              at(app, Permission.TALK_TO),
              "permissions.talkTo: this device has no app '%s', so app '%s' runs without it"
                  .formatted(server, app.name()),
              "declare it with acceptFrom: [%s], or remove it from talkTo".formatted(app.name())));
    } else if (!SocketDirectory.clients(other).contains(app.name())) {
      found.add(oneSided(app, Permission.TALK_TO, server, Permission.ACCEPT_FROM));
    }
  }

  private static Diagnostic oneSided(
      AppSpec app, Permission named, AppName other, Permission missing) {
    return Diagnostic.warning(
        Problem.CONFLICT,
        at(app, named),
        "permissions.%s: app '%s' does not list app '%s' in %s, so nothing is opened between them"
            .formatted(named.key(), other, app.name(), missing.key()),
        "add %s to permissions.%s of %s, or remove %s here"
            .formatted(app.name(), missing.key(), other, other));
  }

  private static Location at(AppSpec app, Permission permission) {
    return app.permissions().get(permission).map(Request::at).orElse(app.at());
  }
}
