package dev.sandbar.core.report;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Difference.Layer;
import java.util.Comparator;

/** What makes two differences the same drift: not their values. */
public record DriftKey(UnitName unit, Layer layer, String subject) implements Comparable<DriftKey> {

  private static final Comparator<DriftKey> ORDER =
      Comparator.comparing(DriftKey::unit)
          .thenComparing(DriftKey::layer)
          .thenComparing(DriftKey::subject);

  /** The key of the difference. */
  public static DriftKey of(Difference difference) {
    return new DriftKey(difference.unit(), difference.layer(), difference.subject().toString());
  }

  @Override
  public int compareTo(DriftKey other) {
    return ORDER.compare(this, other);
  }
}
