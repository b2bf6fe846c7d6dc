package dev.sandbar.core.window;

/** What became of a text that should be cron times. */
public sealed interface CronReading {

  /** It is some. */
  record Times(CronTimes times) implements CronReading {}

  /**
   * It is none.
   *
   * @param why what is wrong, to be put behind the text
   * @param help what to write
   */
  record Fault(String why, String help) implements CronReading {}
}
