package dev.sandbar.cli;

import dev.sandbar.cli.terminal.Printable;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.denial.Denial;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.trial.Obstacle;
import dev.sandbar.core.trial.TrialJudgement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What came of the trial of a learned spec.
 *
 * @param service in whose place it ran
 * @param seconds that the service was away
 * @param reasons why it was not tried, or why it failed; none if it passed
 * @param denials what its sandbox refused it meanwhile
 * @param help what to do about it; may be empty
 * @param gone why the service does not run again; empty if it does
 */
record TriedSpec(
    UnitName service,
    Outcome outcome,
    long seconds,
    List<String> reasons,
    List<Denial> denials,
    String help,
    String gone) {

  TriedSpec {
    reasons = List.copyOf(reasons);
    denials = List.copyOf(denials);
  }

  /** In short. */
  enum Outcome {
    PASSED,
    FAILED,
    /** Nothing was stopped. */
    REFUSED
  }

  /** It was not tried, since the device does not run such an app. */
  static TriedSpec refused(UnitName service, Diagnostic error) {
    return refused(service, new Obstacle(error.message(), error.help()));
  }

  /** It was not tried. */
  static TriedSpec refused(UnitName service, Obstacle why) {
    return new TriedSpec(
        service, Outcome.REFUSED, 0, List.of(why.what()), List.of(), why.help(), "");
  }

  /** It was tried. */
  static TriedSpec of(
      UnitName service, Duration away, TrialJudgement judged, List<Denial> denials, String gone) {
    return new TriedSpec(
        service,
        judged.passed() ? Outcome.PASSED : Outcome.FAILED,
        away.toSeconds(),
        judged.reasons(),
        denials,
        judged.passed() ? "" : "Correct the spec as above, and apply it on one device",
        gone);
  }

  int exitCode() {
    if (!gone.isEmpty()) {
      return ExitCode.ERROR;
    }
    return switch (outcome) {
      case PASSED -> ExitCode.OK;
      case FAILED -> ExitCode.CHANGES;
      case REFUSED -> ExitCode.ERROR;
    };
  }

  /** The document of what was learned, with this in it. */
  Node in(Node learned) {
    var entries = new ArrayList<Node.Entry>();
    learned.fields().forEach((key, value) -> entries.add(Node.entry(key, value)));
    entries.add(Node.entry("trial", NodeBinder.write(this)));
    return Node.mapping(entries);
  }

  /** For people; standard output has the spec. */
  void print(Printer printer) {
    switch (outcome) {
      case PASSED ->
          printer.note(
              "the spec passed its trial: it stayed up and listened as %s does".formatted(service));
      case FAILED -> reasons.forEach(it -> printer.note("the spec failed its trial: " + shown(it)));
      case REFUSED ->
          reasons.forEach(it -> printer.note("not tried, and nothing was stopped: " + shown(it)));
    }
    for (Denial denial : denials) {
      printer.note(
          "its sandbox refused: %s (%s): %s"
              .formatted(denial.refused(), denial.directive(), remedy(denial)));
    }
    if (!help.isEmpty()) {
      printer.note("help: " + shown(help));
    }
    if (outcome != Outcome.REFUSED) {
      printer.note(
          gone.isEmpty()
              ? "%s runs again".formatted(service)
              : "%s does not run: %s; see why: systemctl status %s"
                  .formatted(service, shown(gone), service));
    }
  }

  private static String remedy(Denial denial) {
    if (denial.remedies().isEmpty()) {
      return denial.help().isEmpty() ? "no permission allows it" : denial.help();
    }
    return String.join(
        " or ",
        denial.remedies().stream()
            .map(
                it ->
                    "permissions: {%s}%s"
                        .formatted(
                            it.line(),
                            it.objection().isEmpty()
                                ? ""
                                : ", which the policy of this device denies"))
            .toList());
  }

  private static String shown(String text) {
    return Printable.of(text);
  }
}
