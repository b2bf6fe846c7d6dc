package dev.sandbar.device.agent;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Problem;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.report.Progress;
import dev.sandbar.core.report.Readiness;
import dev.sandbar.core.report.Reason;
import dev.sandbar.device.agent.AppRecord.Trial;
import dev.sandbar.device.apply.Outcome;
import java.util.List;
import java.util.Optional;

/** Says how far an app has come, from what the loop decided and did. */
final class Verdicts {

  private Verdicts() {}

  static Progress progress(AppRecord record, UnitName unit, Target target, RoundResult round) {
    String foreign = round.foreign().get(unit);
    if (foreign != null) {
      return new Progress.Refused(
          Reason.OWNED_BY_OTHERS,
          foreign
              + " is there and was not written by Sandbar; rename the app, or remove that unit"
              + " from the device");
    }
    if (round.refused().get(unit) instanceof String why) {
      return new Progress.Refused(Reason.NOT_ADOPTED, why);
    }
    if (record.trial() instanceof Trial.Failed failed
        && !isRefused(target)
        && !(round.busy().containsKey(unit) && isAnother(failed, target))) {
      Reason reason =
          failed.isNotEnforced()
              ? Reason.NOT_ENFORCED
              : failed.reason().equals("image") ? Reason.ARTIFACT_FAILED : former(record);
      return new Progress.Retrying(reason, failed.reason() + ": " + failed.message());
    }
    if (record.trial() instanceof Trial.Rejected rejected && !isRefused(target)) {
      return new Progress.Refused(
          rejected.isNotEnforced() ? Reason.NOT_ENFORCED : Reason.ROLLED_BACK,
          "%s: %s; %s"
              .formatted(rejected.reason(), rejected.message(), rejected.untilWhen(record.name())));
    }
    if (round.busy().get(unit) instanceof String doing) {
      return new Progress.Applying(target instanceof Target.Remove ? "being removed" : doing);
    }
    return switch (target) {
      case Target.Run run when !run.newest() && !run.problems().isEmpty() ->
          refused(run.problems());
      case Target.Run _ when round.heldBack().contains(record.name()) ->
          new Progress.Refused(Reason.PRUNE_HELD_BACK, round.heldBackWhy());
      case Target.Run run -> applied(record, unit, run, round);
      case Target.Hold _ when round.heldBack().contains(record.name()) ->
          new Progress.Refused(Reason.PRUNE_HELD_BACK, round.heldBackWhy());
      case Target.Hold(var problems) when !problems.isEmpty() -> refused(problems);
      case Target.Hold _ -> new Progress.Applying("waiting for the source");
      case Target.Deny(var problems) -> refused(problems);
      case Target.Remove _ when round.heldBack().contains(record.name()) ->
          new Progress.Refused(Reason.PRUNE_HELD_BACK, round.heldBackWhy());
      case Target.Remove _ -> new Progress.Applying("being removed");
    };
  }

  /** The same of an app whose newest version may wait, while the one before goes on. */
  static Progress waiting(Progress progress, Optional<UpdateWaits.Wait> newest) {
    if (newest.isEmpty()) {
      return progress;
    }
    UpdateWaits.Wait wait = newest.get();
    return switch (progress) {
      case Progress.Refused _, Progress.Waiting _ -> progress;
      case Progress.Retrying(var reason, _) when reason == Reason.CORRECTION_FAILED -> progress;
      case Progress.Retrying(_, var message) ->
          new Progress.Waiting(wait.reason(), wait.message() + "; before that: " + message);
      case Progress.Applied _, Progress.Applying _ ->
          new Progress.Waiting(wait.reason(), wait.message());
    };
  }

  /** An app whose removal failed at a step. */
  static Progress removing(Outcome.Unfinished unfinished) {
    return new Progress.Retrying(
        Reason.PRUNE_FAILED,
        "removal failed at " + unfinished.step() + ": " + unfinished.message());
  }

  /** Whether the newest version cannot be applied at all, whatever became of an earlier one. */
  private static boolean isRefused(Target target) {
    List<Diagnostic> problems =
        switch (target) {
          case Target.Run run -> run.newest() ? List.<Diagnostic>of() : run.problems();
          case Target.Hold(var why) -> why;
          case Target.Deny(var why) -> why;
          case Target.Remove _ -> List.<Diagnostic>of();
        };
    // That a version was taken back is said of no place in the source.
    return target instanceof Target.Deny
        || problems.stream().anyMatch(problem -> !problem.at().equals(Location.NOWHERE));
  }

  /** Whether it is another version than the one that failed. */
  private static boolean isAnother(Trial.Failed failed, Target target) {
    return target instanceof Target.Run run
        && run.newest()
        && !run.app().generation().equals(failed.generation());
  }

  private static Reason former(AppRecord record) {
    return record.lastGood() instanceof AppRecord.Past.Good
        ? Reason.ROLLED_BACK
        : Reason.RECONCILIATION_FAILED;
  }

  private static Progress applied(
      AppRecord record, UnitName unit, Target.Run target, RoundResult round) {
    if (round.outcomes().get(unit) instanceof Outcome.TakenBack(var step, var message, _)) {
      return new Progress.Retrying(Reason.CORRECTION_FAILED, step + ": " + message);
    }
    if (!(record.trial() instanceof Trial.Settling)) {
      return new Progress.Applied();
    }
    if (target.app().spec().health().staysWhenFailed()
        && round.readiness().get(unit) instanceof Readiness.Failing(var why)) {
      return new Progress.Refused(
          Reason.HEALTH_CHECK_FAILED, why + "; it stays, for health.rollback is Never");
    }
    return new Progress.Applying(
        round.readiness().get(unit) instanceof Readiness.Undecided(var why) && !why.isEmpty()
            ? "applied, not ready yet: " + why
            : "applied, watching whether it stays up");
  }

  private static Progress refused(List<Diagnostic> problems) {
    // What the owner denies stays denied whatever else is corrected.
    Diagnostic first =
        problems.stream()
            .filter(problem -> problem.problem() == Problem.POLICY_DENIED)
            .findFirst()
            .orElse(problems.getFirst());
    Reason reason =
        first.problem() == Problem.CANNOT_ENFORCE
            ? Reason.CANNOT_ENFORCE
            : first.problem() == Problem.POLICY_DENIED ? Reason.POLICY_DENIED : Reason.INVALID_SPEC;
    String more = problems.size() > 1 ? " (and " + (problems.size() - 1) + " more)" : "";
    return new Progress.Refused(reason, first + more);
  }
}
