package dev.sandbar.core.window;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads cron times: the grammar of a Kubernetes CronJob, and 7 for Sunday as crontab(5) has it too.
 * What that takes for a time zone or an interval is refused.
 */
public final class CronReader {

  /** The longest text, in characters. */
  public static final int LONGEST = 128;

  /** Names for whole texts, as crontab(5) has them. */
  private static final TreeMap<String, String> NAMES =
      new TreeMap<>(
          Map.of(
              "@yearly", "0 0 1 1 *",
              "@annually", "0 0 1 1 *",
              "@monthly", "0 0 1 * *",
              "@weekly", "0 0 * * 0",
              "@daily", "0 0 * * *",
              "@midnight", "0 0 * * *",
              "@hourly", "0 * * * *"));

  private CronReader() {}

  /**
   * Regular expression of texts that may be cron times. It leaves to {@link #read} what it cannot
   * say: ranges that end before they begin, and days that no month has.
   */
  public static String shape() {
    return CronField.shape() + "|" + String.join("|", NAMES.keySet());
  }

  /** Reads a text. */
  public static CronReading read(String text) {
    String written = NAMES.getOrDefault(text, text);
    if (text.startsWith("@") && written.equals(text)) {
      return new CronReading.Fault(
          "is not one of " + String.join(", ", NAMES.keySet()),
          "write one of them, or five fields such as \"0 2 * * *\" for every day at 02:00");
    }
    if (text.contains("TZ=")) {
      return new CronReading.Fault(
          "names a time zone",
          "write the zone as timeZone: Europe/Berlin, and here only five fields");
    }
    List<String> parts = List.of(written.split("[ \t]+", -1));
    if (text.length() > LONGEST || parts.size() != CronField.values().length) {
      return new CronReading.Fault(
          "has %s instead of five"
              .formatted(parts.size() == 1 ? "one field" : parts.size() + " fields"),
          "write minute, hour, day of the month, month and day of the week, such as \"0 2 * * *\""
              + " for every day at 02:00");
    }
    var bits = new HashMap<CronField, Long>();
    for (CronField field : CronField.values()) {
      switch (field.read(parts.get(field.ordinal()))) {
        case CronField.Read.Bits(var found) -> bits.put(field, found);
        case CronField.Read.Wrong(var fault) -> {
          return fault;
        }
      }
    }
    boolean either =
        CronField.isRestricted(parts.get(CronField.DAY.ordinal()))
            && CronField.isRestricted(parts.get(CronField.WEEKDAY.ordinal()));
    var times =
        new CronTimes(
            text,
            of(bits, CronField.MINUTE),
            of(bits, CronField.HOUR),
            of(bits, CronField.DAY),
            of(bits, CronField.MONTH),
            of(bits, CronField.WEEKDAY) | of(bits, CronField.WEEKDAY) >> 7 & 1,
            either);
    return times.everComes()
        ? new CronReading.Times(times)
        : new CronReading.Fault(
            "never comes: no such month has such a day", "write a day that the month has");
  }

  private static long of(Map<CronField, Long> bits, CronField field) {
    return bits.getOrDefault(field, 0L);
  }
}
