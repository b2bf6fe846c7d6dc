package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Canonical;
import dev.sandbar.core.property.DirectiveInfo;
import dev.sandbar.core.property.DirectiveTable;
import dev.sandbar.core.property.Effective;
import dev.sandbar.core.property.Raw;
import dev.sandbar.core.property.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The slices above a unit. Their lists are inherited: {@code IPAddressAllow=any} on a slice opens
 * every service below, and nothing of the service shows it (systemd.resource-control(5)).
 */
final class SliceLayer {

  private static final String SLICE = "Slice";

  /** Where services of the device are that say nothing of it (systemd.special(7)). */
  static final UnitName DEVICE_SLICE = new UnitName("system.slice");

  private SliceLayer() {}

  static void compare(
      CompiledApp desired, Observation seen, int systemdVersion, List<Difference> out) {
    for (UnitName ancestor : ancestors(slice(desired, seen.unit(desired.unit())))) {
      ObservedUnit observed = seen.units().get(ancestor);
      if (observed != null) {
        compareSlice(observed, systemdVersion, out);
      }
    }
  }

  /** A service of the device stays in the slice that its owner put it in. */
  private static String slice(CompiledApp desired, ObservedUnit observed) {
    if (desired.spec().run().adopts()) {
      return observed.properties().get(SLICE) instanceof Raw.Str(String name)
              && name.endsWith(".slice")
          ? name
          : DEVICE_SLICE.value();
    }
    return desired.effective().get(SLICE) instanceof Value.Text(String name)
        ? name
        : UnitName.SLICE.value();
  }

  /** The slice itself, the slices that its name puts it in, and the root slice. */
  static List<UnitName> ancestors(String slice) {
    var names = new ArrayList<UnitName>();
    String name = slice.substring(0, slice.length() - ".slice".length());
    while (!name.isEmpty() && !name.equals("-")) {
      names.add(new UnitName(name + ".slice"));
      int dash = name.lastIndexOf('-');
      name = dash < 0 ? "" : name.substring(0, dash);
    }
    names.add(new UnitName("-.slice"));
    return names;
  }

  static void compareSlice(ObservedUnit slice, int systemdVersion, List<Difference> out) {
    DirectiveTable.all().values().stream()
        .filter(directive -> directive.hold().inherited())
        .forEach(directive -> compareInherited(directive, slice, systemdVersion, out));
  }

  /** It must be as in a slice that says nothing. */
  private static void compareInherited(
      DirectiveInfo directive, ObservedUnit slice, int systemdVersion, List<Difference> out) {
    Optional<Value> declared = Effective.unset(directive, systemdVersion);
    Optional<Value> reported = Canonical.of(directive, slice.properties(), systemdVersion);
    if (declared.isPresent() && reported.isPresent() && !declared.equals(reported)) {
      ShownValues shown = ShownValues.of(declared.get(), reported.get());
      out.add(
          new Difference(
              slice.name(),
              new Subject.Property(directive.name()),
              shown.declared(),
              shown.observed()));
    }
  }
}
