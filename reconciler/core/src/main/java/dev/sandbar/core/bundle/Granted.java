package dev.sandbar.core.bundle;

import dev.sandbar.core.compile.RawConsequences;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The permissions that an app has, one short text each, to be searched across a fleet. */
public final class Granted {

  private Granted() {}

  /**
   * What the spec grants, in the order of the catalogue: {@code internet}, {@code
   * internetTo=203.0.113.0/24}, {@code ports=8080/tcp}, {@code storage=media:/data:rw}, {@code
   * serial=/dev/ttyUSB0:rw}. What walls it opens by {@code raw} follows: the permissions that it
   * has by them, {@code nestedSandbox=raw:RestrictNamespaces}, and each wall, {@code
   * raw=RestrictNamespaces}. In an open app also what it does not mention.
   */
  public static List<String> of(AppSpec app) {
    var granted = new ArrayList<String>();
    for (Permission permission : Permission.values()) {
      if (permission == Permission.INTERNET
          && app.permissions().get(Permission.INTERNET_TO).isPresent()) {
        // internetTo replaces it.
        continue;
      }
      var request = app.permissions().get(permission);
      if (request.isPresent()) {
        details(request.get().value())
            .forEach(
                detail -> granted.add(permission.key() + (detail.isEmpty() ? "" : "=" + detail)));
      } else if (app.mode() == Mode.OPEN && isOpenUnlessWithheld(permission)) {
        granted.add(permission.key());
      }
    }
    RawConsequences.of(app)
        .forEach(
            (permission, directives) ->
                directives.forEach(
                    it -> granted.add(permission.key() + "=" + OpenedWall.KEY + ":" + it)));
    app.raw().forEach(wall -> granted.add(OpenedWall.KEY + "=" + wall.directive()));
    return granted;
  }

  /** What an open app has without asking; the others name one place and mean nothing without it. */
  private static boolean isOpenUnlessWithheld(Permission permission) {
    return permission != Permission.INTERNET_TO && permission != Permission.NETWORK_NAMESPACE;
  }

  /** Its items, one short text each; one empty text for what has none. */
  public static List<String> details(Value value) {
    return switch (value) {
      case Value.Withheld() -> List.of();
      case Value.Granted(), Value.Limited(_) -> List.of("");
      case Value.Destinations(var all) -> all.stream().map(Object::toString).toList();
      case Value.Ports(var ports) -> ports.stream().map(Permissions.Port::shown).toList();
      case Value.Devices(var nodes) ->
          nodes.stream().map(n -> n.path() + access(n.writable())).toList();
      case Value.Volumes(var mounts) -> mounts.stream().map(Granted::mount).toList();
      case Value.Namespace(var name) -> List.of(name);
      case Value.Apps(var names) -> names.stream().map(Object::toString).toList();
      case Value.Settings(var all) -> all.stream().map(Object::toString).toList();
      case Value.Modules(var names) -> names.stream().map(Object::toString).toList();
      case Value.Units(var names) -> names.stream().map(Object::toString).toList();
      case Value.BusNames(var talk, var own) ->
          Stream.concat(
                  talk.stream().map(name -> "talk:" + name),
                  own.stream().map(name -> "own:" + name))
              .toList();
    };
  }

  private static String mount(Mount mount) {
    return mount.source() + ":" + mount.mountPath() + access(mount.writable());
  }

  private static String access(boolean writable) {
    return writable ? ":rw" : ":ro";
  }
}
