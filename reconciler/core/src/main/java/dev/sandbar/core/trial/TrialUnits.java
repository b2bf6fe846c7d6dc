package dev.sandbar.core.trial;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Directive;
import dev.sandbar.core.compile.FileStorePath;
import dev.sandbar.core.compile.RuntimeMount;
import dev.sandbar.core.model.AppDirectory;
import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The units by which an app is tried in the place of a service, so that systemd itself starts the
 * service again, whatever becomes of the command.
 *
 * <p>One job starts the trial: it conflicts with the service, and needs the timer. When the trial
 * ends, however it does, systemd starts the service; the timer does so too, at a time that no
 * program can put off. The start of the service stops both. All of them are below {@code /run}
 * only, so that none is left after a reboot.
 *
 * @param service in whose place it is tried
 * @param unit of the trial. Never one of an app: those begin with {@code sandbar-}, by which the
 *     agent knows what it looks after
 * @param text of the unit file
 * @param timerText of the unit file of the timer
 * @param files that the app sees
 */
public record TrialUnits(
    UnitName service,
    UnitName unit,
    String text,
    UnitName timer,
    String timerText,
    List<File> files) {

  /** How the names of these units, and of the directories of what is tried, begin. */
  public static final String PREFIX = "sandbar.trial-";

  /** Where the files are that the app sees. */
  public static final String FILES = "/run/sandbar-trial";

  /** A start that takes longer fails; a hostile program can have it prolonged, the timer not. */
  public static final Duration START = Duration.ofSeconds(30);

  /** After the end of the trial time, for the command to end it in order. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private static final Set<String> OF_UNIT =
      Set.of("RequiresMountsFor", "AssertPathExists", "After");

  /**
   * What would be run when it ends, or start it again. The rest of how it starts and ends is below
   * with values that stand in the place of the app's.
   */
  private static final Set<String> LEFT_OUT =
      Set.of("ExecReload", "RestartForceExitStatus", "Sockets");

  /** Also those that come after the program has ended. */
  private static final String STOPPING = "ExecStop";

  /**
   * Every way to end it begins with SIGKILL to all of its processes: what a program reports to
   * systemd (sd_notify(3), EXTEND_TIMEOUT_USEC) prolongs an end only while it lives.
   */
  private static final List<String> ENDS =
      List.of(
          "Restart=no",
          "RemainAfterExit=no",
          "KillMode=control-group",
          "KillSignal=SIGKILL",
          "FinalKillSignal=SIGKILL",
          "WatchdogSignal=SIGKILL",
          "SendSIGKILL=yes",
          "TimeoutStartFailureMode=kill",
          "TimeoutStopFailureMode=kill",
          "TimeoutStartSec=" + START.toSeconds(),
          "TimeoutStopSec=5",
          "TimeoutAbortSec=5",
          "RuntimeRandomizedExtraSec=0",
          "FileDescriptorStoreMax=0");

  public TrialUnits {
    files = List.copyOf(files);
  }

  /**
   * A file that the app sees.
   *
   * @param path on the device
   */
  public record File(String path, String text, boolean executable) {}

  /**
   * Those of a trial.
   *
   * @param app that {@link Replaceability} has no objection to
   * @param time that it runs for
   */
  public static TrialUnits of(CompiledApp app, UnitName service, Duration time) {
    AppName name = app.spec().name();
    UnitName unit = unit(name, "service");
    UnitName timer = unit(name, "timer");
    return new TrialUnits(
        service,
        unit,
        text(app, service, timer, time),
        timer,
        timerText(service, time),
        app.files().stream().map(it -> file(it, name)).toList());
  }

  private static UnitName unit(AppName app, String type) {
    return new UnitName(PREFIX + app + "." + type);
  }

  private static File file(AppFile file, AppName app) {
    return new File(inFiles(FileStorePath.of(file)), moved(file.text(), app), file.executable());
  }

  private static String inFiles(String value) {
    return value.replace(FileStorePath.FOLDER + "/", FILES + "/");
  }

  /** What the trial leaves in its directories is not what the app finds there one day. */
  private static String moved(String value, AppName app) {
    return RuntimeMount.moved(AppDirectory.moved(value, app, PREFIX + app), app, PREFIX + app);
  }

  private static String text(CompiledApp app, UnitName service, UnitName timer, Duration time) {
    AppName name = app.spec().name();
    var before = new ArrayList<String>();
    var inside = new ArrayList<String>();
    for (Directive line : app.directives()) {
      String value = inFiles(moved(line.value(), name));
      switch (line.section()) {
        case "Unit" -> {
          if (OF_UNIT.contains(line.name())) {
            before.add(line.name() + "=" + value);
          }
        }
        case "Service" -> {
          if (!LEFT_OUT.contains(line.name()) && !line.name().startsWith(STOPPING)) {
            boolean own = line.value().equals(AppDirectory.nameOf(name));
            inside.add(line.name() + "=" + (own ? PREFIX + name : value));
          }
        }
        default -> {
          // It is not enabled.
        }
      }
    }
    var lines = new ArrayList<String>();
    lines.add("# Written by 'sandbar learn --try', which removes it again.");
    lines.add("[Unit]");
    lines.add("Description=Sandbar tries %s in the place of %s".formatted(name, service));
    lines.add("StartLimitIntervalSec=0");
    lines.add("Conflicts=" + service);
    lines.add("After=" + service);
    lines.add("Requires=" + timer);
    lines.add("After=" + timer);
    lines.add("OnFailure=" + service);
    lines.add("OnSuccess=" + service);
    lines.addAll(before);
    lines.add("");
    lines.add("[Service]");
    lines.addAll(inside);
    lines.addAll(ENDS);
    lines.add("RuntimeMaxSec=" + time.plus(GRACE).toSeconds());
    return String.join("\n", lines) + "\n";
  }

  private static String timerText(UnitName service, Duration time) {
    return """
    # Written by 'sandbar learn --try', which removes it again.
    [Unit]
    Description=Sandbar starts %1$s again after its trial as an app
    Conflicts=%1$s
    [Timer]
    OnActiveSec=%2$d
    AccuracySec=1
    RemainAfterElapse=no
    Unit=%1$s
    """
        .formatted(service, atMost(time).toSeconds());
  }

  /** When the service is started again at the latest, from its stop on. */
  public static Duration atMost(Duration time) {
    return time.plus(START).plus(GRACE.multipliedBy(2));
  }
}
