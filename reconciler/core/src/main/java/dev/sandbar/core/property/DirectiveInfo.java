package dev.sandbar.core.property;

import java.util.List;
import java.util.Optional;

/**
 * What is known of one directive.
 *
 * @param name as it stands in a unit file
 * @param section {@code Service} or {@code Unit}
 * @param properties the D-Bus properties that show it, the most precise first; older versions of
 *     systemd lack some of them
 * @param syntax how its text and its D-Bus value become a {@link Value}
 * @param fallback what holds when a unit does not say it, as unit text; {@link #VARIES} if that
 *     depends on the machine or on the manager's own configuration
 * @param since first version of systemd that has it; 0 if all supported ones do
 * @param liveSettable whether SetUnitProperties changes it in a running unit
 * @param feature name of the {@code compile.Feature} without which systemd silently does not apply
 *     it; empty if it always holds
 * @param sandbox whether it bears on what the processes may do, so that it is compared even when
 *     the spec never named it
 */
public record DirectiveInfo(
    String name,
    String section,
    List<String> properties,
    Syntax syntax,
    String fallback,
    int since,
    boolean liveSettable,
    String feature,
    boolean sandbox) {

  /** A fallback that is not the same on all devices: only compared when the spec names it. */
  public static final String VARIES = "?";

  public DirectiveInfo {
    properties = List.copyOf(properties);
  }

  /** The feature it needs; empty if it always holds. */
  public Optional<String> requiredFeature() {
    return feature.isEmpty() ? Optional.empty() : Optional.of(feature);
  }

  /** Whether this version of systemd has it. */
  public boolean existsIn(int systemdVersion) {
    return systemdVersion >= since;
  }

  boolean varies() {
    return fallback.equals(VARIES);
  }

  static DirectiveInfo directive(String name, Syntax syntax, String fallback, int since) {
    return new DirectiveInfo(
        name, "Service", List.of(name), syntax, fallback, since, false, "", true);
  }

  DirectiveInfo onBus(String... names) {
    return new DirectiveInfo(
        name, section, List.of(names), syntax, fallback, since, liveSettable, feature, sandbox);
  }

  DirectiveInfo inUnitSection() {
    return new DirectiveInfo(
        name, "Unit", properties, syntax, fallback, since, liveSettable, feature, sandbox);
  }

  DirectiveInfo live() {
    return new DirectiveInfo(
        name, section, properties, syntax, fallback, since, true, feature, sandbox);
  }

  DirectiveInfo needs(String featureName) {
    return new DirectiveInfo(
        name, section, properties, syntax, fallback, since, liveSettable, featureName, sandbox);
  }

  DirectiveInfo ordinary() {
    return new DirectiveInfo(
        name, section, properties, syntax, fallback, since, liveSettable, feature, false);
  }
}
