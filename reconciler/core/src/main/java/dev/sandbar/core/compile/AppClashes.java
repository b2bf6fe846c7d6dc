package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.Diagnostic;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Apps of one device that cannot all be on it, each of which is refused. */
public final class AppClashes {

  private AppClashes() {}

  /**
   * Refuses them.
   *
   * @param compiled what became of the apps of the device; is changed
   * @return why
   */
  public static List<Diagnostic> refuse(SortedMap<AppName, Compilation> compiled) {
    var apps = new ArrayList<AppSpec>();
    for (Compilation compilation : compiled.values()) {
      if (compilation instanceof Compilation.Compiled(var app, _)) {
        apps.add(app.spec());
      }
    }
    SortedMap<AppName, List<Diagnostic>> found = find(apps);
    found.forEach((app, errors) -> compiled.put(app, new Compilation.Rejected(app, errors)));
    return found.values().stream().flatMap(List::stream).toList();
  }

  /** By app, why it is refused. */
  public static SortedMap<AppName, List<Diagnostic>> find(List<AppSpec> apps) {
    var found = new TreeMap<>(BusClashes.find(apps));
    TuningClashes.find(apps).forEach((app, errors) -> add(found, app, errors));
    IdentityClashes.find(apps).forEach((app, errors) -> add(found, app, errors));
    return found;
  }

  private static void add(
      SortedMap<AppName, List<Diagnostic>> found, AppName app, List<Diagnostic> errors) {
    found.computeIfAbsent(app, _ -> new ArrayList<>()).addAll(errors);
  }
}
