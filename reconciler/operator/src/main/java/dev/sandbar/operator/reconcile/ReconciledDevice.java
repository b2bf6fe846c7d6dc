package dev.sandbar.operator.reconcile;

import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.fleet.AppOnDevice;
import dev.sandbar.core.fleet.Intent;
import dev.sandbar.core.fleet.Reach;
import dev.sandbar.core.fleet.Seen;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;

/**
 * What the last reconcile of a device made of it; apps are folded from it.
 *
 * @param apps that select the device, or stay on it though they no longer do; no more than a bundle
 *     holds
 * @param stalled whether it needs a person
 */
record ReconciledDevice(
    Key key,
    Map<String, String> labels,
    Reach reach,
    SortedMap<String, AppOnDevice> apps,
    boolean ready,
    boolean drifted,
    boolean stalled) {
  private static final AppOnDevice UNTOUCHED =
      new AppOnDevice(new Intent.Waiting("not reconciled yet"), Seen.NOTHING);

  ReconciledDevice {
    labels = Map.copyOf(labels);
    apps = Collections.unmodifiableSortedMap(apps);
  }

  /** What became of an app that selects the device. */
  AppOnDevice app(String name) {
    return apps.getOrDefault(name, isFull() ? DesiredBundle.NO_ROOM : UNTOUCHED);
  }

  /** Whether it keeps an app that no longer selects it until somebody consents. */
  boolean holdsBack(String name) {
    return apps.containsKey(name)
        && apps.get(name).intent() instanceof Intent.Withdrawn(var held)
        && held;
  }

  /** Whether there may be more apps than are kept, which are all alike. */
  boolean isFull() {
    return apps.size() >= Bundle.MAX_APPS;
  }
}
