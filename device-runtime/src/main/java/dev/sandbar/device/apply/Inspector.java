package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Looks at units and says how they differ from what the plan in hand wants them to be. */
@FunctionalInterface
public interface Inspector {

  /** Differences by unit; a unit without any is absent. */
  Map<UnitName, List<Difference>> inspect(Collection<UnitName> units);
}
