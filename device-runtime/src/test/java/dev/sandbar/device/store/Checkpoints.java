package dev.sandbar.device.store;

import java.io.IOException;
import java.nio.file.Path;

/** Lets tests of other packages look at the disk between the steps of each durable write. */
public final class Checkpoints {

  private Checkpoints() {}

  /** A store that runs this after every step of a write. */
  public static StateStore store(Path root, Runnable reached) {
    return new StateStore(root, new DurableFiles(_ -> reached.run()));
  }

  /** Something that happens after a step of a write, by the step's name; it may fail the write. */
  @FunctionalInterface
  public interface Fault {
    /** The step has been done. */
    void after(String step) throws IOException;
  }

  /** Files whose writes meet a fault. */
  public static DurableFiles files(Fault fault) {
    return new DurableFiles(step -> fault.after(step.name()));
  }

  /** A store whose writes do. */
  public static StateStore store(Path root, DurableFiles files) {
    return new StateStore(root, files);
  }

  /** How often it runs it in one write. */
  public static int perWrite() {
    return Checkpoint.Step.values().length;
  }
}
