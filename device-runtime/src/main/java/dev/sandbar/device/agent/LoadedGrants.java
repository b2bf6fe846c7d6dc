package dev.sandbar.device.agent;

import dev.sandbar.core.bundle.Granted;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.StoredSpec;
import java.util.HashMap;
import java.util.Map;

/**
 * What the version of an app that is on the device grants, whatever became of the last compilation.
 *
 * <p>For one thread.
 */
final class LoadedGrants {
  private final Memory memory;
  private final Map<AppName, Known> known = new HashMap<>();

  private record Known(Version version, Grants granted) {}

  LoadedGrants(Memory memory) {
    this.memory = memory;
  }

  Grants of(AppName name) {
    if (memory.isUnread(name)) {
      return Grants.UNKNOWN;
    }
    Version current = memory.get(name).current().orElse(null);
    if (current == null) {
      known.remove(name);
      return Grants.NONE;
    }
    Known before = known.get(name);
    if (before == null || before.version() != current) {
      before = new Known(current, read(current));
      known.put(name, before);
    }
    return before.granted();
  }

  private static Grants read(Version version) {
    return SpecReader.read(StoredSpec.document(version.manifest()))
            instanceof SpecReader.Read(var app, _)
        ? new Grants(true, Granted.of(app))
        : Grants.UNKNOWN;
  }
}
