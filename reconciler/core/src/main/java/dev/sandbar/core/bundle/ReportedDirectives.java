package dev.sandbar.core.bundle;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.report.DirectiveCounts;

/** How many directives of an app are shown to hold, and how many are not; 0 of all if none runs. */
public record ReportedDirectives(long enforced, long degraded, long unsupported, long unknown) {

  /** Of an app that does not run. */
  public static final ReportedDirectives NONE = new ReportedDirectives(0, 0, 0, 0);

  /** The numbers of what the agent found. */
  public static ReportedDirectives of(DirectiveCounts counts) {
    return new ReportedDirectives(
        counts.count(Enforcement.ENFORCED),
        counts.count(Enforcement.DEGRADED),
        counts.count(Enforcement.UNSUPPORTED),
        counts.count(Enforcement.UNKNOWN));
  }
}
