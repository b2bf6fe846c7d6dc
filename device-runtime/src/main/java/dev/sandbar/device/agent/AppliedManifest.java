package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.device.store.StateStore;
import java.util.Optional;

/** What the agent last applied of an app, for those that ask about it. */
public final class AppliedManifest {

  private AppliedManifest() {}

  /**
   * The manifest of the version that is on the device.
   *
   * @return empty if the agent has applied none
   * @throws IllegalArgumentException if its record cannot be read
   */
  public static Optional<Node> of(StateStore store, AppName app) {
    return current(store, app).map(Version::manifest);
  }

  /**
   * The generation of the version that is on the device.
   *
   * @return empty if the agent has applied none
   * @throws IllegalArgumentException if its record cannot be read
   */
  public static Optional<Sha256> generation(StateStore store, AppName app) {
    return current(store, app).map(Version::generation);
  }

  private static Optional<Version> current(StateStore store, AppName app) {
    return switch (store.load(Memory.GROUP + "/" + app)) {
      case StateStore.Loaded.Found(Node data) -> RecordText.read(app, data).current();
      case StateStore.Loaded.Absent _, StateStore.Loaded.SetAside _ -> Optional.empty();
      case StateStore.Loaded.Unreadable(String reason) ->
          throw new IllegalArgumentException(
              "the agent's record of " + app + " cannot be read: " + reason);
    };
  }
}
