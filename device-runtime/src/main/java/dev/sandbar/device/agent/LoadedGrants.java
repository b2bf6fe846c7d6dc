package dev.sandbar.device.agent;

import dev.sandbar.core.bundle.Granted;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.StoredSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the version of an app that is on the device grants, whatever became of the last compilation.
 *
 * <p>For one thread.
 */
final class LoadedGrants {
  private final Memory memory;
  private final Map<AppName, Known> known = new HashMap<>();

  private record Known(Version version, Optional<List<String>> granted) {}

  LoadedGrants(Memory memory) {
    this.memory = memory;
  }

  /** Empty if that cannot be read; nothing where no version is on the device. */
  Optional<List<String>> of(AppName name) {
    if (memory.isUnread(name)) {
      return Optional.empty();
    }
    Version current = memory.get(name).current().orElse(null);
    if (current == null) {
      known.remove(name);
      return Optional.of(List.of());
    }
    Known before = known.get(name);
    if (before == null || before.version() != current) {
      before = new Known(current, read(current));
      known.put(name, before);
    }
    return before.granted();
  }

  private static Optional<List<String>> read(Version version) {
    return SpecReader.read(StoredSpec.document(version.manifest()))
            instanceof SpecReader.Read(var app, _)
        ? Optional.of(Granted.of(app))
        : Optional.empty();
  }
}
