package dev.sandbar.core.fleet;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.bundle.ReportedApp;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Reason;
import dev.sandbar.core.report.Suspension;
import java.util.List;
import java.util.Set;

/**
 * What a device last reported of one app, as far as a status needs it.
 *
 * @param generation of the AppSandbox that runs; 0 if none does
 * @param ready what it says of itself
 * @param drifted whether it differs from what was applied
 * @param stalled whether a person is needed
 * @param suspension whether it is left as it is there, and what is not done because of that
 * @param reason of {@code ready}, one word
 * @param message of {@code ready}
 * @param degraded what of the app the device does not hold although it runs; empty if nothing is
 *     known
 */
public record Seen(
    long generation,
    Condition.Status ready,
    boolean drifted,
    boolean stalled,
    Suspension suspension,
    String reason,
    String message,
    String degraded) {

  /** So many directives are named in a message. */
  private static final int NAMED = 4;

  private static final Set<String> WAITING =
      Set.of(Reason.WAITING_FOR_WINDOW.text(), Reason.WAITING_FOR_APP.text(), Reason.HELD.text());

  /** Nothing yet. */
  public static final Seen NOTHING =
      new Seen(
          0,
          Condition.Status.UNKNOWN,
          false,
          false,
          Suspension.NONE,
          Reason.NOT_OBSERVED.text(),
          "the device has not reported it yet",
          "");

  /** Of an app that is looked after, and of which the device holds everything. */
  public Seen(
      long generation,
      Condition.Status ready,
      boolean drifted,
      boolean stalled,
      String reason,
      String message) {
    this(generation, ready, drifted, stalled, Suspension.NONE, reason, message, "");
  }

  /** From a report, which is a stranger's text: a word that is none is not passed on. */
  public static Seen of(ReportedApp app) {
    Condition.Status ready = Condition.Status.UNKNOWN;
    String reason = Reason.NOT_OBSERVED.text();
    String message = "";
    boolean drifted = !app.drifts().isEmpty();
    boolean stalled = false;
    Suspension suspension = Suspension.NONE;
    for (Condition condition : app.conditions()) {
      switch (condition.type()) {
        case READY -> {
          ready = condition.status();
          reason = word(condition.reason());
          message = condition.message();
        }
        case DRIFTED -> drifted |= condition.holds();
        case STALLED -> stalled |= condition.holds();
        case SUSPENDED -> suspension = Suspension.reported(condition.message());
        case RECONCILING, HEALTHY, ENROLLED -> {}
      }
    }
    return new Seen(
        app.generation(),
        ready,
        drifted,
        stalled,
        suspension,
        reason,
        message,
        degraded(app, drifted));
  }

  /** Whether it goes on with an earlier version because its owner or the app wants it so. */
  boolean isWaiting() {
    return ready == Condition.Status.UNKNOWN && WAITING.contains(reason);
  }

  /** Whether an earlier version runs because this one failed. */
  boolean rolledBack() {
    return ready == Condition.Status.FALSE && reason.equals(Reason.ROLLED_BACK.text());
  }

  /** What drifted says so itself. */
  private static String degraded(ReportedApp app, boolean drifted) {
    List<String> named =
        app.notEnforced().stream().filter(Seen::isWord).limit(NAMED + 1L).sorted().toList();
    if (!named.isEmpty()) {
      String more = named.size() > NAMED ? " and more" : "";
      return "not enforced: "
          + String.join(", ", named.subList(0, Math.min(NAMED, named.size())))
          + more;
    }
    if (app.ignored() > 0 && !drifted) {
      return app.ignored() == 1
          ? "1 difference is ignored by the spec"
          : app.ignored() + " differences are ignored by the spec";
    }
    return app.enforcement() == Enforcement.DEGRADED && !drifted
        ? "the device does not enforce all of it"
        : "";
  }

  private static String word(String text) {
    return isWord(text) ? text : Reason.RECONCILIATION_FAILED.text();
  }

  private static boolean isWord(String text) {
    return !text.isEmpty()
        && text.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
  }
}
