package dev.sandbar.core.bundle;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.report.Condition;
import java.util.List;

/**
 * What a device says of one app. Whatever it is made from, it is bounded.
 *
 * @param generation of the AppSandbox that runs; 0 if none does
 * @param revision of the source that runs; empty if none does
 * @param rendered digest of the unit that runs; empty if none does
 * @param granted permissions that the running unit grants, as {@code key} or {@code key=detail}; at
 *     most {@value #MAX_GRANTED}
 * @param notEnforced directives of the spec that the device cannot hold, so that the running unit
 *     leaves them out; at most {@value #MAX_NOT_ENFORCED}
 * @param directives how many of the running unit are shown to hold
 * @param exposure level that systemd-analyze security gives the unit as it is declared, such as
 *     {@code 0.9}; empty if nothing runs
 * @param conditions at most {@value #MAX_CONDITIONS}
 * @param drifts at most {@value #MAX_DRIFTS}
 * @param ignored how many differences rules of the spec ignore; at most {@value
 *     StatusLimits#MAX_COUNT}
 */
public record ReportedApp(
    long generation,
    String revision,
    String rendered,
    Enforcement enforcement,
    List<String> granted,
    List<String> notEnforced,
    ReportedDirectives directives,
    String exposure,
    List<Condition> conditions,
    List<ReportedDrift> drifts,
    long ignored) {

  /** The most drifts of one app. */
  public static final int MAX_DRIFTS = 20;

  /** The most permissions of one app. */
  public static final int MAX_GRANTED = 64;

  /** The most directives that are not enforced of one app. */
  public static final int MAX_NOT_ENFORCED = 32;

  /** The longest name of a directive, in characters. */
  public static final int MAX_DIRECTIVE = 64;

  /** The longest level, in characters. */
  public static final int MAX_EXPOSURE = 8;

  /** The most conditions of one app. */
  public static final int MAX_CONDITIONS = 8;

  /** The longest message of a condition, in characters. */
  public static final int MAX_MESSAGE = 512;

  /** The longest text of a permission, in characters. */
  public static final int MAX_GRANT = 256;

  public ReportedApp {
    revision = SafeText.cut(revision, BundleEntry.MAX_REVISION);
    rendered = SafeText.cut(rendered, 64);
    exposure = SafeText.cut(exposure, MAX_EXPOSURE);
    granted =
        granted.stream().limit(MAX_GRANTED).map(text -> SafeText.cut(text, MAX_GRANT)).toList();
    notEnforced =
        notEnforced.stream()
            .limit(MAX_NOT_ENFORCED)
            .map(text -> SafeText.cut(text, MAX_DIRECTIVE))
            .toList();
    conditions = bounded(conditions);
    drifts = drifts.stream().limit(MAX_DRIFTS).toList();
    ignored = Math.clamp(ignored, 0, StatusLimits.MAX_COUNT);
  }

  static List<Condition> bounded(List<Condition> conditions) {
    return conditions.stream().limit(MAX_CONDITIONS).map(c -> c.shortened(MAX_MESSAGE)).toList();
  }
}
