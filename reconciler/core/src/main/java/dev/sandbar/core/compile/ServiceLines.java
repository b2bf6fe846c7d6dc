package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.AppSpec.Run;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Effective;

/** The program, and how systemd keeps it running. */
final class ServiceLines {

  private static final String RUN = "run";
  private static final String LONGEST_PAUSE = "60s";

  private ServiceLines() {}

  static void write(Draft draft, AppSpec app, DeviceFacts facts, DirectiveOverrides overrides) {
    draft.unit("Description", EscapedText.raw("Sandbar app " + app.name()), Draft.DEFAULT);
    draft.unit("PartOf", EscapedText.words(UnitName.TARGET.value()), Draft.DEFAULT);
    // Restarts never end: what an app waits for may come back after hours. They slow down instead.
    draft.unit("StartLimitIntervalSec", EscapedText.words("0"), Draft.DEFAULT);
    draft.install("WantedBy", EscapedText.words(UnitName.TARGET.value()), Draft.DEFAULT);

    setting(draft, overrides, "Type", "exec");
    Run run = app.run();
    draft.service("ExecStart", EscapedText.command(run.command()), RUN);
    run.environment()
        .forEach(
            (name, value) -> draft.service("Environment", EscapedText.variable(name, value), RUN));
    if (!run.workingDirectory().isEmpty()) {
      draft.service("WorkingDirectory", EscapedText.raw(run.workingDirectory()), RUN);
    }
    draft.service("Slice", EscapedText.words(UnitName.SLICE.value()), Draft.DEFAULT);
    draft.service("SyslogIdentifier", EscapedText.raw(app.name().value()), Draft.DEFAULT);
    setting(draft, overrides, "Restart", "always");
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

  /** A default that an entry of {@code directives} may replace. */
  static void setting(Draft draft, DirectiveOverrides overrides, String name, String otherwise) {
    if (overrides.settings().containsKey(name)) {
      return;
    }
    draft.service(name, EscapedText.words(otherwise), Draft.DEFAULT);
  }
}
