package dev.sandbar.device.store;

import java.nio.file.Path;

/** Lets tests of other packages look at the disk between the steps of each durable write. */
public final class Checkpoints {

  private Checkpoints() {}

  /** A store that runs this after every step of a write. */
  public static StateStore store(Path root, Runnable reached) {
    return new StateStore(root, new DurableFiles(_ -> reached.run()));
  }

  /** How often it runs it in one write. */
  public static int perWrite() {
    return Checkpoint.Step.values().length;
  }
}
