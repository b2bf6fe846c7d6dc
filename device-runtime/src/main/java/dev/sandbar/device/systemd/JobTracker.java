package dev.sandbar.device.systemd;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Matches the jobs that were asked for with the JobRemoved signals that end them. A signal may be
 * handled before the answer that names the job, so both sides make the entry while jobs are being
 * asked for; afterwards only what was asked for is kept, however many jobs others run.
 */
final class JobTracker {

  static final String NO_ANSWER = "no-answer";

  private final Map<String, CompletableFuture<String>> jobs = new HashMap<>();

  /** Jobs whose result somebody still waits for; as often as it was asked for. */
  private final List<String> wanted = new ArrayList<>();

  private int asking;
  private boolean disconnected;

  /** From now on all results are kept; before the first job is asked for. */
  synchronized void begin() {
    asking++;
  }

  /**
   * These were asked for: their results are kept until {@link #forget}, those of others are not.
   */
  synchronized void asked(Collection<String> paths) {
    wanted.addAll(paths);
    asking--;
    tidy();
  }

  /** The results of these are no longer needed. */
  synchronized void forget(Collection<String> paths) {
    paths.forEach(wanted::remove);
    tidy();
  }

  private void tidy() {
    if (asking == 0) {
      Set<String> kept = new HashSet<>(wanted);
      jobs.keySet().retainAll(kept);
    }
  }

  /** systemd said that the job ended. */
  void removed(String job, String result) {
    CompletableFuture<String> entry;
    synchronized (this) {
      if (asking == 0 && !wanted.contains(job)) {
        return;
      }
      entry = jobs.computeIfAbsent(job, _ -> new CompletableFuture<>());
    }
    entry.complete(result);
  }

  /** No signal will come any more. */
  void disconnected() {
    Map<String, CompletableFuture<String>> waiting;
    synchronized (this) {
      disconnected = true;
      waiting = Map.copyOf(jobs);
    }
    waiting.values().forEach(entry -> entry.complete(NO_ANSWER));
  }

  /** Calls this once, on the thread that learns of it, when the job has ended. */
  void onEnd(String job, Runnable then) {
    var _ = entry(job).thenRun(then);
  }

  /** How the job has ended, or the other if it has not. */
  String now(String job, String otherwise) {
    return entry(job).getNow(otherwise);
  }

  private CompletableFuture<String> entry(String job) {
    CompletableFuture<String> entry;
    boolean over;
    synchronized (this) {
      entry = jobs.computeIfAbsent(job, _ -> new CompletableFuture<>());
      over = disconnected;
    }
    if (over) {
      // The answer still came through, the signal never will.
      entry.complete(NO_ANSWER);
    }
    return entry;
  }
}
