package dev.sandbar.e2e;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.plan.Differ;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.report.Attested;
import dev.sandbar.device.observe.AppAttestation;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Apps of a device as the device was at one moment. */
final class ObservedApps {
  private final Path root;
  private final DeviceFacts facts;
  private final SortedMap<String, CompiledApp> apps;
  private final Observation seen;

  /**
   * @param root of the device
   * @param apps by name
   * @param seen of all of them
   */
  ObservedApps(
      Path root, DeviceFacts facts, SortedMap<String, CompiledApp> apps, Observation seen) {
    this.root = root;
    this.facts = facts;
    this.apps = apps;
    this.seen = seen;
  }

  private CompiledApp app(String name) {
    CompiledApp app = apps.get(name);
    if (app == null) {
      throw new IllegalArgumentException("not observed: " + name);
    }
    return app;
  }

  /** Where files, manager, process and kernel differ from what the app's unit says. */
  List<Difference> differences(String name) {
    return Differ.app(app(name), seen, facts.systemdVersion());
  }

  /** What the kernel holds of an app that runs, by directive. */
  SortedMap<String, Attested> attested(String name) {
    var attested = new TreeMap<String, Attested>();
    new AppAttestation(root, facts)
        .of(app(name), seen)
        .forEach(it -> attested.put(it.directive(), it));
    return attested;
  }
}
