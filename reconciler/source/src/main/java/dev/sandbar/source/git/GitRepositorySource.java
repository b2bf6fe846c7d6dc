package dev.sandbar.source.git;

import dev.sandbar.core.model.Diagnostic;
import dev.sandbar.source.ContentKeeper;
import dev.sandbar.source.git.Fault.Reason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A repository behind {@code https://}, {@code ssh://} or {@code file:///}.
 *
 * <p>A poll first asks the server for the one ref. Only if it has moved, the commit is fetched,
 * without history, into a bare clone in the state directory. Manifests are read from there without
 * a checkout. Whatever is wrong with the clone, it is made anew. A rewritten history is followed as
 * any other change; the caller can ask whether it was.
 *
 * <p>Results are returned to the caller, who logs them; the log here has only what the caller
 * cannot know.
 */
public final class GitRepositorySource implements RevisionSource {
  private static final Logger LOG = LoggerFactory.getLogger(GitRepositorySource.class);

  /** How long a worker that is past its time limit may take to notice. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final GitSettings settings;
  private final Remote.Access access;
  private final GitLimits limits;
  private final Path stateDirectory;
  private @Nullable Thread worker;
  private @Nullable Rest rest;

  /** The server asked to be left alone, and is, whoever wants to know. */
  private record Rest(Fault fault, long until) {
    static @Nullable Rest of(PollResult result) {
      return result instanceof PollResult.Failed(var fault) && fault.retryAfter().isPositive()
          ? new Rest(fault, System.nanoTime() + fault.retryAfter().toNanos())
          : null;
    }

    Duration left() {
      return Duration.ofNanos(until - System.nanoTime());
    }
  }

  /**
   * @param stateDirectory a directory for this source alone; made if it is missing
   * @throws IllegalArgumentException if the settings have {@link GitSettings#problems problems}
   */
  public GitRepositorySource(GitSettings settings, GitLimits limits, Path stateDirectory) {
    this(settings, GitSecrets.NONE, GitReach.ANYWHERE, limits, stateDirectory);
  }

  /**
   * The same with secrets that are in memory, for settings whose author may not reach everything.
   *
   * @throws IllegalArgumentException if the settings have {@link GitSettings#problems(GitSecrets,
   *     GitReach) problems}
   */
  public GitRepositorySource(
      GitSettings settings,
      GitSecrets secrets,
      GitReach reach,
      GitLimits limits,
      Path stateDirectory) {
    List<Diagnostic> problems = settings.problems(secrets, reach);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(problems.getFirst().toString());
    }
    this.settings = settings;
    this.access =
        new Remote.Access(
            new GitCredentials(settings, secrets), reach, new HttpsTrust(), new Advertisement());
    this.limits = limits;
    this.stateDirectory = stateDirectory.toAbsolutePath();
    GitEnvironment.isolate();
  }

  @Override
  public PollResult poll(String previousRevision) {
    return poll(previousRevision, ContentKeeper.NONE);
  }

  @Override
  public synchronized PollResult poll(String previousRevision, ContentKeeper keeper) {
    Optional<Rest> asked = Optional.ofNullable(rest).filter(it -> it.left().isPositive());
    if (asked.isPresent()) {
      Fault fault = asked.get().fault();
      return new PollResult.Resting(
          new Fault(fault.reason(), fault.message(), fault.help(), asked.get().left()));
    }
    var bounds = new PollBounds(limits);
    PollResult result = bounded(previousRevision, bounds, keeper);
    rest = Rest.of(result);
    switch (result) {
      case PollResult.Unchanged(var revision) ->
          LOG.debug("source={} action=unchanged revision={}", settings.url(), revision);
      case PollResult.Fetched(var snapshot) ->
          LOG.debug(
              "source={} action=fetched revision={} previous={} files={} refused={}",
              settings.url(),
              snapshot.revision(),
              previousRevision.isEmpty() ? "none" : previousRevision,
              snapshot.files().size(),
              snapshot.diagnostics().size());
      case PollResult.Resting(var fault) ->
          LOG.debug("source={} action=rest left={}", settings.url(), fault.retryAfter());
      case PollResult.Failed(var fault) ->
          LOG.debug(
              "source={} action=failed reason={} message={}",
              settings.url(),
              fault.reason(),
              fault.message());
    }
    return result;
  }

  @Override
  public synchronized boolean follows(String revision, String base) {
    var bounds = new PollBounds(limits);
    var history = new History(settings, access, stateDirectory, bounds);
    try {
      return awaited(new FutureTask<>(() -> history.follows(revision, base)));
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private PollResult bounded(String previousRevision, PollBounds bounds, ContentKeeper keeper) {
    var poll = new Poll(settings, access, stateDirectory, bounds, keeper);
    try {
      if (worker != null && !worker.join(GRACE)) {
        return new PollResult.Failed(
            new Fault(
                Reason.TIMED_OUT,
                "the poll before this one has not ended yet",
                "Check the network and the disk"));
      }
      return awaited(new FutureTask<>(() -> poll.run(previousRevision)));
    } catch (TimeoutException e) {
      return new PollResult.Failed(FaultReader.timedOut(bounds));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new PollResult.Failed(
          new Fault(Reason.TIMED_OUT, "the poll was interrupted", "Start it again"));
    }
  }

  /**
   * Runs it on a thread of its own: interrupting a virtual thread also ends a read from a socket,
   * so no server can hold the caller beyond the time limit.
   */
  private <T> T awaited(FutureTask<T> task) throws TimeoutException, InterruptedException {
    try {
      worker = Thread.ofVirtual().name("git-poll").start(task);
      return task.get(limits.timeout().plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      task.cancel(true);
      throw e;
    } catch (InterruptedException e) {
      task.cancel(true);
      awaitWorker();
      throw e;
    } catch (ExecutionException e) {
      throw new IllegalStateException("polling " + settings.url(), e.getCause());
    }
  }

  /**
   * Whoever interrupts a poll goes on to delete the clone or to end the process. A worker that has
   * been interrupted still finishes the file that it is writing.
   */
  private void awaitWorker() {
    try {
      if (worker != null && !worker.join(GRACE)) {
        LOG.warn("source={} action=end message=the poll has not ended yet", settings.url());
      }
    } catch (InterruptedException e) {
      // Interrupted twice: nobody waits any more.
      Thread.currentThread().interrupt();
    }
  }
}
