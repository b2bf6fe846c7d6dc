package dev.sandbar.core.model;

import dev.sandbar.core.model.Permissions.Mount;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/** Where an app sees volumes: each at a place of its own. */
final class MountRules {

  private MountRules() {}

  private record Placed(Mount mount, Request request) {}

  static void check(Permissions permissions, List<Diagnostic> found) {
    var all = new ArrayList<Placed>();
    for (Permission permission : List.of(Permission.STORAGE, Permission.MOUNTS)) {
      permissions
          .get(permission)
          .ifPresent(
              request -> {
                if (request.value() instanceof Value.Volumes(List<Mount> mounts)) {
                  mounts.forEach(mount -> all.add(new Placed(mount, request)));
                }
              });
    }
    var places = new HashMap<String, Placed>();
    for (Placed one : all) {
      Placed other = places.put(one.mount().mountPath(), one);
      if (other != null) {
        found.add(
            PermissionRules.conflict(
                one.request(),
                "two %s entries use the same mountPath %s"
                    .formatted(named(one.mount(), other.mount()), one.mount().mountPath()),
                "give each entry a mountPath of its own"));
      }
    }
    for (Placed one : all) {
      all.stream()
          .filter(outer -> !outer.mount().mountPath().equals(one.mount().mountPath()))
          .filter(outer -> PathText.within(one.mount().mountPath(), outer.mount().mountPath()))
          .forEach(outer -> found.add(nested(one, outer.mount())));
    }
  }

  private static Diagnostic nested(Placed one, Mount outer) {
    return PermissionRules.conflict(
        one.request(),
        "%s mounts %s inside %s, which is another volume"
            .formatted(
                one.mount().permission().key(),
                SafeText.shown(one.mount().mountPath()),
                SafeText.shown(outer.mountPath())),
        "give each entry a mountPath outside of the others");
  }

  private static String named(Mount one, Mount other) {
    return one.fileSystem() == other.fileSystem() ? one.permission().key() : "storage and mounts";
  }
}
