package dev.sandbar.operator.gitsource;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.FileContent;
import dev.sandbar.core.model.GitSourceSettings;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.core.report.Reason;
import dev.sandbar.operator.gitsource.SourceSecrets.Access;
import dev.sandbar.operator.gitsource.SourceSecrets.UnusableSecretException;
import dev.sandbar.operator.publish.FairTurns;
import dev.sandbar.source.git.GitReach;
import dev.sandbar.source.git.GitSettings;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the repository of one GitSource. Reads its Secret, has a worker do the rest, and judges
 * what the worker gives. Used by one thread.
 */
final class Follower {
  private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(10);

  private final SourceSecrets secrets;
  private final String namespace;
  private final Clones clones;
  private final String uid;
  private final GitReach reach;
  private final FairTurns turns;
  private final GitWorkers workers;
  private final DeclaredRoom room;
  private final SourceMetrics metrics;
  private final SourceContents contents;

  private @Nullable GitJob before;
  private @Nullable Rest rest;

  /** What was read last, which a worker need not send again. */
  private DeclaredApps found = DeclaredApps.UNREAD;

  /** The server asked to be left alone, and is, whoever wants to know. */
  private record Rest(Look.Failed failed, long until) {
    Duration left() {
      return Duration.ofNanos(until - System.nanoTime());
    }
  }

  /**
   * @param uid names the clone, which is for this source alone
   * @param turns how many looks at a time there may be, of all sources and of one namespace
   */
  Follower(
      SourceSecrets secrets,
      String namespace,
      Clones clones,
      String uid,
      GitSourceConfig config,
      FairTurns turns,
      GitWorkers workers,
      DeclaredRoom room,
      SourceMetrics metrics,
      SourceContents contents) {
    this.secrets = secrets;
    this.namespace = namespace;
    this.clones = clones;
    this.uid = uid;
    this.reach = config.reach();
    this.turns = turns;
    this.workers = workers;
    this.room = room;
    this.metrics = metrics;
    this.contents = contents;
  }

  /**
   * Looks.
   *
   * @param applied the revision that was applied last; empty if none was
   */
  Look look(GitSourceSettings spec, String applied) throws InterruptedException {
    try (var _ = clones.use(namespace, uid)) {
      Look look = unbounded(spec, applied);
      metrics.looked(look);
      return look;
    }
  }

  private Look unbounded(GitSourceSettings spec, String applied) throws InterruptedException {
    GitJob job;
    Optional<Look> together;
    try (var _ = turns.take(namespace)) {
      switch (step(spec, applied)) {
        case Step.Known(var look) -> {
          return look;
        }
        case Step.Ask(var what) -> {
          job = what;
          together = workers.together(what, found.apps());
        }
      }
    }
    // Without a turn: who waits to be alone keeps nobody else waiting.
    return polled(together.isPresent() ? together.get() : workers.alone(job));
  }

  /** What comes before a poll. */
  private sealed interface Step {
    /** There is nothing to poll. */
    record Known(Look look) implements Step {}

    /** There is. */
    record Ask(GitJob what) implements Step {}
  }

  private Step step(GitSourceSettings spec, String applied) {
    Access access;
    try {
      access = spec.secret().isEmpty() ? Access.NONE : secrets.git(namespace, spec.secret());
    } catch (UnusableSecretException e) {
      return new Step.Known(
          new Look.Failed(
              Reason.AUTHENTICATION_FAILED, !e.isPassing(), String.valueOf(e.getMessage())));
    }
    var settings =
        GitSettings.of(spec.url())
            .withRef(spec.ref())
            .withPath(spec.path())
            .withToken("", access.username());
    var problems = settings.problems(access.secrets(), reach);
    if (!problems.isEmpty()) {
      var first = problems.getFirst();
      return new Step.Known(
          new Look.Failed(Reason.INVALID_SPEC, true, first.message() + " (" + first.help() + ")"));
    }
    GitJob job = job(spec, settings, access, applied);
    Rest asked = rest;
    if (asked != null && asked.left().isPositive()) {
      Look.Failed same = asked.failed();
      return new Step.Known(
          new Look.Failed(same.reason(), same.stalled(), same.message(), asked.left()));
    }
    return new Step.Ask(job);
  }

  private Look polled(Look answer) {
    Look look = checked(answer);
    switch (look) {
      case Look.Unchanged _ -> {}
      // Only now: a revision that could not be read is fetched again, and never called unchanged.
      case Look.Found(var declared) -> {
        contents.named(declared.contents());
        found = declared;
      }
      case Look.Failed failed ->
          rest =
              failed.retryAfter().isPositive()
                  ? new Rest(failed, System.nanoTime() + failed.retryAfter().toNanos())
                  : null;
    }
    return look;
  }

  private GitJob job(GitSourceSettings spec, GitSettings settings, Access access, String applied) {
    GitJob last = before;
    boolean sameSettings = last != null && last.settings().equals(settings);
    if (!sameSettings || contents.takeLost()) {
      found = DeclaredApps.UNREAD;
    }
    var job =
        new GitJob(
            uid,
            namespace,
            contents.key(),
            settings,
            access.secrets(),
            reach.loopback(),
            Collections.min(List.of(spec.timeout(), LONGEST_TIMEOUT)),
            found.revision(),
            applied);
    if (last == null || !sameSettings || !last.secrets().equals(job.secrets())) {
      rest = null; // another server, or other rights there
    }
    before = job;
    return job;
  }

  /** What a worker gives was made of what strangers wrote, by a process that has read it. */
  private Look checked(Look look) {
    if (!(look instanceof Look.Found(var declared))) {
      return look;
    }
    boolean usable =
        !declared.revision().isEmpty()
            && declared.refused().stream().allMatch(AppName::isValid)
            && declared.apps().values().stream().allMatch(this::isUsable);
    if (!usable) {
      return GitWorkers.failed(
          "what was read of the repository is not what Sandbar reads (Report it, with the"
              + " repository)");
    }
    long bytes = declared.apps().values().stream().mapToLong(GitApp::bytes).sum();
    return room.take(namespace, uid, bytes)
        ? look
        : new Look.Failed(
            Reason.GIT_OPERATION_FAILED,
            true,
            "the apps of all GitSources of the namespace have more than %d bytes, or those of all"
                    .formatted(room.maxOfNamespace())
                + " namespaces more than three times as many (Remove apps, or give the operator"
                + " more memory)");
  }

  private boolean isUsable(GitApp app) {
    return AppName.isValid(app.name())
        && app.labels().keySet().stream().noneMatch(it -> it.startsWith(ObjectNames.PREFIX))
        && app.annotations().keySet().stream().noneMatch(ObjectNames::isReserved)
        && app.contents().stream().allMatch(this::isUsable);
  }

  private boolean isUsable(FileContent.Kept kept) {
    return kept.bytes() <= SpecBounds.MOST_KEPT
        && kept.object().equals(contents.name(kept.digest()));
  }
}
