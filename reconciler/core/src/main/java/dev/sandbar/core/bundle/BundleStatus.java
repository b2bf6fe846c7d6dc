package dev.sandbar.core.bundle;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The status of a DeviceBundle: what its device found.
 *
 * @param observedGeneration of the bundle that was last taken over
 * @param digest of the entries that were last taken over, as the device computed it
 * @param reportedAt RFC 3339, by the device's clock; no part of what makes a report a new one
 * @param conditions of the bundle as a whole
 * @param decommissioned whether the device has ended its service
 */
public record BundleStatus(
    long observedGeneration,
    String digest,
    String reportedAt,
    SortedMap<AppName, ReportedApp> apps,
    List<ReportedCondition> conditions,
    boolean decommissioned) {

  public BundleStatus {
    digest = Values.cut(digest, 64);
    reportedAt = Values.cut(reportedAt, 64);
    apps = Collections.unmodifiableSortedMap(new TreeMap<>(apps));
    conditions = conditions.stream().limit(ReportedApp.MAX_CONDITIONS).toList();
  }

  /** As in {@code status}. */
  public Node toNode() {
    var entries = new ArrayList<Node.Entry>();
    apps.forEach((name, app) -> entries.add(Node.entry(name.value(), app.toNode())));
    var fields = new ArrayList<Node.Entry>();
    fields.add(Node.entry("observedGeneration", Node.number(observedGeneration)));
    fields.add(Node.entry("digest", Node.text(digest)));
    fields.add(Node.entry("reportedAt", Node.text(reportedAt)));
    fields.add(Node.entry("apps", Node.mapping(entries)));
    fields.add(
        Node.entry(
            "conditions", Node.list(conditions.stream().map(ReportedCondition::toNode).toList())));
    fields.add(Node.entry("decommissioned", Node.flag(decommissioned)));
    return Node.mapping(fields);
  }

  /** From a {@code status}; names of apps that are none are left out. */
  public static BundleStatus read(Node status) {
    Values fields = Values.of(status);
    var apps = new TreeMap<AppName, ReportedApp>();
    for (Map.Entry<String, Node> entry : fields.node("apps").fields().entrySet()) {
      if (AppName.isValid(entry.getKey()) && apps.size() < Bundle.MAX_APPS) {
        apps.put(new AppName(entry.getKey()), ReportedApp.read(entry.getValue()));
      }
    }
    return new BundleStatus(
        fields.number("observedGeneration"),
        fields.text("digest", 64),
        fields.text("reportedAt", 64),
        apps,
        fields.items("conditions", ReportedApp.MAX_CONDITIONS).stream()
            .map(ReportedCondition::read)
            .toList(),
        fields.flag("decommissioned"));
  }
}
