package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.model.UnitName;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares what is declared with what was seen. No difference means in sync; there is no other way
 * to be in sync, and the planner acts on nothing else.
 */
public final class Differ {

  private Differ() {}

  /**
   * Every difference of one app, in the order of the layers. Differences of the slices above it
   * carry the slice's name: they open the app although nothing of the app itself has changed.
   */
  public static List<Difference> app(CompiledApp app, Observation seen, int systemdVersion) {
    UnitName unit = app.unit();
    ObservedUnit observed = seen.unit(unit);
    CompiledApp desired = Walls.together(app, observed, systemdVersion);
    var differences = new ArrayList<Difference>();
    FileLayer.compare(unit, desired.text(), observed, differences);
    ManagerLayer.compare(desired, observed, systemdVersion, differences);
    ManagerVariables.compare(desired, seen, differences);
    SliceLayer.compare(desired, seen, systemdVersion, differences);
    ProcessLayer.compare(desired, observed, differences);
    KernelLayer.compare(desired, observed, differences);
    ImageLayer.compare(desired, seen, differences);
    StoredFiles.compare(desired, seen, differences);
    StoredSecrets.compare(desired, seen, differences);
    PortSocketLayer.compare(desired, seen, systemdVersion, differences);
    MountsLayer.compare(desired, seen, differences);
    TimerLayer.compare(desired, seen, differences);
    if (!app.spec().run().adopts() && desired.timers().isEmpty()) {
      // Whether a service of the device runs is the matter of its owner, and of one with a timer
      // that of the clock.
      StateLayer.compare(unit, observed, seen.plugged().keepsDown(app), differences);
    }
    return List.copyOf(differences);
  }

  /**
   * What the kernel could not be asked about a running app: nothing of it differs as far as anyone
   * knows, and nothing of it is proved.
   */
  public static List<String> unasked(CompiledApp desired, ObservedUnit observed) {
    return ProcessLayer.unasked(desired, observed);
  }

  /**
   * Every difference of a unit that Sandbar needs beside the apps: its slice, its target.
   *
   * @param text what its file must be
   */
  public static List<Difference> base(
      UnitName unit, String text, Observation seen, int systemdVersion) {
    ObservedUnit observed = seen.unit(unit);
    var differences = new ArrayList<Difference>();
    FileLayer.compare(unit, text, observed, differences);
    ManagerLayer.compareLoading(unit, observed, differences);
    if (unit.value().endsWith(".slice")) {
      SliceLayer.compareSlice(observed, systemdVersion, differences);
    } else {
      StateLayer.compare(unit, observed, false, differences);
    }
    return List.copyOf(differences);
  }
}
