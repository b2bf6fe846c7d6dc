package dev.sandbar.core.compile;

import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.compile.Explanation.Change;
import dev.sandbar.core.compile.Explanation.OfApp;
import dev.sandbar.core.compile.Explanation.OfDirective;
import dev.sandbar.core.compile.Explanation.OfPermission;
import dev.sandbar.core.compile.Explanation.Standing;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Mode;
import dev.sandbar.core.model.HealthSpec;
import dev.sandbar.core.model.HoldSpec;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions;
import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Selector;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.window.Maintenance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * Explains permissions and directives by compiling a small app with and without them for the
 * reference device, so that what is said is what the compiler does.
 */
public final class Explainer {

  private Explainer() {}

  /** One permission, as its example asks for it. */
  public static OfPermission explain(Permission permission) {
    return explain(permission, sample(permission));
  }

  /** One permission, as it is asked for; where it is withheld, its example is what is granted. */
  public static OfPermission explain(Permission permission, Request request) {
    boolean withheld = request.value() instanceof Value.Withheld;
    Request granted = withheld ? sample(permission) : request;
    Request refused = new Request(new Value.Withheld(), Location.NOWHERE);
    Permissions foundation = PermissionCatalog.foundation(permission);
    AppSpec asking = app(Mode.CLOSED, foundation.with(Map.of(permission, granted)));
    AppSpec refusing = app(Mode.OPEN, Permissions.NONE.with(Map.of(permission, refused)));
    DeviceFacts facts = ReferenceDevice.facts(asking);
    Compilation with = Compiler.compile(asking, facts);
    return new OfPermission(
        permission,
        request,
        PermissionCatalog.entry(permission),
        foundation.requests().keySet(),
        changes(Compiler.compile(app(Mode.CLOSED, foundation), facts), with),
        changes(
            Compiler.compile(app(Mode.OPEN, Permissions.NONE), facts),
            Compiler.compile(refusing, facts)),
        with instanceof Compilation.Rejected(_, var errors) ? errors : List.of());
  }

  private static Request sample(Permission permission) {
    return PermissionCatalog.sample(permission).get(permission).orElseThrow();
  }

  /** One directive: what sets it to what. */
  public static OfDirective explain(DirectiveInfo directive) {
    var granted = new TreeMap<Permission, List<String>>();
    var withheld = new TreeMap<Permission, List<String>>();
    for (Permission permission : Permission.values()) {
      OfPermission explained = explain(permission);
      after(explained.grants(), directive).ifPresent(to -> granted.put(permission, to));
      after(explained.guards(), directive).ifPresent(to -> withheld.put(permission, to));
    }
    Compilation closed =
        Compiler.compile(app(Mode.CLOSED, Permissions.NONE), ReferenceDevice.facts());
    return new OfDirective(
        directive, values(closed).getOrDefault(directive.name(), List.of()), granted, withheld);
  }

  private static Optional<List<String>> after(List<Change> changes, DirectiveInfo directive) {
    return changes.stream()
        .filter(change -> change.directive().equals(directive.name()))
        .map(Change::after)
        .findFirst();
  }

  /**
   * One app, permission by permission; without {@code internetTo} where it is not named, for it
   * narrows {@code internet} and opens nothing by itself.
   */
  public static List<OfApp> explain(AppSpec app) {
    return Arrays.stream(Permission.values())
        .filter(p -> p != Permission.INTERNET_TO || app.permissions().get(p).isPresent())
        .map(permission -> explain(app, permission))
        .toList();
  }

  private static OfApp explain(AppSpec app, Permission permission) {
    var entry = PermissionCatalog.entry(permission);
    Standing standing =
        app.permissions()
            .get(permission)
            .map(r -> r.value() instanceof Value.Withheld ? Standing.WITHHELD : Standing.GRANTED)
            .orElse(app.mode() == Mode.CLOSED ? Standing.WITHHELD : Standing.OPEN);
    String meaning = standing == Standing.WITHHELD ? entry.withheld() : entry.opens();
    return new OfApp(
        permission,
        standing,
        standing == Standing.WITHHELD && PortSocketLines.reaches(app, permission)
            ? meaning + " Ports via Socket take clients from there all the same."
            : meaning);
  }

  /** A small app. */
  static AppSpec app(Mode mode, Permissions permissions) {
    return new AppSpec(
        new AppName("example"),
        Location.NOWHERE,
        Selector.EVERYTHING,
        new AppSpec.Root.Host(),
        new AppSpec.Run(List.of("/usr/bin/example"), new TreeMap<>(), "", Location.NOWHERE),
        List.of(),
        List.of(),
        mode,
        permissions,
        AppSpec.Network.SHARED,
        new AppSpec.SystemCalls(List.of(), List.of()),
        List.of(),
        List.of(),
        AppSpec.EnforcementMode.STRICT,
        HealthSpec.NONE,
        AppSpec.DriftSpec.of(AppSpec.DriftMode.DETECT),
        false,
        HoldSpec.NONE,
        Maintenance.NONE,
        List.of());
  }

  /** What differs, in the order of the second unit, then what it no longer has. */
  private static List<Change> changes(Compilation before, Compilation after) {
    if (after instanceof Compilation.Rejected) {
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

  /** By directive, without the stamp of the generation. */
  private static SequencedMap<String, List<String>> values(Compilation compilation) {
    var values = new LinkedHashMap<String, List<String>>();
    if (compilation instanceof Compilation.Compiled(var app, _)) {
      for (Directive line : app.directives()) {
        if (!line.value().contains(CompiledApp.GENERATION_VARIABLE)) {
          values.computeIfAbsent(line.name(), _ -> new ArrayList<>()).add(line.value());
        }
      }
    }
    return values;
  }
}
