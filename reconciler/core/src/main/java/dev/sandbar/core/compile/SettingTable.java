package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSandbox.Mode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;

/**
 * The directives that {@code directives:} sets to a value of its own choice: resource limits and a
 * few settings of the service (systemd.resource-control(5), systemd.exec(5), systemd.service(5)).
 */
final class SettingTable {

  // systemd ignores a line whose value it cannot read, so the limit would be missing: 0 where it
  // wants some, more than 100%, K behind a count. A count that begins with 0 it reads as octal.
  private static final String SIZE = "[0-9]{1,15}[KMGTPE]?|infinity";
  private static final String SOME_SIZE = "[1-9][0-9]{0,14}[KMGTPE]?|infinity";
  private static final String WHOLE = "100(\\.0{1,2})?%";
  private static final String PERCENT = "[0-9]{1,2}(\\.[0-9]{1,2})?%|" + WHOLE;
  private static final String SOME_PERCENT =
      "[1-9][0-9]?(\\.[0-9]{1,2})?%|0\\.(0[1-9]|[1-9][0-9]?)%|" + WHOLE;
  private static final String SPAN = "[0-9]{1,9}(us|ms|s|sec|m|min|h|hr|d|w)?";
  private static final String COUNT = "0|[1-9][0-9]{0,14}|infinity";

  private static final Vocabulary RESERVED_MEMORY =
      vocabulary(SIZE + "|" + PERCENT, "a size such as 64M, a percentage of memory, or infinity");
  private static final Vocabulary MEMORY =
      vocabulary(
          SOME_SIZE + "|" + SOME_PERCENT,
          "a size such as 64M, a percentage of memory, or infinity, but not 0");
  private static final Vocabulary TASKS =
      vocabulary("[1-9][0-9]{0,8}|infinity|" + SOME_PERCENT, "a number of tasks such as 256");
  private static final Vocabulary WEIGHT =
      vocabulary("[1-9][0-9]{0,3}|10000", "a weight from 1 to 10000");
  private static final Vocabulary QUOTA =
      vocabulary("[1-9][0-9]{0,5}%", "a share of one processor such as 50%");

  // A program that ends at once would keep PID 1 busy with nothing but its restarts.
  private static final Vocabulary PAUSE =
      vocabulary(
          "([1-9][0-9]{0,8}(s|sec|m|min|h|hr|d|w)?|[1-9][0-9]{3,8}ms)( (" + SPAN + ")){0,5}",
          "a time of at least 1s such as 10s or 1min 30s");

  // To systemd 0 means no limit, as infinity does; whatever waits for the app would wait for ever.
  private static final Vocabulary TIMEOUT =
      vocabulary(
          "([1-9]|[1-8][0-9]|90)(s|sec)?|([1-9][0-9]{0,3}|[1-8][0-9]{4}|90000)ms"
              + "|1(m|min)( ([12]?[0-9]|30)(s|sec)?)?",
          "a time of more than 0 and at most 90s such as 10s or 1min 30s");
  private static final Vocabulary BYTES =
      vocabulary(
          "(" + SIZE + ")(:(" + SIZE + "))?",
          "a limit such as 64M, or two with the lower one first such as 32M:64M");
  private static final Vocabulary COUNTS =
      vocabulary(
          "(" + COUNT + ")(:(" + COUNT + "))?",
          "a number such as 1024, or two with the lower one first such as 512:1024; it is a count"
              + " and takes no K or M");
  private static final Vocabulary NO_CORE =
      vocabulary("0(:0)?", "0: a core dump carries the app's memory out of the sandbox");
  private static final Vocabulary LATER =
      vocabulary("[0-9]|1[0-9]", "a niceness from 0 to 19; below 0 takes time from other apps");
  private static final Vocabulary NICENESS =
      vocabulary("-?[0-9]|-?1[0-9]|-20", "a niceness from -20 to 19");
  private static final Vocabulary SOONER =
      vocabulary(
          "0|[1-9][0-9]{0,2}",
          "a score from 0 to 999; below 0 makes the kernel kill other apps first");
  private static final Vocabulary SCORE =
      vocabulary("-?(0|[1-9][0-9]{0,2})|-1000", "a score from -1000 to 999");
  private static final Vocabulary RESTART =
      vocabulary(
          "no|always|on-success|on-failure|on-abnormal|on-watchdog|on-abort",
          "one of no, always, on-success, on-failure, on-abnormal, on-watchdog, on-abort");
  private static final Vocabulary EXEC =
      vocabulary("exec", "exec: notify needs a socket that no permission opens yet");
  private static final Vocabulary TYPE = vocabulary("exec|notify", "exec or notify");

  private static final SequencedMap<String, Setting> TABLE = table();

  private SettingTable() {}

  /**
   * What a value may look like.
   *
   * @param shown for people: "must be ..."
   */
  record Vocabulary(Pattern pattern, String shown) {
    boolean accepts(String text) {
      return pattern.matcher(text).matches();
    }
  }

  private record Setting(Vocabulary closed, Vocabulary open) {}

  /** What the directive takes in the mode; empty if it is not one of these. */
  static Optional<Vocabulary> find(String name, Mode mode) {
    return Optional.ofNullable(TABLE.get(name))
        .map(setting -> mode == Mode.CLOSED ? setting.closed() : setting.open());
  }

  static List<String> names() {
    return List.copyOf(TABLE.keySet());
  }

  private static Vocabulary vocabulary(String pattern, String shown) {
    return new Vocabulary(Pattern.compile(pattern), shown);
  }

  private static SequencedMap<String, Setting> table() {
    var table = new LinkedHashMap<String, Setting>();
    put(table, "MemoryMax", MEMORY);
    put(table, "MemoryHigh", MEMORY);
    for (String name : List.of("MemoryLow", "MemoryMin", "MemorySwapMax")) {
      put(table, name, RESERVED_MEMORY);
    }
    put(table, "TasksMax", TASKS);
    put(table, "CPUQuota", QUOTA);
    put(table, "CPUWeight", WEIGHT);
    put(table, "IOWeight", WEIGHT);
    for (String name :
        List.of("LimitAS", "LimitDATA", "LimitFSIZE", "LimitMEMLOCK", "LimitRSS", "LimitSTACK")) {
      put(table, name, BYTES);
    }
    put(table, "LimitNOFILE", COUNTS);
    put(table, "LimitNPROC", COUNTS);
    table.put("LimitCORE", new Setting(NO_CORE, BYTES));
    table.put("Nice", new Setting(LATER, NICENESS));
    table.put("OOMScoreAdjust", new Setting(SOONER, SCORE));
    table.put("Type", new Setting(EXEC, TYPE));
    put(table, "Restart", RESTART);
    put(table, "RestartSec", PAUSE);
    put(table, "TimeoutStartSec", TIMEOUT);
    put(table, "TimeoutStopSec", TIMEOUT);
    return Collections.unmodifiableSequencedMap(table);
  }

  private static void put(Map<String, Setting> table, String name, Vocabulary vocabulary) {
    table.put(name, new Setting(vocabulary, vocabulary));
  }
}
