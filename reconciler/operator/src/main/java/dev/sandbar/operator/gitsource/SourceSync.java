package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.core.plan.PruneGuard;
import dev.sandbar.operator.publish.ApiFailure;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Brings the apps of one namespace to what one source declares, and remembers what differs. Decides
 * by the watch alone; the only requests are writes. Used by one thread.
 */
final class SourceSync {
  private final String source;
  private final LiveApps apps;
  private final AppWrites writes;
  private final Judge judge;
  private final WriteLimiter turns;
  private final Fights fights;
  private final Clock clock;
  private final SourceMetrics metrics;

  private DeclaredApps declared = DeclaredApps.UNREAD;
  private final Map<String, String> lastDeclared = new HashMap<>();
  private final TreeSet<String> inventory = new TreeSet<>();
  private final TreeMap<String, String> foreign = new TreeMap<>();
  private final TreeMap<String, String> failed = new TreeMap<>();
  private final TreeMap<String, Diagnostic> refused = new TreeMap<>();
  private final TreeMap<String, Verdict.Drifted> drifts = new TreeMap<>();

  /** When those may be put right that may not yet; a write that failed waits for the next look. */
  private final TreeMap<String, Instant> waits = new TreeMap<>();

  private final HeldBack heldBack = new HeldBack();

  SourceSync(
      String source,
      LiveApps apps,
      AppWrites writes,
      Judge judge,
      WriteLimiter turns,
      Fights fights,
      Clock clock,
      SourceMetrics metrics) {
    this.source = source;
    this.apps = apps;
    this.writes = writes;
    this.judge = judge;
    this.turns = turns;
    this.fights = fights;
    this.clock = clock;
    this.metrics = metrics;
  }

  /** What one run has done, for events and the log. */
  static final class Outcome {
    final TreeSet<String> created = new TreeSet<>();
    final TreeSet<String> configured = new TreeSet<>();
    final TreeSet<String> pruned = new TreeSet<>();
    final TreeMap<String, Verdict.Drifted> corrected = new TreeMap<>();
    final TreeMap<String, Verdict.Drifted> reported = new TreeMap<>();

    /** True if something else than drift was written. */
    boolean hasChanges() {
      return !created.isEmpty() || !configured.isEmpty() || !pruned.isEmpty();
    }

    boolean hasWrites() {
      return hasChanges() || !corrected.isEmpty();
    }
  }

  private record Write(GitApp desired, boolean force, boolean isNew, Verdict verdict) {}

  /**
   * Takes over what the status said: before the first run.
   *
   * @param owned what the source owns
   * @param whole whether everything of the last revision was in force, so that nothing was held
   *     back
   */
  void remember(Collection<String> owned, boolean whole) {
    inventory.addAll(owned);
    if (!whole) {
      heldBack.lost();
    }
  }

  void declare(DeclaredApps next) {
    declared = next;
    refused.clear();
  }

  /** So many writes the next full run would begin with. */
  int due() {
    return (int)
        declared.apps().values().stream()
            .map(this::verdict)
            .filter(it -> it instanceof Verdict.New || it instanceof Verdict.Changed)
            .count();
  }

  /** Looks at everything. */
  Outcome everything(boolean correct, boolean prune, PruneGuard.Consent removals)
      throws InterruptedException {
    DeclaredApps now = declared;
    var outcome = new Outcome();
    if (now.isUnread()) {
      return outcome;
    }
    refused.clear();
    drifts.keySet().retainAll(now.apps().keySet());
    waits.clear();
    foreign.keySet().retainAll(now.apps().keySet());
    failed.clear();
    // Judged first: what this revision brings must not make what it takes away look small.
    SortedSet<AppName> doomed =
        prune ? heldBack.judge(now, owned().keySet(), inventory, removals) : heldBack.nothing();
    converge(now, now.apps().values(), correct, outcome);
    adoptInventory(now);
    SortedMap<AppName, Live> going = owned();
    going.keySet().retainAll(doomed);
    delete(List.copyOf(going.values()), now.revision(), outcome);
    now.apps().forEach((name, app) -> lastDeclared.put(name, app.digest().hex()));
    lastDeclared.keySet().retainAll(now.apps().keySet());
    return outcome;
  }

  /** Looks at some apps again, after the watch has sent them or their wait is over. */
  Outcome again(Collection<String> names, boolean correct) throws InterruptedException {
    DeclaredApps now = declared;
    var outcome = new Outcome();
    if (!now.isUnread()) {
      List<GitApp> some =
          names.stream()
              .filter(name -> now.apps().containsKey(name) && !refused.containsKey(name))
              .map(name -> now.apps().get(name))
              .toList();
      converge(now, some, correct, outcome);
      adoptInventory(now);
    }
    return outcome;
  }

  /** Deletes all that the source owns; true if nothing is left. */
  boolean deleteAll() throws InterruptedException {
    var outcome = new Outcome();
    // An app that could not be written keeps nothing.
    failed.clear();
    delete(apps.ownedBy(source).stream().filter(it -> !it.deleting()).toList(), "", outcome);
    return failed.isEmpty();
  }

  /** When an app whose correction waits may be put right; far away if none waits. */
  Instant nextCorrection() {
    return waits.values().stream().min(Instant::compareTo).orElse(Instant.MAX);
  }

