package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.UnitFiles;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks at units once their processes are in the sandbox. An app is of a type that has started only
 * then; a service of the device may count as started before (systemd.service(5), Type=simple).
 *
 * @param inspector that looks
 */
record ArrivedInspector(Inspector inspector) implements Inspector {

  /** Two seconds in all: systemd needs some hundredths of one. */
  private static final int MOST_LOOKS = 20;

  private static final Duration BETWEEN = Duration.ofMillis(100);

  @Override
  public Map<UnitName, List<Difference>> inspect(Collection<UnitName> units) {
    Map<UnitName, List<Difference>> found = inspector.inspect(units);
    for (int looks = 1; looks < MOST_LOOKS && isAnyOnItsWay(found); looks++) {
      LockSupport.parkNanos(BETWEEN.toNanos());
      found = inspector.inspect(units);
    }
    return found;
  }

  private static boolean isAnyOnItsWay(Map<UnitName, List<Difference>> found) {
    return found.entrySet().stream()
        .anyMatch(
            it ->
                UnitFiles.isAdopted(it.getKey())
                    && it.getValue().stream().anyMatch(d -> d.subject().isEnforcement()));
  }
}
