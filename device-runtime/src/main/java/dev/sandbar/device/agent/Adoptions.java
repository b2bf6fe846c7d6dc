package dev.sandbar.device.agent;

import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.AdoptionRules;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.AppUnits;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.UnitName;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which unit each app is. What is on the device decides: an app stays the unit that it was applied
 * as, and a service of the device is confined by one app.
 *
 * @param units of the apps
 * @param refused apps that are declared as another unit than they are, or as one that is taken
 */
record Adoptions(AppUnits units, SortedMap<AppName, Diagnostic> refused) {

  /**
   * Finds out.
   *
   * @param records of the apps that were applied
   * @param onDisk what the files of the device say, also of apps that nobody remembers
   */
  static Adoptions of(Declared declared, Map<AppName, AppRecord> records, AppUnits onDisk) {
    var known = new TreeMap<AppName, UnitName>();
    records.forEach(
        (name, record) ->
            record.versions().stream()
                .findFirst()
                .ifPresent(
                    version ->
                        known.put(
                            name,
                            AdoptionRules.unit(version.manifest()).orElse(UnitName.own(name)))));
    onDisk.adopted().forEach(known::putIfAbsent);
    var refused = new TreeMap<AppName, Diagnostic>();
    declared
        .compiled()
        .forEach(
            (name, compilation) -> {
              if (compilation instanceof Compilation.Compiled(var app, _)) {
                declared(app, known, refused);
              }
            });
    known.entrySet().removeIf(entry -> entry.getValue().equals(UnitName.own(entry.getKey())));
    return new Adoptions(new AppUnits(known), refused);
  }

  private static void declared(
      CompiledApp app, SortedMap<AppName, UnitName> known, Map<AppName, Diagnostic> refused) {
    AppName name = app.spec().name();
    UnitName before = known.get(name);
    if (before != null) {
      if (!before.equals(app.unit())) {
        refused.put(
            name,
            refusal(
                app,
                "the app is %s on this device, and is declared as %s".formatted(before, app.unit()),
                "declare it under another name, and remove this one"));
      }
      return;
    }
    known.entrySet().stream()
        .filter(entry -> entry.getValue().equals(app.unit()))
        .findFirst()
        .ifPresentOrElse(
            taken ->
                refused.put(
                    name,
                    refusal(
                        app,
                        "run.unit names %s, which the app %s confines already"
                            .formatted(app.unit(), taken.getKey()),
                        "remove one of the two apps")),
            () -> known.put(name, app.unit()));
  }

  private static Diagnostic refusal(CompiledApp app, String what, String help) {
    return Diagnostic.error(Problem.CONFLICT, app.spec().run().at(), what, help);
  }

  /** The source, where those are refused. */
  Declared in(Declared declared) {
    if (refused.isEmpty()) {
      return declared;
    }
    var compiled = new TreeMap<>(declared.compiled());
    refused.forEach(
        (name, why) -> compiled.put(name, new Compilation.Rejected(name, List.of(why))));
    return declared.with(compiled);
  }
}