  /** The apps whose wait is over. */
  SortedSet<String> due(Instant now) {
    return waits.entrySet().stream()
        .filter(it -> !it.getValue().isAfter(now))
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Nothing is put right until the next full run. */
  void pause() {
    waits.clear();
  }

  SourceState state(SourceState.Failure failure) {
    Instant now = clock.instant();
    var problems = new ArrayList<>(declared.problems());
    problems.addAll(refused.values());
    SortedSet<String> fought =
        drifts.keySet().stream()
            .filter(name -> fights.isFight(name, now))
            .collect(Collectors.toCollection(TreeSet::new));
    var failing = new TreeMap<String, Live.Failing>();
    apps.ownedBy(source).stream()
        .filter(live -> !live.failing().equals(Live.Failing.NONE) && !live.deleting())
        .forEach(live -> failing.put(live.name(), live.failing()));
    return new SourceState(
        failure,
        declared.revision(),
        problems,
        new TreeMap<>(foreign),
        new TreeMap<>(failed),
        heldBack.why(),
        new TreeMap<>(drifts),
        fought,
        failing,
        new TreeSet<>(inventory));
  }

  private Verdict verdict(GitApp desired) {
    String name = desired.name();
    return judge.judge(
        desired,
        apps.get(name).orElse(null),
        inventory.contains(name),
        lastDeclared.getOrDefault(name, ""));
  }

  private void converge(DeclaredApps now, Collection<GitApp> some, boolean correct, Outcome outcome)
      throws InterruptedException {
    var due = new ArrayList<Write>();
    Instant moment = clock.instant();
    for (GitApp desired : some) {
      String name = desired.name();
      failed.remove(name);
      waits.remove(name);
      switch (verdict(desired)) {
        case Verdict.Settled _ -> settled(name);
        case Verdict.Going _ -> {}
        case Verdict.Foreign(var owner) -> {
          settled(name);
          inventory.remove(name);
          foreign.put(name, owner);
        }
        case Verdict.New v -> due.add(new Write(desired, false, true, v));
        case Verdict.Changed v -> {
          fights.forget(name);
          due.add(new Write(desired, true, false, v));
        }
        case Verdict.Drifted v -> {
          boolean known = v.equals(drifts.put(name, v));
          Instant when = fights.mayCorrect(name, moment);
          if (correct && !when.isAfter(moment)) {
            due.add(new Write(desired, true, apps.get(name).isEmpty(), v));
            continue;
          }
          if (correct) {
            waits.put(name, when);
          }
          if (!known) {
            outcome.reported.put(name, v);
            metrics.drifted("reported");
          }
        }
      }
    }
    write(now.revision(), due, outcome);
  }

  private void settled(String name) {
    drifts.remove(name);
    foreign.remove(name);
  }

  private void write(String revision, List<Write> due, Outcome outcome)
      throws InterruptedException {
    List<Applied> results =
        turns.all(
            due, it -> Applied.write(writes, apps, judge, it.desired(), revision, it.force()));
    for (int i = 0; i < due.size(); i++) {
      took(due.get(i), results.get(i), outcome);
    }
  }

  private void took(Write write, Applied result, Outcome outcome) {
    String name = write.desired().name();
    switch (result) {
      case Applied.Done _ -> {
        settled(name);
        inventory.add(name);
        done(write, outcome);
      }
      case Applied.Different(var live, var differences) -> {
        // Not tried again at once: what gives back something else would do so again.
        inventory.add(name);
        foreign.remove(name);
        var drift = new Verdict.Drifted(differences, live.changedBy());
        drifts.put(name, drift);
        Instant now = clock.instant();
        fights.corrected(name, now);
        waits.put(name, fights.mayCorrect(name, now));
        outcome.reported.put(name, drift);
        metrics.drifted("failed");
      }
      case Applied.Refused(var problem) -> refused.put(name, problem);
      case Applied.Overtaken _ ->
          failed.put(
              name,
              write.force()
                  ? "somebody else has just changed it"
                  : "somebody else has just made it");
      case Applied.Failed(var message) -> failed.put(name, message);
    }
  }

  private void done(Write write, Outcome outcome) {
    String name = write.desired().name();
    if (write.verdict() instanceof Verdict.Drifted drift) {
      fights.corrected(name, clock.instant());
      outcome.corrected.put(name, drift);
      metrics.drifted("corrected");
      metrics.wrote("corrected");
    } else if (write.isNew()) {
      outcome.created.add(name);
      metrics.wrote("created");
    } else {
      outcome.configured.add(name);
      metrics.wrote("configured");
    }
  }

  /** What is labelled as ours is ours; what was ours and has been deleted by hand still is. */
  private void adoptInventory(DeclaredApps now) {
    var owned = new TreeSet<String>();
    apps.ownedBy(source).forEach(live -> owned.add(live.name()));
    inventory.removeIf(name -> !owned.contains(name) && !now.apps().containsKey(name));
    inventory.addAll(owned);
    inventory.removeIf(foreign::containsKey);
  }

  private SortedMap<AppName, Live> owned() {
    SortedMap<AppName, Live> owned = new TreeMap<>();
    for (Live live : apps.ownedBy(source)) {
      if (!live.deleting() && AppName.isValid(live.name())) {
        owned.put(new AppName(live.name()), live);
      }
    }
    return owned;
  }

  private void delete(List<Live> doomed, String revision, Outcome outcome)
      throws InterruptedException {
    List<String> results =
        turns.all(
            doomed,
            live -> {
              try {
                writes.delete(live, revision);
                apps.acceptDeleted(live);
                return "";
              } catch (KubernetesClientException e) {
                return ApiFailure.message(e);
              }
            });
    for (int i = 0; i < doomed.size(); i++) {
      String name = doomed.get(i).name();
      if (results.get(i).isEmpty()) {
        outcome.pruned.add(name);
        inventory.remove(name);
        failed.remove(name);
        metrics.wrote("pruned");
      } else {
        failed.put(name, "cannot be deleted: " + results.get(i));
      }
    }
  }
}
