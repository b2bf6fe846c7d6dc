package dev.sandbar.core.compile;

import dev.sandbar.core.model.RunSchedule;
import dev.sandbar.core.window.CronTimes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Writes cron times as calendar events of systemd (systemd.time(7)). */
final class CalendarTimes {

  private static final List<String> WEEKDAYS =
      List.of("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat");
  private static final int MINUTES = 60;
  private static final int HOURS = 24;
  private static final int DAYS = 31;
  private static final int MONTHS = 12;

  private CalendarTimes() {}

  /**
   * The events that are these times together: two if one of two days is enough, since systemd wants
   * both.
   */
  static List<String> of(RunSchedule.Times schedule) {
    CronTimes cron = schedule.cron();
    String months = numbers(cron.months(), 1, MONTHS);
    String days = numbers(cron.days(), 1, DAYS);
    String weekdays = weekdays(cron.weekdays());
    String time =
        "%s:%s:00 %s"
            .formatted(
                numbers(cron.hours(), 0, HOURS - 1),
                numbers(cron.minutes(), 0, MINUTES - 1),
                schedule.zone());
    var events = new ArrayList<String>();
    if (cron.eitherDay()) {
      events.add("*-%s-%s %s".formatted(months, days, time));
      events.add("%s*-%s-* %s".formatted(weekdays, months, time));
    } else {
      events.add("%s*-%s-%s %s".formatted(weekdays, months, days, time));
    }
    return events;
  }

  private static String numbers(long bits, int first, int last) {
    List<String> numbers =
        IntStream.rangeClosed(first, last)
            .filter(i -> has(bits, i))
            .mapToObj("%02d"::formatted)
            .toList();
    return numbers.size() == last - first + 1 ? "*" : String.join(",", numbers);
  }

  /** With the space behind them; none if it is every day. */
  private static String weekdays(long bits) {
    List<String> days =
        IntStream.range(0, WEEKDAYS.size())
            .filter(i -> has(bits, i))
            .mapToObj(WEEKDAYS::get)
            .toList();
    return days.size() == WEEKDAYS.size() ? "" : String.join(",", days) + " ";
  }

  private static boolean has(long bits, int number) {
    return (bits >> number & 1) == 1;
  }
}
