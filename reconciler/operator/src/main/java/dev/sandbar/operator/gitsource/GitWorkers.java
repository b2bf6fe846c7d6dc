package dev.sandbar.operator.gitsource;

import dev.sandbar.core.report.Reason;
import dev.sandbar.operator.gitsource.GitWorker.Ending;
import dev.sandbar.operator.gitsource.GitWorker.Limits;
import dev.sandbar.operator.publish.FairTurns;
import dev.sandbar.report.OneLine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processes that do the Git work, apart from the operator's own: what a repository or a Git
 * server does to one of them costs no device and no other namespace anything.
 *
 * <p>One does the work of all sources. When it dies, any of the jobs in hand may be why: each is
 * done once more, in a process of its own. Whose job ends that one too is known, and stays alone
 * until it ends well.
 */
final class GitWorkers implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GitWorkers.class);
  private static final Duration LONGEST_ALONE = Duration.ofMinutes(3);
  private static final Duration PROCESSOR_ALONE = Duration.ofSeconds(60);

  /** Where others compute too, nobody's processor time is known. */
  private static final Duration UNKNOWN = Duration.ofDays(1);

  /** From here on a source is alone. */
  private static final int SUSPECT = 3;

  /** After as many polls alone that ended well, it is not any more. */
  private static final int PROVEN = 13;

  private final Path cache;
  private final FairTurns alone = new FairTurns(1, 1);

  /** By the uid of a source, how often in a row the process died in which its job was. */
  private final Map<String, Integer> suspicions = new ConcurrentHashMap<>();

  private @Nullable GitWorker shared;
  private @Nullable GitWorker solo;
  private boolean isClosed;

  /**
   * @param cache of the clones; nothing is started yet
   */
  GitWorkers(Path cache) {
    this.cache = cache;
  }

  /**
   * Has a repository polled, beside others; empty if it has to be {@link #alone}.
   *
   * @param before apps by name that the job's revision had, which need not be read again
   */
  Optional<Look> together(GitJob job, Map<String, GitApp> before) throws InterruptedException {
    if (suspicion(job) >= SUSPECT) {
      return Optional.empty();
    }
    try {
      Ending ending = shared().run(job, before, new Limits(time(job), UNKNOWN));
      if (ending instanceof Ending.Answered(var look)) {
        suspicions.remove(job.uid());
        return Optional.of(look);
      }
      suspicions.merge(job.uid(), 1, Integer::sum);
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(notStarted(e));
    }
  }

  private static Look.Failed notStarted(IOException e) {
    LOG.error("action=start-worker message={}", OneLine.of(e));
    return failed(
        "the process that reads repositories cannot be started: "
            + OneLine.of(e)
            + " (Look into the log of the operator)");
  }

  /** Has a repository polled in a process of its own; one after the other. */
  Look alone(GitJob job) throws InterruptedException {
    try {
      return inItsOwn(job);
    } catch (IOException e) {
      return notStarted(e);
    }
  }

  private Look inItsOwn(GitJob job) throws IOException, InterruptedException {
    try (var _ = alone.take(job.namespace());
        GitWorker worker = startSolo()) {
      return switch (worker.run(job, Map.of(), alone(time(job)))) {
        case Ending.Answered(var look) -> {
          // Whoever was there too often when the other one died shows for a while that it ends
          // well.
          suspicions.computeIfPresent(
              job.uid(), (_, now) -> now < SUSPECT ? now : now < PROVEN ? now + 1 : null);
          yield look;
        }
        case Ending.Died(var why) -> {
          if (isClosed()) {
            throw new InterruptedException();
          }
          suspicions.put(job.uid(), SUSPECT);
          LOG.warn(
              "clone={} namespace={} action=alone message={}", job.uid(), job.namespace(), why);
          yield new Look.Failed(
              Reason.GIT_OPERATION_FAILED,
              true,
              "the process that reads this repository %s (Split the repository, or read a narrower"
                      .formatted(why.isEmpty() ? "ended" : why)
                  + " path; it is read apart from others until it can be read)");
        }
      };
    }
  }

  private int suspicion(GitJob job) {
    return suspicions.getOrDefault(job.uid(), 0);
  }

  /** A poll, and another one that shows what the revision descends from. */
  private static Duration time(GitJob job) {
    return job.timeout().multipliedBy(2).plusSeconds(60);
  }

  private static Limits alone(Duration time) {
    return new Limits(time.compareTo(LONGEST_ALONE) < 0 ? time : LONGEST_ALONE, PROCESSOR_ALONE);
  }

  private synchronized GitWorker shared() throws IOException, InterruptedException {
    checkOpen();
    if (shared == null || !shared.isAlive()) {
      shared = GitWorker.start(cache);
    }
    return shared;
  }

  private synchronized GitWorker startSolo() throws IOException, InterruptedException {
    checkOpen();
    solo = GitWorker.start(cache);
    return solo;
  }

  private void checkOpen() throws InterruptedException {
    if (isClosed) {
      throw new InterruptedException();
    }
  }

  private synchronized boolean isClosed() {
    return isClosed;
  }

  /** Nothing is known any more of a source that is gone. */
  void forget(String uid) {
    suspicions.remove(uid);
  }

  /** A failure that passes by itself. */
  static Look.Failed failed(String message) {
    return new Look.Failed(Reason.GIT_OPERATION_FAILED, false, message);
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    if (shared != null) {
      shared.close();
    }
    if (solo != null) {
      solo.close();
    }
  }
}
