package dev.sandbar.core.bundle;

import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.report.Drift;
import java.time.Instant;

/**
 * A difference that lasts.
 *
 * @param layer for example {@code FILE}
 * @param declared at most {@value #MAX_VALUE} characters, like the observed value
 * @param since RFC 3339
 */
public record ReportedDrift(
    String layer, String subject, String declared, String observed, String since) {

  /** The longest value, in characters. */
  public static final int MAX_VALUE = 256;

  public ReportedDrift {
    layer = SafeText.cut(layer, 32);
    subject = SafeText.cut(subject, MAX_VALUE);
    declared = SafeText.cut(declared, MAX_VALUE);
    observed = SafeText.cut(observed, MAX_VALUE);
    since = SafeText.cut(since, 64);
  }

  /** As the device has it. */
  public static ReportedDrift of(Drift drift) {
    return new ReportedDrift(
        drift.difference().layer().name(),
        drift.difference().subject().toString(),
        drift.difference().declared(),
        drift.difference().observed(),
        Instant.ofEpochSecond(drift.since().getEpochSecond()).toString());
  }
}
