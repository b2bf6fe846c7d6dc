package dev.sandbar.operator.gitsource;

import dev.sandbar.core.report.Reason;
import dev.sandbar.source.Manifests;
import dev.sandbar.source.Snapshot;
import dev.sandbar.source.SourceBudget;
import dev.sandbar.source.SourceTooLargeException;
import dev.sandbar.source.git.Fault;
import dev.sandbar.source.git.GitLimits;
import dev.sandbar.source.git.GitReach;
import dev.sandbar.source.git.GitRepositorySource;
import dev.sandbar.source.git.PollResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * What a worker does: polls repositories and reads their manifests. Remembers connections and what
 * was read of the sources that were polled last; all of that may be lost at any time.
 */
final class GitReading {
  /** Connections and what servers said they can do, which saves a request for each poll. */
  private static final int MAX_SOURCES = 500;

  /** Of all that was read before and is remembered, in keys and values. */
  private static final long MAX_REMEMBERED = 150_000;

  private final Path cache;

  /** Manifests of one source at a time are in memory as a tree. */
  private final Semaphore parsing = new Semaphore(1, true);

  /** The source that was polled last comes last. */
  private final LinkedHashMap<String, Known> known = new LinkedHashMap<>(16, 0.75f, true);

  /** A source, what it was made from, and what was read of it. */
  private static final class Known {
    private final GitJob from;
    private final GitRepositorySource source;
    private @Nullable Remembered remembered;

    Known(GitJob from, GitRepositorySource source) {
      this.from = from;
      this.source = source;
    }

    boolean isFor(GitJob job) {
      return from.namespace().equals(job.namespace())
          && from.contentKey().equals(job.contentKey())
          && from.settings().equals(job.settings())
          && from.secrets().equals(job.secrets())
          && from.timeout().equals(job.timeout())
          && from.loopback() == job.loopback();
    }
  }

  private record Remembered(
      Manifests.Memory memory, DeclaredApps.Reader reader, long values, DeclaredApps found) {
    /** What the operator has of a revision: what it was sent when that was read. */
    Map<String, GitApp> of(String revision) {
      return !found.isUnread() && found.revision().equals(revision) ? found.apps() : Map.of();
    }
  }

  /**
   * What a poll gave.
   *
   * @param before the apps of the revision that the operator has, as far as they are remembered
   */
  record Result(Look look, Map<String, GitApp> before) {
    static Result of(Look look) {
      return new Result(look, Map.of());
    }
  }

  /**
   * @param cache holds a bare clone for each source
   */
  GitReading(Path cache) {
    this.cache = cache;
  }

  /** Polls, and reads what is new. */
  Result look(GitJob job) throws InterruptedException {
    Known here = known(job);
    Path directory = Clones.directory(cache, job.uid());
    var contents = new ContentFiles(job.contentKey(), Clones.contents(directory));
    return switch (here.source.poll(job.revision(), contents)) {
      case PollResult.Unchanged _ -> Result.of(new Look.Unchanged());
      case PollResult.Fetched(var snapshot) -> {
        boolean descends =
            job.applied().isEmpty() || here.source.follows(snapshot.revision(), job.applied());
        Result read = read(here, snapshot, descends, job.revision());
        if (read.look() instanceof Look.Found(var declared)) {
          contents.keepOnly(declared.contents());
        }
        yield read;
      }
      case PollResult.Failed(var fault) -> failed(fault);
      case PollResult.Resting(var fault) -> failed(fault);
    };
  }

  private static Result failed(Fault fault) {
    return Result.of(
        new Look.Failed(
            reason(fault),
            fault.kind() == Fault.Kind.STALLED,
            fault.toString(),
            fault.retryAfter()));
  }

  private Result read(Known here, Snapshot snapshot, boolean descends, String revision)
      throws InterruptedException {
    parsing.acquire();
    try {
      Remembered before = take(here);
      var budget = SourceBudget.ofFleet();
      DeclaredApps declared =
          before
              .reader()
              .read(Manifests.parseForCluster(snapshot, before.memory(), budget), descends);
      keep(here, new Remembered(before.memory(), before.reader(), budget.values(), declared));
      return new Result(new Look.Found(declared), before.of(revision));
    } catch (SourceTooLargeException e) {
      return Result.of(
          new Look.Failed(
              Reason.GIT_OPERATION_FAILED,
              true,
              e.getMessage() + " (Split the repository, or read a narrower path)"));
    } finally {
      parsing.release();
    }
  }

  private synchronized Remembered take(Known here) {
    Remembered before = here.remembered;
    here.remembered = null;
    return before == null
        ? new Remembered(
            new Manifests.Memory(),
            new DeclaredApps.Reader(here.from.namespace()),
            0,
            DeclaredApps.UNREAD)
        : before;
  }

  private synchronized void keep(Known here, Remembered read) {
    here.remembered = read;
    long total = 0;
    for (Known it : new ArrayList<>(known.sequencedValues().reversed())) {
      total += it.remembered == null ? 0 : it.remembered.values();
      if (total > MAX_REMEMBERED) {
        it.remembered = null;
      }
    }
  }

  private synchronized Known known(GitJob job) {
    Optional<Known> same = Optional.ofNullable(known.get(job.uid())).filter(it -> it.isFor(job));
    if (same.isPresent()) {
      return same.get();
    }
    GitReach reach =
        job.loopback() ? GitReach.OTHER_MACHINES.withLoopback() : GitReach.OTHER_MACHINES;
    var made =
        new Known(
            job,
            new GitRepositorySource(
                job.settings(),
                job.secrets(),
                reach,
                GitLimits.DEFAULT.withTimeout(job.timeout()),
                Clones.directory(cache, job.uid())));
    known.put(job.uid(), made);
    if (known.size() > MAX_SOURCES) {
      known.pollFirstEntry();
    }
    return made;
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
