package dev.sandbar.operator.gitsource;

import dev.sandbar.core.report.Reason;
import dev.sandbar.operator.gitsource.SourceSecrets.Access;
import dev.sandbar.operator.gitsource.SourceSecrets.UnusableSecretException;
import dev.sandbar.operator.publish.FairTurns;
import dev.sandbar.source.Manifests;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.SourceBudget;
import dev.sandbar.source.SourceTooLargeException;
import dev.sandbar.source.git.Fault;
import dev.sandbar.source.git.GitLimits;
import dev.sandbar.source.git.GitReach;
import dev.sandbar.source.git.GitRepositorySource;
import dev.sandbar.source.git.GitSettings;
import dev.sandbar.source.git.PollResult;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Looks at the repository of one GitSource. Used by one thread. */
final class Follower {
  private final SourceSecrets secrets;
  private final String namespace;
  private final Clones clones;
  private final String uid;
  private final GitReach reach;
  private final GitLimits limits;
  private final FairTurns turns;
  private final SourceMetrics metrics;
  private final SourceContents contents;

  private final Manifests.Memory memory = new Manifests.Memory();
  private final DeclaredApps.Reader reader;
  private @Nullable Settled settled;
  private String revision = "";

  /** A source and what it was made from. */
  private record Settled(
      GitSettings settings, Access access, GitLimits limits, GitRepositorySource source) {}

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
      Function<Object, String> json,
      SourceMetrics metrics,
      SourceContents contents) {
    this.secrets = secrets;
    this.namespace = namespace;
    this.clones = clones;
    this.uid = uid;
    this.reach = config.reach();
    this.limits = config.limits();
    this.turns = turns;
    this.reader = new DeclaredApps.Reader(namespace, json);
    this.metrics = metrics;
    this.contents = contents;
  }

  /**
   * Looks.
   *
   * @param applied the revision that was applied last; empty if none was
   */
  Look look(SourceSpec spec, String applied) throws InterruptedException {
    try (var _ = turns.take(namespace);
        var _ = clones.use(namespace, uid)) {
      Look look = unbounded(spec, applied);
      metrics.looked(look);
      return look;
    }
  }

  private Look unbounded(SourceSpec spec, String applied) {
    Access access;
    try {
      access = spec.secret().isEmpty() ? Access.NONE : secrets.git(namespace, spec.secret());
    } catch (UnusableSecretException e) {
      return new Look.Failed(
          Reason.AUTHENTICATION_FAILED, !e.isPassing(), String.valueOf(e.getMessage()));
    }
    var settings =
        GitSettings.of(spec.url())
            .withRef(spec.ref())
            .withPath(spec.path())
            .withToken("", access.username());
    var problems = settings.problems(access.secrets(), reach);
    if (!problems.isEmpty()) {
      var first = problems.getFirst();
      return new Look.Failed(
          Reason.INVALID_SPEC, true, first.message() + " (" + first.help() + ")");
    }
    GitRepositorySource source = source(settings, access, spec);
    if (contents.takeLost()) {
      revision = "";
    }
    return switch (source.poll(revision, contents)) {
      case PollResult.Unchanged _ -> new Look.Unchanged();
      case PollResult.Fetched(var snapshot) -> read(source, snapshot, applied);
      case PollResult.Failed(var fault) -> failed(fault);
      case PollResult.Resting(var fault) -> failed(fault);
    };
  }

  private static Look failed(Fault fault) {
    return new Look.Failed(
        reason(fault), fault.kind() == Fault.Kind.STALLED, fault.toString(), fault.retryAfter());
  }

  private Look read(GitRepositorySource source, Snapshot snapshot, String applied) {
    try {
      DeclaredApps declared =
          reader.read(
              Manifests.parseForCluster(snapshot, memory, SourceBudget.ofFleet()),
              applied.isEmpty() || source.follows(snapshot.revision(), applied));
      contents.keepOnly(declared.contents());
      // Only now: a revision that could not be read is fetched again, and never called unchanged.
      revision = snapshot.revision();
      return new Look.Found(declared);
    } catch (SourceTooLargeException e) {
      return new Look.Failed(
          Reason.GIT_OPERATION_FAILED,
          true,
          e.getMessage() + " (Split the repository, or read a narrower path)");
    }
  }

  private GitRepositorySource source(GitSettings settings, Access access, SourceSpec spec) {
    GitLimits bounds = limits.withTimeout(spec.boundedTimeout());
    Optional<Settled> before =
        Optional.ofNullable(settled).filter(it -> it.settings.equals(settings));
    if (before.isEmpty()) {
      revision = "";
    }
    Optional<Settled> same =
        before.filter(it -> it.access.equals(access) && it.limits.equals(bounds));
    if (same.isPresent()) {
      return same.get().source;
    }
    var source =
        new GitRepositorySource(settings, access.secrets(), reach, bounds, clones.directory(uid));
    settled = new Settled(settings, access, bounds, source);
    return source;
  }

  private static Reason reason(Fault fault) {
    return switch (fault.reason()) {
      case AUTHENTICATION_FAILED, SERVER_NOT_TRUSTED -> Reason.AUTHENTICATION_FAILED;
      case UNREACHABLE,
          TIMED_OUT,
          LOCAL_STATE,
          FORBIDDEN_ADDRESS,
          REDIRECTED,
          REPOSITORY_MISSING,
          REF_MISSING,
          PATH_MISSING,
          TOO_LARGE,
          UNSAFE_OBJECT ->
          Reason.GIT_OPERATION_FAILED;
    };
  }
}
