package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Interruption;
import dev.sandbar.cli.terminal.ProgressLine;
import dev.sandbar.cli.terminal.Terminal;
import dev.sandbar.core.compile.Compilation;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.Compiler;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.denial.Confines;
import dev.sandbar.core.denial.Denial;
import dev.sandbar.core.denial.Refusal;
import dev.sandbar.core.learn.LearnedSpec;
import dev.sandbar.core.learn.Use;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.StoredSpec;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.ObservedUnit.Loaded;
import dev.sandbar.core.trial.Obstacle;
import dev.sandbar.core.trial.Replaceability;
import dev.sandbar.core.trial.TrialJudgement;
import dev.sandbar.core.trial.TrialUnits;
import dev.sandbar.device.kernel.ServiceWatch;
import dev.sandbar.device.trial.TrialRun;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Option;

/** Whether what was learned is tried in the place of the service. */
final class LearnTryOptions {
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST = Duration.ofMinutes(10);

  @Option(
      names = "--try",
      description =
          "Then try the spec: stop the service, run the spec in its place, and start the service"
              + " again.")
  private boolean asked;

  @Option(
      names = "--try-for",
      paramLabel = "TIME",
      description = "With --try: for so long, at most 10m (default: 30s).")
  private String time = "";

  boolean isAsked() {
    return asked || !time.isEmpty();
  }

  /**
   * Finds out before the service is watched what would be in the way afterwards.
   *
   * @param confined whether it is an app already, or shall be one by a drop-in
   * @throws CommandException if there could be no trial
   */
  void check(DeviceOptions target, UnitName unit, AppName app, boolean confined)
      throws IOException {
    if (!asked) {
      throw new CommandException("--try-for is how long a trial lasts", "Add --try");
    }
    if (time().compareTo(LONGEST) > 0) {
      throw new CommandException("a trial lasts at most 10m", "Write for example --try-for 30s");
    }
    if (confined) {
      throw new CommandException(
          "--try is about a service that becomes an app with a unit of its own",
          "Leave out --try; an agent tries each version of an app, and rolls it back");
    }
    if (target.place().knows(app)) {
      throw new CommandException(
          "this device has an app %s already".formatted(app), "Give another name: --name NAME");
    }
    SettingsFile.read(target.place().root());
    try (var device = target.open()) {
      refuse(device.obstacle(unit));
    }
  }

  private static void refuse(Optional<Obstacle> obstacle) {
    if (obstacle.isPresent()) {
      throw new CommandException(
          "there can be no trial: " + obstacle.get().what(), obstacle.get().help());
    }
  }

  private Duration time() {
    return FleetWaitOptions.span("--try-for", time.isEmpty() ? "30s" : time);
  }

  /** Tries the spec. */
  TriedSpec run(
      Terminal terminal,
      Printer printer,
      DeviceAccess device,
      DevicePlace place,
      LearnedSpec learned,
      UnitName service)
      throws IOException, InterruptedException {
    DeviceFacts facts = device.facts();
    CompiledApp app;
    switch (SpecReader.read(StoredSpec.document(learned.manifest()))) {
      case SpecReader.Refused(_, _, var errors) -> {
        return TriedSpec.refused(service, errors.getFirst());
      }
      case SpecReader.Read(var spec, _) -> {
        switch (Compiler.compile(spec, facts)) {
          case Compilation.Rejected(_, var errors) -> {
            return TriedSpec.refused(service, error(errors));
          }
          case Compilation.Compiled(var compiled, _) -> app = compiled;
        }
      }
    }
    Optional<Obstacle> obstacle = device.obstacle(service).or(() -> Replaceability.of(app));
    if (obstacle.isPresent()) {
      return TriedSpec.refused(service, obstacle.get());
    }
    TrialUnits units = TrialUnits.of(app, service, time());
    Set<Use> before = device.uses(service);
    printer.note(
        "%s is stopped now, and the spec runs in its place for %s; then systemd starts %s again,"
                .formatted(service, English.count(time().toSeconds(), "second"), service)
            + " at the latest after %s whatever happens to this command"
                .formatted(English.count(TrialUnits.atMost(time()).toSeconds(), "second")));
    terminal.flush();
    return switch (device.trial(units)) {
      case TrialRun.Beginning.Refused(var why) -> TriedSpec.refused(service, why);
      case TrialRun.Beginning.Ready(var run) -> {
        try (run;
            var _ = ProgressLine.start(terminal, "trying the spec of " + app.spec().name());
            var _ =
                Interruption.does(
                    terminal,
                    () -> {
                      Optional<String> gone = run.putBack();
                      run.close();
                      return gone.map(why -> service + " does not run: " + why)
                          .orElse("the trial is over, and " + service + " runs again");
                    })) {
          yield tried(
              new Subject(device, place, Confines.of(app.spec(), facts), units), run, before);
        }
      }
    };
  }

  private static Diagnostic error(List<Diagnostic> diagnostics) {
    return diagnostics.stream()
        .filter(it -> it.severity() == Diagnostic.Severity.ERROR)
        .findFirst()
        .orElseGet(diagnostics::getFirst);
  }

  /** What is tried, and where. */
  private record Subject(
      DeviceAccess device, DevicePlace place, Confines confines, TrialUnits units) {}

  private TriedSpec tried(Subject subject, TrialRun run, Set<Use> before)
      throws IOException, InterruptedException {
    DeviceAccess device = subject.device();
    UnitName unit = subject.units().unit();
    try (ServiceWatch watch = device.watchRefusals(unit)) {
      var failure = new AtomicReference<>(Optional.<String>empty());
      watch.during(() -> failure.set(run.start()));
      long begin = System.nanoTime();
      Loaded now = device.loaded(unit);
      while (!run.isEnded() && now.isRunning() && System.nanoTime() - begin < time().toNanos()) {
        Thread.sleep(PAUSE);
        watch.watchCalls();
        now = device.loaded(unit);
      }
      if (run.isEnded()) {
        throw Interruption.awaitEnd();
      }
      Set<Refusal> refusals = device.refusals(unit);
      Set<Use> uses = device.uses(unit);
      Loaded end = device.loaded(unit);
      TrialJudgement judged =
          failure
              .get()
              .map(TrialJudgement::notStarted)
              .orElseGet(() -> TrialJudgement.of(end, before, uses));
      // First of all it is put back: what was refused can be read afterwards too.
      Optional<String> gone = run.putBack();
      AppStart start = AppStart.read(subject.place(), unit, end.invocationId(), false, "");
      List<Denial> denials =
          DenialReport.of(device, subject.confines(), watch.refused(), refusals, start);
      return TriedSpec.of(
          subject.units().service(),
          Duration.ofNanos(System.nanoTime() - begin),
          judged,
          denials,
          gone.orElse(""));
    }
  }
}
