package dev.sandbar.core.probe;

import dev.sandbar.core.probe.Judged.Verdict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the attempts of the kit say of a sandbox.
 *
 * @param attempts in the order in which they were made
 * @param missing ids of attempts that were not reported
 * @param unknown ids that were reported and that this version of Sandbar does not know
 */
public record ProbeJudgement(
    List<Judged> attempts, SortedSet<String> missing, SortedSet<String> unknown) {

  public ProbeJudgement {
    attempts = List.copyOf(attempts);
    missing = Collections.unmodifiableSortedSet(new TreeSet<>(missing));
    unknown = Collections.unmodifiableSortedSet(new TreeSet<>(unknown));
  }

  /** Judges what the kit reported. */
  public static ProbeJudgement of(
      List<ProbeAttempt> reported, ProbeGrants grants, ProbeTargets targets) {
    SortedMap<String, AttemptOpening> table = ProbeTable.of(targets);
    var judged = new ArrayList<Judged>();
    var missing = new TreeSet<>(table.keySet());
    var unknown = new TreeSet<String>();
    for (ProbeAttempt attempt : reported) {
      if (table.containsKey(attempt.id())) {
        missing.remove(attempt.id());
        judged.add(judged(attempt, table.getOrDefault(attempt.id(), NOTHING), grants));
      } else {
        unknown.add(attempt.id());
        judged.add(judged(attempt, NOTHING, grants));
      }
    }
    return new ProbeJudgement(judged, missing, unknown);
  }

  /** The ids of all attempts, with whether each may be open in a closed sandbox. */
  public static SortedMap<String, Boolean> known() {
    var known = new TreeMap<String, Boolean>();
    ProbeTable.of(ProbeTargets.DEFAULT)
        .forEach(
            (id, opening) ->
                known.put(
                    id,
                    opening instanceof AttemptOpening.Harmless
                        || opening instanceof AttemptOpening.Control));
    return known;
  }

  /** What opens an attempt of which nothing is known: nobody granted it. */
  private static final AttemptOpening NOTHING = new AttemptOpening.Unpermitted(List.of());

  /**
   * Controls that write where every app in closed mode may. In open mode an app has the folders of
   * the device, which a directive or the service itself may write-protect.
   */
  private static final Set<String> FOLDERS = Set.of("own-tmp", "own-shm");

  private static Judged judged(ProbeAttempt attempt, AttemptOpening opening, ProbeGrants grants) {
    boolean open = attempt.end() == ProbeAttempt.End.OPEN;
    boolean granted = grants.grants(opening);
    return switch (opening) {
      case AttemptOpening.Control(var calls) -> {
        boolean closed =
            calls.stream().anyMatch(grants.denied()::contains)
                || (grants.sandbox().unconfined() && FOLDERS.contains(attempt.id()));
        boolean failed = !open && !closed;
        yield new Judged(
            attempt, new TreeSet<>(), granted, failed ? Verdict.CONTROL_FAILED : Verdict.IGNORED);
      }
      case AttemptOpening.Harmless() ->
          new Judged(attempt, new TreeSet<>(), granted, Verdict.IGNORED);
      case AttemptOpening.Unpermitted _ ->
          new Judged(attempt, new TreeSet<>(), granted, verdict(open, granted, false));
      case AttemptOpening.Permitted permitted ->
          new Judged(
              attempt,
              ProbeTable.permissions(permitted),
              granted,
              // What a plain service has is not worth a word where the device has none of it.
              verdict(open, granted, grants.permits(opening) && !grants.sandbox().unconfined()));
    };
  }

  private static Verdict verdict(boolean open, boolean granted, boolean notable) {
    if (open) {
      return granted ? Verdict.GRANTED : Verdict.NOT_GRANTED;
    }
    return granted && notable ? Verdict.GRANTED_REFUSED : Verdict.REFUSED;
  }

  /** The attempts of that verdict. */
  public List<Judged> with(Verdict verdict) {
    return attempts.stream().filter(it -> it.verdict() == verdict).toList();
  }

  /**
   * Why the attempts prove nothing, as the end of a sentence; empty if they do.
   *
   * @param complete whether the kit came to its end
   */
  public String invalid(boolean complete) {
    if (!complete || !missing.isEmpty()) {
      return attempts.isEmpty()
          ? "the kit reported no attempt"
          : "the kit reported %d attempts and not %s"
              .formatted(attempts.size(), missing.isEmpty() ? "its end" : missing.first());
    }
    List<Judged> failed = with(Verdict.CONTROL_FAILED);
    return failed.isEmpty()
        ? ""
        : "the kit could not do what any program can: "
            + failed.stream()
                .map(it -> it.attempt().id())
                .reduce((a, b) -> a + ", " + b)
                .orElse("");
  }
}
