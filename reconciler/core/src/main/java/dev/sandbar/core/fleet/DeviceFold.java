package dev.sandbar.core.fleet;

import dev.sandbar.core.fleet.Tally.Standing;
import dev.sandbar.core.report.Condition;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.core.report.ConditionSet;
import dev.sandbar.core.report.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/** What the apps of one device amount to. */
public final class DeviceFold {
  /** More are counted and not listed: a status that is too large is refused as a whole. */
  public static final int MOST_REFUSALS = 64;

  private final String name;
  private final Reach reach;
  private final SortedMap<String, AppOnDevice> apps;
  private final List<Refusal> refusals = new ArrayList<>();
  private final List<Failure> failing = new ArrayList<>();

  /** Those that wait for a person: Ready and Stalled of the device are about them. */
  private final List<Failure> stalling = new ArrayList<>();

  private final List<String> degraded = new ArrayList<>();
  private final List<String> drifting = new ArrayList<>();
  private final List<String> waiting = new ArrayList<>();
  private final List<Failure> kept = new ArrayList<>();
  private final List<String> withdrawn = new ArrayList<>();
  private final Tally tally = new Tally();
  private final String misread;
  private final String recipient;
  private final Duration metered;

  private record Failure(String app, String reason, String message) {}

  /** An app that the device cannot run as declared, and what to do. */
  public record Refusal(String app, String reason, String message, String help) {}

  /** Counts of apps. */
  public record Counts(int desired, int ready, int drifted, int cannotEnforce) {}

  /** All of it; conditions of other kinds than these are somebody else's. */
  public record Summary(Counts counts, List<Refusal> cannotEnforce, List<Condition> conditions) {
    public Summary {
      cannotEnforce = List.copyOf(cannotEnforce);
      conditions = List.copyOf(conditions);
    }
  }

  private DeviceFold(
      String name,
      Reach reach,
      SortedMap<String, AppOnDevice> apps,
      String misread,
      String recipient,
      Duration metered) {
    this.name = name;
    this.reach = reach;
    this.apps = apps;
    this.misread = misread;
    this.recipient = recipient;
    this.metered = metered;
  }

  /**
   * The summary.
   *
   * @param name of the device
   * @param apps that select the device, by name
   * @param misread what of the Device cannot be used, with its path: of its status, if nothing else
   *     is wrong; empty if all can
   * @param recipient why nothing is sealed to the recipient that the device reports; empty if that
   *     is not so
   * @param metered how often the device renews its Lease if its link is metered, which is said
   *     beside what is known of it; zero if it is not
   * @param previous the previous conditions, for the times of those that stay
   */
  public static Summary fold(
      String name,
      Reach reach,
      SortedMap<String, AppOnDevice> apps,
      String misread,
      String recipient,
      Duration metered,
      List<Condition> previous,
      Instant now) {
    var fold = new DeviceFold(name, reach, apps, misread, recipient, metered);
    apps.forEach(fold::add);
    var draft = new ConditionSet(previous, now);
    fold.drift(draft);
    fold.ready(draft);
    return new Summary(
        new Counts(
            fold.desired(),
            fold.tally.of(Standing.READY),
            fold.drifting.size(),
            fold.refusals.size()),
        fold.refusals.stream().limit(MOST_REFUSALS).toList(),
        List.copyOf(draft.conditions().values()));
  }

  private void add(String name, AppOnDevice app) {
    Seen seen = app.seen();
    if (app.intent() instanceof Intent.Refused(var reason, var message, var help)) {
      refusals.add(new Refusal(name, reason, message, help));
    }
    if (app.intent() instanceof Intent.Withdrawn) {
      withdrawn.add(name);
    }
    if (app.intent() instanceof Intent.Waiting(var message)) {
      waiting.add("; " + name + ": " + message);
    }
    if (seen.drifted()) {
      drifting.add(name);
    }
    if (seen.isWaiting()) {
      kept.add(new Failure(name, seen.reason(), seen.message()));
    }
    if (seen.ready() == Status.FALSE) {
      var failure = new Failure(name, seen.reason(), seen.message());
      (app.stalled() ? stalling : failing).add(failure);
    }
    boolean current =
        app.intent() instanceof Intent.Published(var generation) && generation == seen.generation();
    if (reach == Reach.REACHABLE && current && seen.ready() == Status.TRUE && !seen.drifted()) {
      tally.add(Standing.READY);
      if (!seen.degraded().isEmpty()) {
        degraded.add(name + ": " + seen.degraded());
      }
    }
  }

  private void drift(ConditionSet draft) {
    if (!drifting.isEmpty()) {
      String names = String.join(", ", drifting.subList(0, Math.min(3, drifting.size())));
      String more = drifting.size() > 3 ? " and " + (drifting.size() - 3) + " more" : "";
      draft.set(Type.DRIFTED, Status.TRUE, Reason.DRIFT_DETECTED, "drifted: " + names + more);
    } else if (unobserved()) {
      draft.set(Type.DRIFTED, Status.UNKNOWN, Reason.NOT_OBSERVED, "not observed");
    } else {
      draft.set(Type.DRIFTED, Status.FALSE, Reason.NO_DRIFT_DETECTED, "as applied");
    }
  }

