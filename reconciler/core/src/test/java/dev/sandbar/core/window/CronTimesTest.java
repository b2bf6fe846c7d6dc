package dev.sandbar.core.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronTimesTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  /** Germany sets its clocks forward on 2026-03-29 at 02:00, and back on 2026-10-25 at 03:00. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0 2 * * *      | 2026-01-01T00:00:00Z | 2026-01-01T01:00:00Z
          0 2 * * *      | 2026-01-01T01:00:00Z | 2026-01-02T01:00:00Z
          0 2 * * *      | 2026-07-01T00:00:00Z | 2026-07-02T00:00:00Z
          0 2 * * *      | 2026-03-28T12:00:00Z | 2026-03-29T01:00:00Z
          30 2 * * *     | 2026-03-28T12:00:00Z | 2026-03-29T01:30:00Z
          30 2 * * *     | 2026-03-29T01:30:00Z | 2026-03-30T00:30:00Z
          15,45 2-3 * * *| 2026-03-29T01:00:00Z | 2026-03-29T01:15:00Z
          30 2 * * *     | 2026-10-24T12:00:00Z | 2026-10-25T00:30:00Z
          30 2 * * *     | 2026-10-25T00:30:00Z | 2026-10-26T01:30:00Z
          0 3 * * *      | 2026-10-25T00:30:00Z | 2026-10-25T02:00:00Z
          @daily         | 2026-10-24T23:00:00Z | 2026-10-25T23:00:00Z
          @hourly        | 2026-01-01T00:00:00Z | 2026-01-01T01:00:00Z
          0 0 29 2 *     | 2026-01-01T00:00:00Z | 2028-02-28T23:00:00Z
          0 0 29 2 *     | 2096-03-01T00:00:00Z | 2104-02-28T23:00:00Z
          0 4 * * sat,7  | 2026-01-01T00:00:00Z | 2026-01-03T03:00:00Z
          0 4 13 * FRI   | 2026-01-03T00:00:00Z | 2026-01-09T03:00:00Z
          0 4 13 * FRI   | 2026-01-09T12:00:00Z | 2026-01-13T03:00:00Z
          0 4 */2 * FRI  | 2026-01-01T00:00:00Z | 2026-01-01T03:00:00Z
          0 4 ? JAN-mar MON | 2026-03-30T12:00:00Z | 2027-01-04T03:00:00Z
          0 20/2 * * *   | 2026-01-01T19:00:00Z | 2026-01-01T21:00:00Z
          """)
  void nextIsTheFirstOfTheLocalTimesAfterwards(String text, Instant after, Instant next) {
    assertThat(times(text).next(after, BERLIN)).isEqualTo(next);
  }

  @Test
  void aTimeThatIsLeftOutAtMidnightCountsLater() {
    // Brazil set its clocks forward on 2018-11-04 at 00:00.
    assertThat(
            times("0 0 * * *")
                .next(Instant.parse("2018-11-03T12:00:00Z"), ZoneId.of("America/Sao_Paulo")))
        .isEqualTo("2018-11-04T03:00:00Z");
    // Samoa left out all of 2011-12-30.
    assertThat(
            times("0 12 30 * *")
                .next(Instant.parse("2011-12-01T00:00:00Z"), ZoneId.of("Pacific/Apia")))
        .isEqualTo("2011-12-30T22:00:00Z");
  }

  /** Against every minute of the days around, with no arithmetic but that of java.time. */
  @Test
  void agreesWithEveryMinuteOfTheDaysAround() {
    var random = new Random(20_261_129);
    List<ZoneId> zones =
        List.of(
            BERLIN,
            ZoneId.of("UTC"),
            ZoneId.of("America/New_York"),
            ZoneId.of("America/Sao_Paulo"),
            ZoneId.of("Australia/Lord_Howe"),
            ZoneId.of("Asia/Kathmandu"),
            ZoneId.of("Africa/Casablanca"));
    for (int i = 0; i < 400; i++) {
      ZoneId zone = zones.get(random.nextInt(zones.size()));
      String text = randomText(random);
      if (!(CronReader.read(text) instanceof CronReading.Times(var times))) {
        continue;
      }
      Instant now = randomInstant(random, zone);
      TreeSet<Instant> around = around(text, now, zone);
      Instant next = times.next(now, zone);
      Instant expected = around.higher(now);
      assertThat(next).as("%s after %s in %s", text, now, zone).isAfter(now);
      if (expected != null) {
        assertThat(next).as("%s after %s in %s", text, now, zone).isEqualTo(expected);
      } else {
        assertThat(next).isAfter(now.plus(Duration.ofHours(30)));
      }
      Duration length = Duration.ofMinutes(1 + random.nextInt(24 * 60));
      Instant last = around.floor(now);
      boolean open = last != null && last.plus(length).isAfter(now);
      assertThat(new Windows(List.of(new Window(times, length)), zone).isOpen(now))
          .as("%s for %s at %s in %s", text, length, now, zone)
          .isEqualTo(open);
    }
  }

  /** Often near a day on which clocks are set. */
  private static Instant randomInstant(Random random, ZoneId zone) {
    Instant at =
        Instant.parse("2010-01-01T00:00:00Z").plusSeconds(random.nextLong(25L * 365 * 86_400));
    var transition = zone.getRules().nextTransition(at);
    if (transition == null || random.nextInt(3) == 0) {
      return at;
    }
    return transition.getInstant().plusSeconds(random.nextLong(-86_400, 86_400));
  }

  private static TreeSet<Instant> around(String text, Instant now, ZoneId zone) {
    var found = new TreeSet<Instant>();
    LocalDateTime from =
        LocalDateTime.ofInstant(now, zone).minusHours(36).truncatedTo(ChronoUnit.MINUTES);
    for (int minute = 0; minute < 72 * 60; minute++) {
      LocalDateTime local = from.plusMinutes(minute);
      if (isMeant(text, local)) {
        found.add(ZonedDateTime.of(local, zone).toInstant());
      }
    }
    return found;
  }

  private static boolean isMeant(String text, LocalDateTime at) {
    String[] fields = text.split(" ");
    boolean day = isIn(fields[2], at.getDayOfMonth(), 31, List.of(), 1);
    boolean week =
        isIn(fields[4], at.getDayOfWeek().getValue() % 7, 6, DAYS, 0)
            || (at.getDayOfWeek().getValue() == 7 && isIn(fields[4], 7, 6, DAYS, 0));
    boolean all = fields[2].matches("\\*(/1)?") || fields[4].matches("\\*(/1)?");
    return isIn(fields[0], at.getMinute(), 59, List.of(), 0)
        && isIn(fields[1], at.getHour(), 23, List.of(), 0)
        && isIn(fields[3], at.getMonthValue(), 12, MONTHS, 1)
        && (all ? day && week : day || week);
  }

  private static final List<String> DAYS = List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");
  private static final List<String> MONTHS =
      List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");

  private static boolean isIn(String field, int value, int most, List<String> names, int first) {
    for (String item : field.split(",")) {
      String[] step = item.split("/");
      String[] range = step[0].split("-");
      int from = range[0].equals("*") ? first : number(range[0], names, first);
      int to =
          range.length > 1
              ? number(range[1], names, first)
              : range[0].equals("*") || step.length > 1 ? most : from;
      int by = step.length > 1 ? Integer.parseInt(step[1]) : 1;
      if (value >= from && value <= to && (value - from) % by == 0) {
        return true;
      }
    }
    return false;
  }

  private static int number(String text, List<String> names, int first) {
    int name = names.indexOf(text.toUpperCase(Locale.ROOT));
    return name < 0 ? Integer.parseInt(text) : name + first;
  }

  private static String randomText(Random random) {
    return String.join(
        " ",
        field(random, 0, 59, List.of()),
        field(random, 0, 23, List.of()),
        field(random, 1, 31, List.of()),
        field(random, 1, 12, MONTHS),
        field(random, 0, 6, DAYS));
  }

  private static String field(Random random, int least, int most, List<String> names) {
    return switch (random.nextInt(6)) {
      case 0 -> value(random.nextInt(least, most + 1), random, least, names);
      case 1 -> "*/" + (1 + random.nextInt(most));
      case 2 -> {
        int from = random.nextInt(least, most + 1);
        yield from + "-" + random.nextInt(from, most + 1);
      }
      case 3 ->
          value(random.nextInt(least, most + 1), random, least, names)
              + ","
              + random.nextInt(least, most + 1);
      default -> "*";
    };
  }

  private static String value(int value, Random random, int least, List<String> names) {
    return names.isEmpty() || random.nextBoolean()
        ? Integer.toString(value)
        : names.get(value - least);
  }

  static CronTimes times(String text) {
    if (CronReader.read(text) instanceof CronReading.Times(var times)) {
      return times;
    }
    throw new AssertionError(text + ": " + CronReader.read(text));
  }
}
