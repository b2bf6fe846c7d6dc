package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.compile.Explanation.Change;
import dev.sandbar.core.compile.Explanation.Row;
import dev.sandbar.core.compile.Explanation.Standing;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSandbox;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Selector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/** Explains permissions and apps by compiling with and without and comparing. */
public final class Explainer {

  private final DeviceFacts facts;

  /** Explains for this device; {@link ReferenceDevice} where there is none. */
  public Explainer(DeviceFacts facts) {
    var volumes = new TreeMap<>(facts.volumes());
    volumes.putIfAbsent("media", "/srv/media");
    this.facts = facts.configured(facts.labels(), volumes);
  }

  /** One permission by itself, in closed mode. */
  public Explanation.OfPermission explain(Permission permission) {
    AppSandbox bare = withPermissions(example(), PermissionCatalog.foundation(permission));
    AppSandbox granted = withPermissions(example(), PermissionCatalog.sample(permission));
    return new Explanation.OfPermission(
        permission, PermissionCatalog.entry(permission), changes(lines(bare), lines(granted)));
  }

  /** One compiled app. */
  public Explanation.OfApp explain(CompiledApp app) {
    List<Row> rows =
        Arrays.stream(Permission.values()).map(permission -> row(app, permission)).toList();
    return new Explanation.OfApp(app, rows, app.directives());
  }

  private Row row(CompiledApp compiled, Permission permission) {
    AppSandbox app = compiled.spec();
    Standing standing = standing(app, permission);
    var entry = PermissionCatalog.entry(permission);
    return switch (standing) {
      case GRANTED -> new Row(permission, standing, entry.opens(), because(compiled, permission));
      case OPEN -> new Row(permission, standing, entry.opens(), List.of());
      case WITHHELD, CLOSED ->
          new Row(permission, standing, entry.withheld(), closing(compiled, permission));
    };
  }

  private static Standing standing(AppSandbox app, Permission permission) {
    return app.permissions()
        .get(permission)
        .map(
            request ->
                request.value() instanceof Value.Withheld ? Standing.WITHHELD : Standing.GRANTED)
        .orElse(app.mode() == AppSandbox.Mode.CLOSED ? Standing.CLOSED : Standing.OPEN);
  }

  private static List<String> because(CompiledApp compiled, Permission permission) {
    return compiled.directives().stream()
        .filter(line -> List.of(line.because().split(", ", -1)).contains(permission.key()))
        .map(Directive::line)
        .toList();
  }

  /** The lines that would not be there, or not so, if the permission were granted. */
  private List<String> closing(CompiledApp compiled, Permission permission) {
    Map<Permission, Request> sample =
        new TreeMap<>(PermissionCatalog.sample(permission).requests());
    AppSandbox app = compiled.spec();
    AppSandbox granted = withPermissions(app, app.permissions().with(sample));
    return changes(compiled.directives(), lines(granted)).stream()
        .flatMap(change -> gone(change).stream())
        .toList();
  }

  private static List<String> gone(Change change) {
    var gone = new LinkedHashSet<>(change.before());
    gone.removeAll(change.after());
    return gone.stream().map(value -> change.directive() + "=" + value).toList();
  }

  private List<Directive> lines(AppSandbox app) {
    return switch (Compiler.compile(app, facts)) {
      case Compilation.Compiled(var compiled, _) -> compiled.directives();
      case Compilation.Rejected _ -> List.of();
    };
  }

  /** What differs, in the order of the second unit, then what it no longer has. */
  private static List<Change> changes(List<Directive> before, List<Directive> after) {
    if (after.isEmpty()) {
      return List.of();
    }
    SequencedMap<String, List<String>> old = values(before);
    SequencedMap<String, List<String>> fresh = values(after);
    var names = new LinkedHashSet<>(fresh.keySet());
    names.addAll(old.keySet());
    return names.stream()
        .map(
            name ->
                new Change(
                    name, old.getOrDefault(name, List.of()), fresh.getOrDefault(name, List.of())))
        .filter(change -> !change.before().equals(change.after()))
        .toList();
  }

  private static SequencedMap<String, List<String>> values(List<Directive> lines) {
    var values = new LinkedHashMap<String, List<String>>();
    for (Directive line : lines) {
      if (!line.value().contains(CompiledApp.GENERATION_VARIABLE)) {
        values.computeIfAbsent(line.name(), _ -> new ArrayList<>()).add(line.value());
      }
    }
    return values;
  }

  private static AppSandbox example() {
    return new AppSandbox(
        new AppName("example"),
        Location.NOWHERE,
        Selector.EVERYTHING,
        new AppSandbox.Root.Host(),
        new AppSandbox.Run(List.of("/usr/bin/example"), new TreeMap<>(), "", Location.NOWHERE),
        AppSandbox.Mode.CLOSED,
        Permissions.NONE,
        new AppSandbox.SystemCalls(List.of(), List.of()),
        List.of(),
        AppSandbox.DriftMode.DETECT);
  }

  private static AppSandbox withPermissions(AppSandbox app, Permissions permissions) {
    return new AppSandbox(
        app.name(),
        app.at(),
        app.devices(),
        app.root(),
        app.run(),
        app.mode(),
        permissions,
        app.systemCalls(),
        app.directives(),
        app.drift());
  }
}
