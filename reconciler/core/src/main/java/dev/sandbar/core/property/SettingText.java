package dev.sandbar.core.property;

import dev.sandbar.core.property.DirectiveOverride.Accepted;

/**
 * What {@code directives:} takes as the value of a resource limit or a setting of the service
 * (systemd.resource-control(5), systemd.exec(5), systemd.service(5)).
 */
final class SettingText {

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

  static final Accepted RESERVED_MEMORY =
      new Accepted(SIZE + "|" + PERCENT, "a size such as 64M, a percentage of memory, or infinity");
  static final Accepted MEMORY =
      new Accepted(
          SOME_SIZE + "|" + SOME_PERCENT,
          "a size such as 64M, a percentage of memory, or infinity, but not 0");
  static final Accepted TASKS =
      new Accepted("[1-9][0-9]{0,8}|infinity|" + SOME_PERCENT, "a number of tasks such as 256");
  static final Accepted FROM_1 = new Accepted("[1-9][0-9]{0,3}|10000", "a weight from 1 to 10000");
  static final Accepted SHARE =
      new Accepted("[1-9][0-9]{0,5}%", "a share of one processor such as 50%");

  // A program that ends at once would keep PID 1 busy with nothing but its restarts.
  static final Accepted PAUSE =
      new Accepted(
          "([1-9][0-9]{0,8}(s|sec|m|min|h|hr|d|w)?|[1-9][0-9]{3,8}ms)( (" + SPAN + ")){0,5}",
          "a time of at least 1s such as 10s or 1min 30s");

  // To systemd 0 means no limit, as infinity does; whatever waits for the app would wait for ever.
  static final Accepted AT_MOST_90S =
      new Accepted(
          "([1-9]|[1-8][0-9]|90)(s|sec)?|([1-9][0-9]{0,3}|[1-8][0-9]{4}|90000)ms"
              + "|1(m|min)( ([12]?[0-9]|30)(s|sec)?)?",
          "a time of more than 0 and at most 90s such as 10s or 1min 30s");
  static final Accepted BYTES =
      new Accepted(
          "(" + SIZE + ")(:(" + SIZE + "))?",
          "a limit such as 64M, or two with the lower one first such as 32M:64M");
  static final Accepted COUNTS =
      new Accepted(
          "(" + COUNT + ")(:(" + COUNT + "))?",
          "a number such as 1024, or two with the lower one first such as 512:1024; it is a count"
              + " and takes no K or M");
  static final Accepted NO_CORE =
      new Accepted("0(:0)?", "0: a core dump carries the app's memory out of the sandbox");
  static final Accepted LATER =
      new Accepted("[0-9]|1[0-9]", "a niceness from 0 to 19; below 0 takes time from other apps");
  static final Accepted NICENESS =
      new Accepted("-?[0-9]|-?1[0-9]|-20", "a niceness from -20 to 19");
  static final Accepted SOONER =
      new Accepted(
          "0|[1-9][0-9]{0,2}",
          "a score from 0 to 999; below 0 makes the kernel kill other apps first");
  static final Accepted SCORE =
      new Accepted("-?(0|[1-9][0-9]{0,2})|-1000", "a score from -1000 to 999");
  static final Accepted RESTART =
      new Accepted(
          "no|always|on-success|on-failure|on-abnormal|on-watchdog|on-abort",
          "one of no, always, on-success, on-failure, on-abnormal, on-watchdog, on-abort");
  static final Accepted EXEC =
      new Accepted("exec", "exec: notify needs a socket that no permission opens yet");
  static final Accepted TYPE = new Accepted("exec|notify", "exec or notify");

  private SettingText() {}
}
