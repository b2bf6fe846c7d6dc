package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Run;
import dev.sandbar.core.model.Lifecycle;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Effective;
import java.util.List;

/** The program, and how systemd keeps it running. */
final class ServiceLines {

  private static final String RUN = "run";
  private static final String SCHEDULE = "run.schedule";

  /** Where systemd listens for what programs say of themselves (sd_notify(3)). */
  private static final String NOTIFY_SOCKET = "/run/systemd/notify";

  private static final String LONGEST_PAUSE = "60s";

  private ServiceLines() {}

  /**
   * @param hidden whether the app does not see the device's own /run
   */
  static void write(
      Draft draft, AppSpec app, DeviceFacts facts, DirectiveOverrides overrides, boolean hidden) {
    draft.unit("Description", EscapedText.raw("Sandbar app " + app.name()), Draft.DEFAULT);
    draft.unit("PartOf", EscapedText.words(UnitName.TARGET.value()), Draft.DEFAULT);
    // Restarts never end: what an app waits for may come back after hours. They slow down instead.
    draft.unit("StartLimitIntervalSec", EscapedText.words("0"), Draft.DEFAULT);
    List<AppTimer> timers = AppTimer.of(app);
    if (timers.isEmpty()) {
      draft.install("WantedBy", EscapedText.words(UnitName.TARGET.value()), Draft.DEFAULT);
    }
    timers.forEach(it -> draft.install("Also", EscapedText.words(it.unit().value()), SCHEDULE));
    HardwareLines.write(draft, app);

    Run run = app.run();
    Lifecycle lifecycle = run.lifecycle();
    if (!lifecycle.after().isEmpty()) {
      draft.unit("After", EscapedText.words(lifecycle.afterUnits()), RUN);
    }
    start(draft, overrides, lifecycle, hidden);
    draft.service("ExecStart", EscapedText.command(run.command()), RUN);
    lifecycle.commands().forEach((moment, commands) -> commands(draft, moment, commands));
    if (!lifecycle.stopSignal().isEmpty()) {
      draft.service("KillSignal", EscapedText.words(lifecycle.stopSignal()), RUN);
    }
    run.environment()
        .forEach(
            (name, value) -> draft.service("Environment", EscapedText.variable(name, value), RUN));
    if (!run.workingDirectory().isEmpty()) {
      draft.service("WorkingDirectory", EscapedText.raw(run.workingDirectory()), RUN);
    }
    draft.service("Slice", EscapedText.words(UnitName.SLICE.value()), Draft.DEFAULT);
    draft.service("SyslogIdentifier", EscapedText.raw(app.name().value()), Draft.DEFAULT);
    // One that failed waits for the next of its times.
    setting(draft, overrides, "Restart", timers.isEmpty() ? "always" : "no");
    if (facts.systemdVersion() >= 254) {
      setting(draft, overrides, "RestartSec", "1s");
      String first = overrides.settings().getOrDefault("RestartSec", "1s");
      // systemd shortens a pause that is longer than the longest one.
      if (Effective.microseconds(first) < Effective.microseconds(LONGEST_PAUSE)) {
        draft.service("RestartSteps", EscapedText.words("6"), Draft.DEFAULT);
        draft.service("RestartMaxDelaySec", EscapedText.words(LONGEST_PAUSE), Draft.DEFAULT);
      }
    } else {
      setting(draft, overrides, "RestartSec", "5s");
    }
    setting(draft, overrides, "TimeoutStopSec", "10s");
  }

  private static void start(
      Draft draft, DirectiveOverrides overrides, Lifecycle lifecycle, boolean hidden) {
    switch (lifecycle.type()) {
      case EXEC -> setting(draft, overrides, "Type", "exec");
      case FORKING -> draft.service("Type", EscapedText.words("forking"), RUN);
      case NOTIFY -> {
        draft.service("Type", EscapedText.words("notify"), RUN);
        draft.service("NotifyAccess", EscapedText.words("main"), RUN);
        if (hidden) {
          draft.service("BindReadOnlyPaths", EscapedText.paths(List.of(NOTIFY_SOCKET)), RUN);
        }
      }
    }
    if (!lifecycle.watchdog().isEmpty()) {
      draft.service("WatchdogSec", EscapedText.words(lifecycle.watchdog()), RUN);
    }
  }

  private static void commands(
      Draft draft, Lifecycle.Moment moment, List<Lifecycle.Command> commands) {
    String name =
        switch (moment) {
          case PRE_START -> "ExecStartPre";
          case POST_START -> "ExecStartPost";
          case RELOAD -> "ExecReload";
          case PRE_STOP -> "ExecStop";
          case POST_STOP -> "ExecStopPost";
        };
    for (Lifecycle.Command command : commands) {
      EscapedText text = EscapedText.command(command.words());
      draft.service(name, command.mayFail() ? text.orElseGoOn() : text, RUN);
    }
  }

  /** A default that an entry of {@code directives} may replace. */
  static void setting(Draft draft, DirectiveOverrides overrides, String name, String otherwise) {
    if (overrides.settings().containsKey(name)) {
      return;
    }
    draft.service(name, EscapedText.words(otherwise), Draft.DEFAULT);
  }
}
