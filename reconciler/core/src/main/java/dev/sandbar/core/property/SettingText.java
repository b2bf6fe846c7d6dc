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
  private static final String NUMBERS = "[0-9]{1,4}(-[0-9]{1,4})?";
  private static final String DISK = "/[A-Za-z0-9_][A-Za-z0-9_.+:@/-]{0,250}";
  private static final String EXIT = "([0-9]{1,3}|SIG[A-Z][A-Z0-9+]{1,10})";
  private static final String SOME_SPAN = "[1-9][0-9]{0,8}(ms|s|sec|m|min|h|hr|d|w)?";
  private static final String ID = "[A-Za-z_][A-Za-z0-9_.-]{0,30}|0|[1-9][0-9]{0,8}";
  private static final String CAPABILITY = "CAP_[A-Z_]{3,20}";
  private static final String SECURE_BIT = "(keep-caps|no-setuid-fixup|noroot)(-locked)?";
  private static final String FOLDER =
      "[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}(/[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}){0,7}+";
  private static final String SOME_PATH = "[-+]{0,2}/[A-Za-z0-9_/.@+-]{0,250}";
  private static final String VARIABLE = "[A-Za-z_][A-Za-z0-9_]{0,63}";
  private static final String COUNT = "0|[1-9][0-9]{0,14}|infinity";

  static final Accepted RESERVED_MEMORY =
      new Accepted(
          SIZE + "|" + PERCENT, "a size such as 64M, a percentage of memory, or infinity", "64M");
  static final Accepted MEMORY =
      new Accepted(
          SOME_SIZE + "|" + SOME_PERCENT,
          "a size such as 64M, a percentage of memory, or infinity, but not 0",
          "64M");
  static final Accepted TASKS =
      new Accepted(
          "[1-9][0-9]{0,8}|infinity|" + SOME_PERCENT, "a number of tasks such as 256", "256");
  static final Accepted FROM_1 =
      new Accepted("[1-9][0-9]{0,3}|10000", "a weight from 1 to 10000", "100");
  static final Accepted SHARE =
      new Accepted("[1-9][0-9]{0,5}%", "a share of one processor such as 50%", "50%");

  // A program that ends at once would keep PID 1 busy with nothing but its restarts.
  static final Accepted PAUSE =
      new Accepted(
          "([1-9][0-9]{0,8}(s|sec|m|min|h|hr|d|w)?|[1-9][0-9]{3,8}ms)( (" + SPAN + ")){0,5}",
          "a time of at least 1s such as 10s or 1min 30s",
          "10s");

  // To systemd 0 means no limit, as infinity does; whatever waits for the app would wait for ever.
  static final Accepted AT_MOST_90S =
      new Accepted(
          "([1-9]|[1-8][0-9]|90)(s|sec)?|([1-9][0-9]{0,3}|[1-8][0-9]{4}|90000)ms"
              + "|1(m|min)( ([12]?[0-9]|30)(s|sec)?)?",
          "a time of more than 0 and at most 90s such as 10s or 1min 30s", "10s");
  static final Accepted BYTES =
      new Accepted(
          "(" + SIZE + ")(:(" + SIZE + "))?",
          "a limit such as 64M, or two with the lower one first such as 32M:64M",
          "64M");
  static final Accepted COUNTS =
      new Accepted(
          "(" + COUNT + ")(:(" + COUNT + "))?",
          "a number such as 1024, or two with the lower one first such as 512:1024; it is a count"
              + " and takes no K or M",
          "1024");
  static final Accepted NO_CORE =
      new Accepted("0(:0)?", "0: a core dump carries the app's memory out of the sandbox", "0");
  static final Accepted LATER =
      new Accepted(
          "[0-9]|1[0-9]", "a niceness from 0 to 19; below 0 takes time from other apps", "5");
  static final Accepted NICENESS =
      new Accepted("-?[0-9]|-?1[0-9]|-20", "a niceness from -20 to 19", "-5");
  static final Accepted SOONER =
      new Accepted(
          "0|[1-9][0-9]{0,2}",
          "a score from 0 to 999; below 0 makes the kernel kill other apps first",
          "500");
  static final Accepted SCORE =
      new Accepted("-?(0|[1-9][0-9]{0,2})|-1000", "a score from -1000 to 999", "-500");
  static final Accepted RESTART =
      new Accepted(
          "no|always|on-success|on-failure|on-abnormal|on-watchdog|on-abort",
          "one of no, always, on-success, on-failure, on-abnormal, on-watchdog, on-abort",
          "on-failure");

  static final Accepted EXEC =
      new Accepted(
          "exec", "exec; for notify write run.type: Notify, for forking run.type: Forking", "exec");
  static final Accepted TYPE =
      new Accepted("exec|notify|forking|dbus", "one of exec, notify, forking, dbus", "notify");
  static final Accepted CPU_LIST =
      new Accepted(
          NUMBERS + "([ ,]" + NUMBERS + "){0,63}+", "numbers and ranges such as 0 2-3", "0 2-3");
  static final Accepted CPU_SHARE =
      new Accepted("[1-9][0-9]{0,3}|10000", "a weight from 1 to 10000", "50");
  static final Accepted PERIOD =
      new Accepted("([1-9]|[1-9][0-9]{1,2}|1000)ms", "a time from 1ms to 1000ms", "10ms");
  static final Accepted ORDINARY_SCHEDULER =
      new Accepted(
          "other|batch|idle",
          "one of other, batch, idle; for real-time ask for permissions.realtime",
          "batch");
  static final Accepted ORDINARY_IO =
      new Accepted(
          "best-effort|idle",
          "best-effort or idle; realtime takes the disk from everything else",
          "idle");
  static final Accepted IO_CLASS =
      new Accepted(
          "realtime|best-effort|idle", "one of realtime, best-effort, idle", "best-effort");
  static final Accepted LATER_IO =
      new Accepted("[4-7]", "a priority from 4 to 7; lower ones come before other apps", "7");
  static final Accepted IO_PRIORITY = new Accepted("[0-7]", "a priority from 0 to 7", "7");
  static final Accepted DEVICE_RATE =
      new Accepted(
          DISK + " (" + SOME_SIZE + ")",
          "a path and a number such as /dev/mmcblk0 10M",
          "/dev/null 10M");
  static final Accepted YES_OR_NO = new Accepted("yes|no", "yes or no", "yes");
  static final Accepted EXIT_TYPE = new Accepted("main|cgroup", "main or cgroup", "cgroup");
  static final Accepted EXIT_CODES =
      new Accepted(
          EXIT + "( " + EXIT + "){0,31}+", "exit codes and signals such as 3 SIGTERM", "3 SIGTERM");
  static final Accepted FAILURE_MODE =
      new Accepted("terminate|abort|kill", "one of terminate, abort, kill", "kill");
  static final Accepted OOM_POLICY =
      new Accepted("continue|stop|kill", "one of continue, stop, kill", "kill");
  static final Accepted OOMD = new Accepted("auto|kill", "auto or kill", "kill");
  static final Accepted NO_PRESSURE =
      new Accepted("off|skip", "off or skip: watching writes a file of the control group", "off");

  // What does not react to it is killed.
  static final Accepted LAST_SIGNAL =
      new Accepted("SIGKILL|SIGQUIT|SIGABRT", "one of SIGKILL, SIGQUIT, SIGABRT", "SIGQUIT");
  static final Accepted KILL_MODE =
      new Accepted(
          "control-group|mixed",
          "control-group or mixed; what an app leaves running would be out of its sandbox's sight",
          "mixed");
  static final Accepted SECONDS =
      new Accepted("[1-9][0-9]{0,8}|infinity", "seconds such as 3600", "3600");
  static final Accepted MICROSECONDS =
      new Accepted("[1-9][0-9]{0,11}|infinity", "microseconds such as 200000", "200000");
  static final Accepted LONGEST_RUN =
      new Accepted(SOME_SPAN + "( (" + SPAN + ")){0,5}|infinity", "a time such as 1d 12h", "1d");
  static final Accepted INTERVAL = new Accepted(SPAN, "a time such as 30s", "30s");
  // More would push the lines of others out of the journal.
  static final Accepted FEWER_LINES =
      new Accepted("[1-9][0-9]{0,3}|10000", "a number of lines from 1 to 10000", "1000");
  static final Accepted LINES =
      new Accepted("0|[1-9][0-9]{0,8}", "a number of lines such as 1000", "1000");
  static final Accepted LONGER_INTERVAL =
      new Accepted(
          "([3-9][0-9]|[1-9][0-9]{2,5})s|[1-9][0-9]{0,3}min|[1-9][0-9]{0,2}h",
          "a time of at least 30s such as 1min",
          "60s");
  static final Accepted LOG_LEVEL =
      new Accepted(
          "emerg|alert|crit|err|warning|notice|info|debug",
          "one of emerg, alert, crit, err, warning, notice, info, debug",
          "warning");
  static final Accepted LOG_FACILITY =
      new Accepted("user|daemon|local[0-7]", "user, daemon, or one of local0 to local7", "local3");
  static final Accepted OUTPUT = new Accepted("journal|null", "journal or null", "null");
  static final Accepted CLOSED_MASK =
      new Accepted("0?[0-7]77", "a mask that leaves others nothing, such as 0077", "0177");
  static final Accepted MASK = new Accepted("0?[0-7]{3}", "a mask such as 0027", "0027");

  static final Accepted USER =
      new Accepted(ID, "the name or number of a user of the device, such as mosquitto", "nobody");
  static final Accepted GROUP =
      new Accepted(ID, "the name or number of a group of the device, such as dialout", "dialout");
  static final Accepted GROUPS =
      new Accepted(
          "(" + ID + ")( (" + ID + ")){0,31}+",
          "names of groups of the device, such as dialout video",
          "dialout video");
  static final Accepted BOUNDING =
      new Accepted(
          "(~?" + CAPABILITY + "( " + CAPABILITY + "){0,40}+)?",
          "capabilities such as CAP_CHOWN CAP_KILL, all but some such as ~CAP_SYS_ADMIN, or \"\" for"
              + " none",
          "CAP_CHOWN CAP_KILL");
  static final Accepted AMBIENT =
      new Accepted(
          CAPABILITY + "( " + CAPABILITY + "){0,40}+",
          "capabilities such as CAP_NET_BIND_SERVICE",
          "CAP_NET_BIND_SERVICE");
  static final Accepted SECURE_BITS =
      new Accepted(
          SECURE_BIT + "( " + SECURE_BIT + "){0,5}",
          "words of keep-caps, keep-caps-locked, no-setuid-fixup, no-setuid-fixup-locked, noroot,"
              + " noroot-locked",
          "noroot noroot-locked");

  static final Accepted DIRECTORIES =
      new Accepted(
          FOLDER + "( " + FOLDER + "){0,15}+",
          "relative paths such as app app/data",
          "app app/data");
  static final Accepted ACCESS =
      new Accepted("0?[0-7]{3}|0?[1-7][0-7]{3}", "an access mode such as 0750", "0750");
  static final Accepted PRESERVE =
      new Accepted("no|yes|restart", "one of no, yes, restart", "restart");
  static final Accepted PATHS =
      new Accepted(
          SOME_PATH + "( " + SOME_PATH + "){0,31}+",
          "absolute paths, with - before those that may be absent, such as -/var/lib/app",
          "-/var/lib/app /srv");
  static final Accepted KEYRING =
      new Accepted("inherit|private|shared", "one of inherit, private, shared", "private");
  static final Accepted CALL_ERROR =
      new Accepted("kill|E[A-Z0-9]{2,15}", "the name of an error such as EPERM, or kill", "kill");
  static final Accepted VARIABLE_NAMES =
      new Accepted(
          VARIABLE + "( " + VARIABLE + "){0,31}+", "names of variables such as LANG TERM", "LANG");
  static final Accepted INPUT =
      new Accepted(
          "null|file:/[A-Za-z0-9_/.@+-]{1,250}",
          "null, or a file such as file:/etc/app.in",
          "null");

  static final Accepted PROC_SEEN =
      new Accepted(
          "default|noaccess|invisible|ptraceable",
          "one of default, noaccess, invisible, ptraceable",
          "invisible");
  static final Accepted PROC_PART = new Accepted("all|pid", "all or pid", "pid");
  static final Accepted NATIVE = new Accepted("native", "native", "native");
  static final Accepted DEVICE_POLICY =
      new Accepted("auto|closed|strict", "one of auto, closed, strict", "closed");
  static final Accepted PID_FILE =
      new Accepted(
          "/(run|var|srv|tmp)/[A-Za-z0-9_/.@+-]{1,250}",
          "a path such as /run/app.pid",
          "/run/app.pid");
  static final Accepted BUS_NAME =
      new Accepted(
          "[A-Za-z_][A-Za-z0-9_-]{0,60}(\\.[A-Za-z_][A-Za-z0-9_-]{0,60}){1,8}",
          "a name such as com.example.App",
          "com.example.App");

  private SettingText() {}
}
