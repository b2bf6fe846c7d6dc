package dev.sandbar.device.store;

import java.io.IOException;

/**
 * A place between two steps of a write, where tests cut the power. The product does nothing there.
 */
@FunctionalInterface
interface Checkpoint {

  Checkpoint NONE = _ -> {};

  void reached(Step step) throws IOException;

  /** What has just been done. */
  enum Step {
    CREATED,
    WRITTEN,
    SYNCED,
    RENAMED
  }
}