  private boolean unobserved() {
    return reach != Reach.REACHABLE
        || (!apps.isEmpty() && apps.values().stream().allMatch(a -> a.seen().generation() == 0));
  }

  private void ready(ConditionSet draft) {
    int ready = tally.of(Standing.READY);
    String noun = desired() == 1 ? " app" : " apps";
    String count = ready + " of " + desired() + noun + " ready" + rarely() + kept();
    switch (reach) {
      case UNAPPROVED ->
          draft.set(
              Type.READY,
              Status.UNKNOWN,
              Reason.AWAITING_APPROVAL,
              "not approved yet: " + Reach.approval(name));
      case NEVER ->
          draft.set(
              Type.READY, Status.UNKNOWN, Reason.NOT_OBSERVED, "the device has not reported yet");
      case UNREACHABLE ->
          draft.set(Type.READY, Status.UNKNOWN, Reason.DEVICE_UNREACHABLE, "unreachable");
      case REACHABLE -> heard(draft, ready, count);
    }
    if (!misread.isEmpty()) {
      draft.set(Type.STALLED, Status.TRUE, Reason.INVALID_REPORT, misreport());
    } else if (!recipient.isEmpty()) {
      draft.set(Type.STALLED, Status.TRUE, Reason.RECIPIENT_CHANGED, recipient);
    } else if (!refusals.isEmpty()) {
      draft.set(Type.STALLED, Status.TRUE, refusalReason(), refusal());
    } else if (!stalling.isEmpty()) {
      draft.set(Type.STALLED, Status.TRUE, stalling.getFirst().reason(), failures());
    }
  }

  private void heard(ConditionSet draft, int ready, String count) {
    if (!misread.isEmpty()) {
      draft.set(Type.READY, Status.FALSE, Reason.INVALID_REPORT, misreport());
    } else if (!refusals.isEmpty()) {
      draft.set(Type.READY, Status.FALSE, refusalReason(), refusal());
    } else if (!stalling.isEmpty()) {
      draft.set(Type.READY, Status.FALSE, stalling.getFirst().reason(), failures());
    } else if (!failing.isEmpty()) {
      draft.set(Type.READY, Status.FALSE, failing.getFirst().reason(), failures());
    } else if (!drifting.isEmpty()) {
      draft.set(Type.READY, Status.FALSE, Reason.DRIFT_DETECTED, count);
    } else if (!kept.isEmpty() && ready + kept.size() == desired()) {
      Failure first = kept.getFirst();
      draft.set(
          Type.READY,
          Status.UNKNOWN,
          first.reason(),
          count + "; " + first.app() + ": " + first.message());
    } else if (ready < desired()) {
      draft.set(
          Type.READY,
          Status.UNKNOWN,
          Reason.PROGRESSING,
          count + (waiting.isEmpty() ? "" : waiting.getFirst()));
    } else if (!degraded.isEmpty()) {
      String more = degraded.size() > 1 ? " and " + (degraded.size() - 1) + " more" : "";
      draft.set(
          Type.READY, Status.TRUE, Reason.DEGRADED, count + "; " + degraded.getFirst() + more);
    } else {
      draft.set(
          Type.READY,
          Status.TRUE,
          Reason.RECONCILIATION_SUCCEEDED,
          desired() == 0 ? "no app selects it" + rarely() + kept() : count);
    }
  }

  /** Apps that select it. */
  private int desired() {
    return apps.size() - withdrawn.size();
  }

  /** What stays although it no longer selects the device. */
  private String kept() {
    return withdrawn.isEmpty()
        ? ""
        : "; held back from removal, though no longer selected: "
            + String.join(", ", withdrawn.subList(0, Math.min(3, withdrawn.size())))
            + (withdrawn.size() > 3 ? " and " + (withdrawn.size() - 3) + " more" : "");
  }

  /** How old this can be, of a device that renews its Lease less often than others. */
  private String rarely() {
    return metered.isZero() ? "" : " (metered: seen every " + metered.toMinutes() + " min)";
  }

  private String misreport() {
    return misread.startsWith("status.")
        ? "the device reports what cannot be used, and it is left out: " + misread
        : "what the Device says cannot be used, and its bundle stays as it is: " + misread;
  }

  /** Full is the bundle of a device that may enforce everything. */
  private String refusalReason() {
    String first = refusals.getFirst().reason();
    return first.equals(Reason.INVALID_SPEC.text()) ? Reason.CANNOT_ENFORCE.text() : first;
  }

  private String refusal() {
    Refusal first = refusals.getFirst();
    String more = refusals.size() > 1 ? " and " + (refusals.size() - 1) + " more" : "";
    return first.app() + ": " + first.message() + more;
  }

  private String failures() {
    Failure first = (stalling.isEmpty() ? failing : stalling).getFirst();
    int more = stalling.size() + failing.size() - 1;
    return first.app() + ": " + first.message() + (more > 0 ? " and " + more + " more" : "");
  }
}
