package dev.sandbar.device.agent;

import dev.sandbar.core.catalog.HostAddresses.Host;
import dev.sandbar.core.model.AppSpec.DriftMode;
import dev.sandbar.core.model.AppSpec.DriftSpec;
import dev.sandbar.core.plan.IgnoredDifference;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.DirectiveCounts;
import dev.sandbar.core.report.Drift;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is reported of one app, from round to round.
 *
 * @param drifts that last, with when each began
 * @param evidence what is known of the version that runs beside its drifts
 */
record AppReport(
    List<Drift> drifts, SortedMap<Condition.Type, Condition> conditions, Evidence evidence) {

  /** Before anything was seen. */
  static final AppReport NOTHING = new AppReport(List.of(), new TreeMap<>(), Evidence.NONE);

  AppReport {
    drifts = List.copyOf(drifts);
    conditions = Collections.unmodifiableSortedMap(new TreeMap<>(conditions));
  }

  /** The condition of this type, if anything is known of it. */
  Optional<Condition> condition(Condition.Type type) {
    return Optional.ofNullable(conditions.get(type));
  }

  /**
   * How far the running version is proved.
   *
   * @param stopped whether the policy keeps every version of it off the device
   * @param notEnforced directives of its spec that this device cannot hold and its unit leaves out
   * @param unasked what the kernel could not be asked about it
   * @param permissions that the version on the device grants
   * @param directives how those of its unit hold
   * @param declaredIn file that declares it; empty if it is not known
   * @param drift what its spec says of drift
   * @param ignored differences that its rules ignore
   * @param exposure level that systemd-analyze security gives its unit, as it is declared; empty if
   *     nothing of it shall run
   * @param hosts of {@code internetTo}, with what is known of them
   */
  record Evidence(
      boolean stopped,
      List<String> notEnforced,
      List<String> unasked,
      Grants permissions,
      DirectiveCounts directives,
      String declaredIn,
      DriftSpec drift,
      List<IgnoredDifference> ignored,
      String exposure,
      SortedMap<String, Host> hosts) {
    static final Evidence NONE = none(false, Grants.NONE);

    Evidence {
      notEnforced = List.copyOf(notEnforced);
      unasked = List.copyOf(unasked);
      ignored = List.copyOf(ignored);
    }

    /** Nothing is known of it but what the version on the device grants. */
    static Evidence none(boolean stopped, Grants permissions) {
      return new Evidence(
          stopped,
          List.of(),
          List.of(),
          permissions,
          DirectiveCounts.NONE,
          "",
          DriftSpec.of(DriftMode.DETECT),
          List.of(),
          "",
          new TreeMap<>());
    }
  }
}
