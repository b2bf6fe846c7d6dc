package dev.sandbar.device.systemd;

import dev.sandbar.device.systemd.Systemd.JobOutcome;
import java.time.Duration;
import java.util.List;

/** Jobs that were asked for together; they go on whether somebody waits for them or not. */
public interface Jobs extends AutoCloseable {

  /** The result of a job that has not ended yet. */
  String RUNNING = "running";

  /**
   * How long to wait.
   *
   * @param most for all of them together
   * @param pause the longest time in which none of them ends; before some were not asked for, those
   *     are then
   * @param each so much longer is that once all were asked for, for each that goes on, but for no
   *     more than were asked for at once: they share the processors, and end late
   */
  record Wait(Duration most, Duration pause, Duration each) {
    /** No longer than this. */
    public static Wait of(Duration most) {
      return new Wait(most, most, Duration.ZERO);
    }
  }

  /**
   * Waits until all of them have ended. All have been asked for when it returns.
   *
   * @return the outcome of each, in the order in which they were asked for
   */
  List<JobOutcome> await(Wait wait);

  /** How they stand now. */
  default List<JobOutcome> now() {
    return await(Wait.of(Duration.ZERO));
  }

  /** Their results are no longer asked for. */
  @Override
  void close();
}
