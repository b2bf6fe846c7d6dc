package dev.sandbar.operator.reconcile;

import dev.sandbar.core.fleet.AppOnDevice;
import dev.sandbar.core.fleet.Reach;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;

/**
 * What the last reconcile of a device made of it; apps are folded from it.
 *
 * @param apps that select the device
 * @param stalled whether it needs a person
 */
record DeviceState(
    Key key,
    Map<String, String> labels,
    Reach reach,
    SortedMap<String, AppOnDevice> apps,
    boolean ready,
    boolean drifted,
    boolean stalled) {
  DeviceState {
    labels = Map.copyOf(labels);
    apps = Collections.unmodifiableSortedMap(apps);
  }
}
