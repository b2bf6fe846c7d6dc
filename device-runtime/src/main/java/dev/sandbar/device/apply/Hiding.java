package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Subject;
import dev.sandbar.device.systemd.SystemdException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hides paths from a running app. */
record Hiding(Machine machine, Inspector inspector) {
  private static final Logger LOG = LoggerFactory.getLogger(Hiding.class);

  /**
   * Hides what the loaded unit hides and its main process sees.
   *
   * @return whether that process sees none of it any more
   */
  boolean hide(UnitName unit) {
    for (String path : visible(unit)) {
      try {
        boolean directory = !Files.isRegularFile(machine.units().onDisk(path));
        machine.systemd().hide(unit, path, directory);
      } catch (SystemdException e) {
        LOG.warn("unit={} action=hide path={} {}", unit, path, e.getMessage());
        return false;
      }
    }
    return visible(unit).isEmpty();
  }

  private List<String> visible(UnitName unit) {
    return inspector.inspect(List.of(unit)).getOrDefault(unit, List.of()).stream()
        .flatMap(
            found ->
                found.subject() instanceof Subject.VisiblePath(var path)
                    ? Stream.of(path)
                    : Stream.empty())
        .toList();
  }
}
