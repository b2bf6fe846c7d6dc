package dev.sandbar.core.bundle;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.report.Condition;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The status of a DeviceBundle: what its device found.
 *
 * @param observedGeneration of the bundle that was last taken over
 * @param digest of the entries that were last taken over, as the device computed it
 * @param reportedAt RFC 3339, by the device's clock; no part of what makes a report a new one
 * @param apps at most {@value Bundle#MAX_APPS}
 * @param conditions of the bundle as a whole
 * @param decommissioned whether the device has ended its service
 * @param systemCalls the device's {@link SyscallTable}, packed; empty if it is not here, or longer
 *     than {@value ReportedFacts#MAX_SYSTEM_CALLS} characters
 */
public record BundleStatus(
    long observedGeneration,
    String digest,
    String reportedAt,
    SortedMap<AppName, ReportedApp> apps,
    List<Condition> conditions,
    boolean decommissioned,
    String systemCalls) {

  public BundleStatus {
    digest = SafeText.cut(digest, 64);
    reportedAt = SafeText.cut(reportedAt, 64);
    var read = new TreeMap<AppName, ReportedApp>();
    apps.entrySet().stream()
        .limit(Bundle.MAX_APPS)
        .forEach(app -> read.put(app.getKey(), app.getValue()));
    apps = Collections.unmodifiableSortedMap(read);
    conditions = ReportedApp.bounded(conditions);
    systemCalls = systemCalls.length() <= ReportedFacts.MAX_SYSTEM_CALLS ? systemCalls : "";
  }

  /** Without the table of system calls. */
  public BundleStatus(
      long observedGeneration,
      String digest,
      String reportedAt,
      SortedMap<AppName, ReportedApp> apps,
      List<Condition> conditions,
      boolean decommissioned) {
    this(observedGeneration, digest, reportedAt, apps, conditions, decommissioned, "");
  }

  /** The same with this table, packed. */
  public BundleStatus with(String systemCalls) {
    return new BundleStatus(
        observedGeneration, digest, reportedAt, apps, conditions, decommissioned, systemCalls);
  }
}
