package dev.sandbar.device.systemd;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Matches the jobs that were asked for with the JobRemoved signals that end them. A signal may be
 * handled before the answer that names the job, so both sides make the entry.
 */
final class JobTracker {

  static final String NO_ANSWER = "no-answer";

  private final Map<String, CompletableFuture<String>> jobs = new HashMap<>();
  private int runs;
  private boolean disconnected;

  /** From now on results are kept; before the first job is asked for. */
  synchronized void begin() {
    runs++;
  }

  /** The results of this run are no longer needed. */
  synchronized void end() {
    runs--;
    if (runs == 0) {
      jobs.clear();
    }
  }

  /** systemd said that the job ended. */
  void removed(String job, String result) {
    CompletableFuture<String> entry;
    synchronized (this) {
      if (runs == 0) {
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

  /** Waits until the job has ended. */
  String await(String job, Duration deadline) {
    CompletableFuture<String> entry;
    synchronized (this) {
      entry = jobs.computeIfAbsent(job, _ -> new CompletableFuture<>());
      if (disconnected) {
        // The answer still came through, the signal never will.
        entry.complete(NO_ANSWER);
      }
    }
    try {
      return entry.get(Math.max(0, deadline.toNanos()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      return NO_ANSWER;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return NO_ANSWER;
    }
  }
}
