package dev.sandbar.core.window;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.Month;
import java.time.ZoneId;
import java.time.ZonedDateTime;

/**
 * Times as crontab(5) and the schedule of a Kubernetes CronJob write them: minute, hour, day of the
 * month, month, day of the week. If both days are restricted, either of them counts; a day is
 * unrestricted if it is written {@code *} or {@code ?}.
 *
 * <p>They are times of a clock on the wall. A time that is left out when that clock is set forward
 * counts as later by as much as it was set; one that is there twice counts the first time.
 *
 * @param text as written
 * @param minutes one bit for each, and likewise the others
 * @param weekdays Sunday is the lowest bit
 * @param eitherDay whether one of the two days is enough
 */
public record CronTimes(
    String text,
    long minutes,
    long hours,
    long days,
    long months,
    long weekdays,
    boolean eitherDay) {

  /** The times of 29 February can be eight years apart: 2096 and 2104. */
  private static final int SEARCHED_DAYS = 366 * 9;

  private static final int MINUTES_OF_DAY = 24 * 60;

  /**
   * The first of the times after an instant.
   *
   * @return {@link Instant#MAX} if there is none
   */
  public Instant next(Instant after, ZoneId zone) {
    LocalDate day = LocalDate.ofInstant(after, zone).minusDays(1);
    long end = day.toEpochDay() + SEARCHED_DAYS;
    while (day.toEpochDay() < end) {
      if (!has(months, day.getMonthValue())) {
        // In one step: whoever writes the times must not keep an agent busy with them.
        day = day.plusMonths(1).withDayOfMonth(1);
        continue;
      }
      Instant at = firstOn(day, after, zone);
      if (!at.equals(Instant.MAX)) {
        // A time that was left out at the end of a day can count later than the next day's first.
        Instant other = firstOn(day.plusDays(1), after, zone);
        return other.isBefore(at) ? other : at;
      }
      day = day.plusDays(1);
    }
    return Instant.MAX;
  }

  /** Whether there is such a time in any year. */
  boolean everComes() {
    if (eitherDay) {
      return true;
    }
    for (Month month : Month.values()) {
      if (has(months, month.getValue()) && Long.numberOfTrailingZeros(days) <= month.maxLength()) {
        return true;
      }
    }
    return false;
  }

  private Instant firstOn(LocalDate day, Instant after, ZoneId zone) {
    if (!isDay(day)) {
      return Instant.MAX;
    }
    long start = day.atStartOfDay(zone).toEpochSecond();
    long end = day.plusDays(1).atStartOfDay(zone).toEpochSecond();
    boolean regular =
        end - start == MINUTES_OF_DAY * 60L
            && day.atStartOfDay(zone).toLocalTime().equals(LocalTime.MIDNIGHT);
    if (regular && end <= after.getEpochSecond()) {
      return Instant.MAX;
    }
    long best = Long.MAX_VALUE;
    for (int minute = 0; minute < MINUTES_OF_DAY; minute++) {
      if (!has(hours, minute / 60) || !has(minutes, minute % 60)) {
        continue;
      }
      long at = regular ? start + minute * 60L : second(day, minute, zone);
      if (at > after.getEpochSecond() && at < best) {
        best = at;
        if (regular) {
          break;
        }
      }
    }
    return best == Long.MAX_VALUE ? Instant.MAX : Instant.ofEpochSecond(best);
  }

  private static long second(LocalDate day, int minute, ZoneId zone) {
    return ZonedDateTime.of(day.atTime(minute / 60, minute % 60), zone).toEpochSecond();
  }

  private boolean isDay(LocalDate day) {
    if (!has(months, day.getMonthValue())) {
      return false;
    }
    boolean ofMonth = has(days, day.getDayOfMonth());
    boolean ofWeek = has(weekdays, day.getDayOfWeek().getValue() % 7);
    return eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek;
  }

  private static boolean has(long bits, int number) {
    return (bits >> number & 1) == 1;
  }

  @Override
  public String toString() {
    return text;
  }
}
