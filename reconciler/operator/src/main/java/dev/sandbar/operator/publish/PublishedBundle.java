package dev.sandbar.operator.publish;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.Bundle;
import dev.sandbar.core.bundle.BundleEntry;
import dev.sandbar.core.bundle.BundleStatus;
import dev.sandbar.core.bundle.Decommission;
import dev.sandbar.core.bundle.ReportedFacts;
import dev.sandbar.core.bundle.TableDigest;
import dev.sandbar.core.fleet.Seen;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A DeviceBundle as it stands in the cluster, as far as the operator needs it.
 *
 * @param version resourceVersion
 * @param digest as it stands in the spec, right or wrong
 * @param entries with shared specs
 * @param sound whether every entry could be read
 * @param taken digest of the bundle that the device has taken over
 * @param seen what the device says, by app
 * @param decommissioned whether the device has ended its service
 * @param systemCalls digest of the table in the status, which is not kept here; empty if none is
 *     there
 */
public record PublishedBundle(
    String version,
    String digest,
    SortedMap<AppName, BundleEntry> entries,
    boolean sound,
    Decommission decommission,
    String taken,
    SortedMap<String, Seen> seen,
    boolean decommissioned,
    String systemCalls) {
  /** Of a device that has no bundle yet. */
  public static final PublishedBundle NONE =
      new PublishedBundle(
          "", "", new TreeMap<>(), true, Decommission.NONE, "", new TreeMap<>(), false, "");

  public PublishedBundle {
    entries = Collections.unmodifiableSortedMap(entries);
    seen = Collections.unmodifiableSortedMap(seen);
  }

  /** Reads an object of the API server. */
  public static PublishedBundle read(GenericKubernetesResource object, Pool pool) {
    Bundle.Spec spec = NodeBinder.readLenient(Bundle.Spec.class, ObjectTrees.field(object, "spec"));
    var entries = new TreeMap<AppName, BundleEntry>();
    boolean sound = true;
    for (Map.Entry<String, Node> app : spec.apps().fields().entrySet()) {
      Map<String, Node> fields = app.getValue().fields();
      if (!AppName.isValid(app.getKey()) || !fields.containsKey("spec")) {
        sound = false;
        continue;
      }
      var name = new AppName(app.getKey());
      BundleEntry entry = BundleEntry.read(name, app.getValue());
      entry = entry.with(pool.of(entry.spec()).node());
      sound &= fields.size() == 4;
      entries.put(name, entry);
    }
    BundleStatus status =
        NodeBinder.readLenient(BundleStatus.class, ObjectTrees.field(object, "status"));
    String table = systemCalls(object);
    var seen = new TreeMap<String, Seen>();
    status.apps().forEach((name, app) -> seen.put(name.value(), Seen.of(app)));
    return new PublishedBundle(
        object.getMetadata().getResourceVersion(),
        spec.digest().intern(),
        pool.entries(entries),
        sound,
        Bundle.decommission(spec.decommission()),
        status.digest().intern(),
        pool.seen(seen),
        status.decommissioned(),
        table.isEmpty() ? "" : TableDigest.of(table).intern());
  }

  /** The packed table of system calls in the status; empty if none is there, or one too long. */
  public static String systemCalls(GenericKubernetesResource object) {
    return object.getAdditionalProperties().get("status") instanceof Map<?, ?> status
            && status.get("systemCalls") instanceof String table
            && table.length() <= ReportedFacts.MAX_SYSTEM_CALLS
        ? table
        : "";
  }

  /** Whether it stands in the cluster exactly as these entries would be written. */
  public boolean isExactly(SortedMap<AppName, BundleEntry> wanted, Decommission end) {
    return sound
        && decommission == end
        && entries.equals(wanted)
        && digest.equals(new Bundle(wanted, end).digest().hex());
  }
}
