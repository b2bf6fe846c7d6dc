package dev.sandbar.core.report;

import dev.sandbar.core.attest.Enforcement;
import java.util.List;

/**
 * How many directives of an app are shown to hold, and which are not.
 *
 * @param degraded of which something is otherwise than declared
 * @param unsupported that the device cannot hold, so that the unit leaves them out
 * @param unknown that nothing shows which its reader may read
 */
public record DirectiveCounts(
    int enforced, List<String> degraded, List<String> unsupported, List<String> unknown) {

  /** Of an app of which nothing is known. */
  public static final DirectiveCounts NONE =
      new DirectiveCounts(0, List.of(), List.of(), List.of());

  public DirectiveCounts {
    degraded = List.copyOf(degraded);
    unsupported = List.copyOf(unsupported);
    unknown = List.copyOf(unknown);
  }

  /** Of one app's directives. */
  public static DirectiveCounts of(List<Attested> attested) {
    return new DirectiveCounts(
        named(attested, Enforcement.ENFORCED).size(),
        named(attested, Enforcement.DEGRADED),
        named(attested, Enforcement.UNSUPPORTED),
        named(attested, Enforcement.UNKNOWN));
  }

  private static List<String> named(List<Attested> attested, Enforcement result) {
    return attested.stream().filter(it -> it.result() == result).map(Attested::directive).toList();
  }

  /** How many there are of one result. */
  public int count(Enforcement result) {
    return switch (result) {
      case ENFORCED -> enforced;
      case DEGRADED -> degraded.size();
      case UNSUPPORTED -> unsupported.size();
      case UNKNOWN -> unknown.size();
    };
  }
}
