package dev.sandbar.device.systemd;

import dev.sandbar.device.systemd.Systemd.JobOutcome;
import java.time.Duration;
import java.util.List;

/** Jobs that were asked for together; they go on whether somebody waits for them or not. */
public interface Jobs extends AutoCloseable {

  /** The result of a job that has not ended yet. */
  String RUNNING = "running";

  /**
   * Waits until all of them have ended.
   *
   * @param most for all of them together
   * @param pause the longest time in which none of them ends
   * @return the outcome of each, in the order in which they were asked for
   */
  List<JobOutcome> await(Duration most, Duration pause);

  /** How they stand now. */
  default List<JobOutcome> now() {
    return await(Duration.ZERO, Duration.ZERO);
  }

  /** Their results are no longer asked for. */
  @Override
  void close();
}
