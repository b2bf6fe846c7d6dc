package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Canonical;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Syntax;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What PID 1 has loaded: where from, which generation, and every sandbox property. */
final class ManagerLayer {

  private static final String LOADED = "loaded";

  private ManagerLayer() {}

  static void compare(
      CompiledApp desired, ObservedUnit observed, int systemdVersion, List<Difference> out) {
    UnitName unit = desired.unit();
    if (!compareLoading(unit, observed, out)) {
      return;
    }
    String stamp = GenerationStamp.of(desired);
    if (!observed.loaded().isOf(desired)) {
      out.add(
          new Difference(
              unit,
              Subject.Loading.GENERATION,
              GenerationStamp.show(stamp),
              GenerationStamp.show(observed.loaded().generation())));
    }
    for (Map.Entry<String, Value> entry : desired.effective().entrySet()) {
      DirectiveTable.find(entry.getKey())
          .ifPresent(
              d -> compareProperty(unit, d, entry.getValue(), observed, systemdVersion, out));
    }
  }

  /** Where the unit was loaded from; false if it was not, so that its properties say nothing. */
  static boolean compareLoading(UnitName unit, ObservedUnit observed, List<Difference> out) {
    ObservedUnit.Loaded loaded = observed.loaded();
    if (!loaded.loadState().equals(LOADED)) {
      out.add(new Difference(unit, Subject.Loading.LOAD_STATE, LOADED, loaded.loadState()));
      return false;
    }
    String own = UnitFiles.own(unit);
    if (UnitFiles.isAdopted(unit)) {
      if (!loaded.dropInPaths().contains(own)) {
        out.add(
            new Difference(
                unit, Subject.Loading.DROP_IN_PATHS, own, shownDropIns(loaded.dropInPaths())));
      }
      return true;
    }
    if (!loaded.fragmentPath().equals(own)) {
      out.add(
          new Difference(unit, Subject.Loading.FRAGMENT_PATH, own, orNone(loaded.fragmentPath())));
    }
    List<String> foreign = foreignDropIns(loaded.dropInPaths());
    if (!foreign.isEmpty()) {
      out.add(new Difference(unit, Subject.Loading.DROP_IN_PATHS, "(none)", shownDropIns(foreign)));
    }
    return true;
  }

  static List<String> foreignDropIns(List<String> paths) {
    var foreign = new ArrayList<>(paths);
    foreign.removeIf(UnitFiles::isTolerated);
    return foreign;
  }

  static String shownDropIns(List<String> paths) {
    return orNone(String.join(" ", paths));
  }

  private static void compareProperty(
      UnitName unit,
      DirectiveInfo directive,
      Value declared,
      ObservedUnit observed,
      int systemdVersion,
      List<Difference> out) {
    Optional<Value> reported = Canonical.of(directive, observed.properties(), systemdVersion);
    if (reported.isEmpty()) {
      out.add(
          new Difference(
              unit,
              new Subject.Property(directive.name()),
              show(directive, declared),
              "(not reported)"));
      return;
    }
    Value seen = reported.get();
    if (directive.name().equals("Environment")) {
      declared = withoutStamp(declared);
      seen = withoutStamp(seen);
    }
    if (!declared.equals(seen)) {
      ShownValues shown = shown(directive, declared, seen);
      out.add(
          new Difference(
              unit, new Subject.Property(directive.name()), shown.declared(), shown.observed()));
    }
  }

  private static ShownValues shown(DirectiveInfo directive, Value declared, Value seen) {
    if (holdsSecrets(directive)
        && declared instanceof Value.Keyed own
        && seen instanceof Value.Keyed other) {
      return ShownValues.ofSecrets(own.entries(), other.entries());
    }
    return ShownValues.of(declared, seen);
  }

  private static String show(DirectiveInfo directive, Value value) {
    return holdsSecrets(directive) && value instanceof Value.Keyed keyed
        ? String.join(" ", keyed.entries().keySet())
        : value.show();
  }

  private static boolean holdsSecrets(DirectiveInfo directive) {
    return directive.syntax() == Syntax.ENVIRONMENT || directive.syntax() == Syntax.SET_CREDENTIALS;
  }

  /** The generation is compared by itself. */
  private static Value withoutStamp(Value environment) {
    if (!(environment instanceof Value.Keyed keyed)) {
      return environment;
    }
    var entries = new TreeMap<>(keyed.entries());
    entries.remove(CompiledApp.GENERATION_VARIABLE);
    return new Value.Keyed(entries);
  }

  static String orNone(String text) {
    return text.isEmpty() ? "(none)" : text;
  }
}
