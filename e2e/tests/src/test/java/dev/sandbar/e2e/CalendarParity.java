package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.compile.AppTimer;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.RunSchedule;
import dev.sandbar.core.window.CronReader;
import dev.sandbar.core.window.CronReading;
import dev.sandbar.core.window.CronTimes;
import dev.sandbar.vdev.VirtualDevice;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** What systemd makes of the calendar events of a timer beside what cron makes of its times. */
final class CalendarParity {

  private static final int COUNT = 300;
  private static final ZoneId UTC = ZoneId.of("UTC");
  private static final Instant BASE = Instant.parse("2026-02-27T13:37:21Z");
  private static final String SHOWN = "2026-02-27 13:37:21 UTC";
  private static final DateTimeFormatter ELAPSE =
      DateTimeFormatter.ofPattern("EEE uuuu-MM-dd HH:mm:ss 'UTC'", Locale.ROOT);

  private static final String ELAPSES = "Next elapse: ";
  private static final String NEVER = ELAPSES + "never";

  private CalendarParity() {}

  static AppTimer timer(String app, String schedule) {
    return new AppTimer(new AppName(app), new RunSchedule.Times(cron(schedule), UTC));
  }

  private static CronTimes cron(String text) {
    return switch (CronReader.read(text)) {
      case CronReading.Times(var times) -> times;
      case CronReading.Fault(var why, _) -> throw new AssertionError(text + " " + why);
    };
  }

  /** Of times of all kinds, the next one after a moment is the same. */
  static void check(VirtualDevice device, long seed) {
    var random = new Random(seed);
    var timers = new ArrayList<AppTimer>();
    while (timers.size() < COUNT) {
      if (CronReader.read(text(random)) instanceof CronReading.Times(var times)) {
        timers.add(new AppTimer(new AppName("app"), new RunSchedule.Times(times, UTC)));
      }
    }
    var command = new ArrayList<>(List.of("systemd-analyze", "calendar", "--base-time=" + SHOWN));
    timers.forEach(timer -> command.addAll(events(timer)));
    Iterator<Instant> elapses =
        device
            .exec(command.toArray(String[]::new))
            .orThrow()
            .lines()
            .map(String::strip)
            .filter(line -> line.startsWith(ELAPSES))
            .map(CalendarParity::instant)
            .iterator();
    for (AppTimer timer : timers) {
      Instant first = Instant.MAX;
      for (String _ : events(timer)) {
        Instant next = elapses.next();
        first = next.isBefore(first) ? next : first;
      }
      assertThat(first)
          .as("%s: %s", timer.times().cron(), events(timer))
          .isEqualTo(timer.times().cron().next(BASE, UTC));
    }
    assertThat(elapses).isExhausted();
  }

  private static List<String> events(AppTimer timer) {
    String begin = "OnCalendar=";
    return timer
        .text()
        .lines()
        .filter(line -> line.startsWith(begin))
        .map(line -> line.substring(begin.length()))
        .toList();
  }

  private static Instant instant(String line) {
    return line.equals(NEVER)
        ? Instant.MAX
        : LocalDateTime.parse(line.substring(ELAPSES.length()), ELAPSE).toInstant(ZoneOffset.UTC);
  }

  private static String text(Random random) {
    return String.join(
        " ",
        field(random, 0, 59),
        field(random, 0, 23),
        field(random, 1, 31),
        field(random, 1, 12),
        field(random, 0, 7));
  }

  private static String field(Random random, int least, int most) {
    int from = least + random.nextInt(most - least + 1);
    int to = from + random.nextInt(most - from + 1);
    return switch (random.nextInt(6)) {
      case 0, 1 -> "*";
      case 2 -> "*/" + (1 + random.nextInt(9));
      case 3 -> from + "-" + to + "/" + (1 + random.nextInt(4));
      case 4 -> from + "," + to;
      default -> Integer.toString(from);
    };
  }
}
