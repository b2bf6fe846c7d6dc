package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.catalog.Sandbox;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.OpenedWall;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which permissions an app has in part, or as a whole, by the walls that {@code raw:} opens: what
 * withholding them would close is not closed any more.
 */
public final class RawConsequences {

  private final AppSpec app;
  private final RawWalls walls;
  private final Sandbox before;

  /**
   * @param before the sandbox without {@code raw}
   */
  RawConsequences(AppSpec app, RawWalls walls, Sandbox before) {
    this.app = app;
    this.walls = walls;
    this.before = before;
  }

  /**
   * The permissions that the app does not ask for and has in part by {@code raw}, each with the
   * directives of the entries that open it; of an app that compiles, for a device that can do
   * everything.
   */
  public static SortedMap<Permission, SortedSet<String>> of(AppSpec app) {
    if (app.raw().isEmpty()) {
      return new TreeMap<>();
    }
    DeviceFacts facts = ReferenceDevice.facts(app);
    RawWalls walls = RawWalls.read(app, facts, new Complaints());
    return new RawConsequences(app, walls, Compiler.sandbox(app, facts)).all();
  }

  private SortedMap<Permission, SortedSet<String>> all() {
    var all = new TreeMap<Permission, SortedSet<String>>();
    walls
        .words()
        .keySet()
        .forEach(
            directive ->
                opened(alone(directive))
                    .forEach(it -> all.computeIfAbsent(it, _ -> new TreeSet<>()).add(directive)));
    // What only several of them come to.
    opened(walls)
        .forEach(it -> all.computeIfAbsent(it, _ -> new TreeSet<>(walls.words().keySet())));
    return Collections.unmodifiableSortedMap(all);
  }

  private RawWalls alone(String directive) {
    return new RawWalls(
        new TreeMap<>(Map.of(directive, walls.words().getOrDefault(directive, List.of()))),
        directive.equals(RawWalls.FILTER) ? walls.calls() : new TreeSet<>());
  }

  private SortedSet<Permission> opened(RawWalls some) {
    SortedSet<Permission> opened = PolicyCheck.all(app, some.openedIn(before));
    opened.removeAll(PolicyCheck.all(app, before));
    return opened;
  }

  /** What is withheld by name stays withheld; what else is opened is said. */
  void check(Complaints complaints) {
    if (walls.isNone()) {
      return;
    }
    SortedMap<Permission, SortedSet<String>> all = all();
    for (OpenedWall wall : app.raw()) {
      var parts = new ArrayList<String>();
      all.forEach(
          (permission, directives) -> {
            if (!directives.contains(wall.directive())) {
              return;
            }
            if (isWithheld(permission)) {
              complaints.error(
                  Problem.CONFLICT,
                  wall.at(),
                  "raw: %s opens what permissions.%s withholds"
                      .formatted(wall.directive(), permission.key()),
                  "remove one of them");
            } else {
              parts.add(permission.key() + (isWhole(permission) ? "" : " (a part)"));
            }
          });
      if (!parts.isEmpty()) {
        complaints.warning(
            Problem.LOOSENS_SANDBOX,
            wall.at(),
            "raw: %s opens what withholding a permission closes: %s"
                .formatted(wall.directive(), String.join(", ", parts)),
            "nothing, if that is meant: the app counts as having it everywhere");
      }
    }
  }

  private boolean isWithheld(Permission permission) {
    return app.permissions()
        .get(permission)
        .filter(request -> request.value() instanceof Value.Withheld)
        .isPresent();
  }

  private boolean isWhole(Permission permission) {
    return permission.isGrantedByTrue()
        && walls.openedIn(before).includes(PermissionCatalog.entry(permission).grants());
  }
}
