package dev.sandbar.core.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronReaderTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "* * * * *",
        "0 2 * * *",
        "00 02 01 01 07",
        "0\t2  * * *",
        "*/15 8-18/2 1,15 jan-mar Mon-FRI",
        "? ? ? ? ?",
        "0 0 29 2 *",
        "0 0 30 2 MON",
        "@daily",
        "@hourly"
      })
  void takes(String text) {
    assertThat(CronReader.read(text)).isInstanceOf(CronReading.Times.class);
    assertThat(text).matches(CronReader.shape());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          60 2 * * *     | has the minute '60', which is none | 0 to 59
          0 24 * * *     | has the hour '24', which is none | 0 to 23
          0 2 0 * *      | has the day of the month '0', which is none | 1 to 31
          0 2 * 13 *     | has the month '13', which is none | 1 to 12 or JAN to DEC
          0 2 * * MONDAY | has the day of the week 'MONDAY', which is none | 0 to 7 or SUN to SAT
          0 2 * * 5-1    | has the day of the week '5-1', which ends before it begins | a range such as 1-3
          0 2 * * 5L     | has the day of the week '5L', which is none |
          */0 2 * * *    | has the minute '*/0', which is none |
          0,, 2 * * *    | has the minute '', which is none |
          0 -1 * * *     | has the hour '-1', which is none |
          02:00          | has one field instead of five | such as "0 2 * * *"
          0 0 2 * * *    | has 6 fields instead of five | minute, hour
          @every 1h      | is not one of @annually, @daily | five fields
          TZ=UTC 0 2 * * * | names a time zone | timeZone: Europe/Berlin
          0 0 30 2 *     | never comes | a day that the month has
          0 0 31 4,6 *   | never comes | a day that the month has
          """)
  void refuses(String text, String why, String help) {
    assertThat(CronReader.read(text))
        .isInstanceOfSatisfying(
            CronReading.Fault.class,
            fault -> {
              assertThat(fault.why()).contains(why);
              assertThat(fault.help()).contains(help == null ? "" : help);
            });
  }

  /** The API server refuses nothing that a device would take. */
  @Test
  void whatItTakesHasTheShape() {
    var random = new Random(7);
    String letters = "0123456789*/-,? \tJANmonFEBsun@";
    for (int i = 0; i < 200_000; i++) {
      var text = new StringBuilder("0 2 * * *");
      for (int change = 0; change <= random.nextInt(3); change++) {
        text.setCharAt(
            random.nextInt(text.length()), letters.charAt(random.nextInt(letters.length())));
      }
      if (CronReader.read(text.toString()) instanceof CronReading.Times) {
        assertThat(text.toString()).matches(CronReader.shape());
      }
    }
  }
}
