package dev.sandbar.core.model;

import dev.sandbar.core.window.CronTimes;
import java.time.ZoneId;

/** When the program of an app runs. */
public sealed interface RunSchedule {

  /** As long as the device does. */
  record Always() implements RunSchedule {}

  /**
   * From each of these times on until it ends.
   *
   * @param zone of the clock that shows them
   */
  record Times(CronTimes cron, ZoneId zone) implements RunSchedule {}
}
