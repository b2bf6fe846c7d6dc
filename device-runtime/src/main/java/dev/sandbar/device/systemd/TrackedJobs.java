package dev.sandbar.device.systemd;

import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Jobs that systemd was asked for over the bus. */
final class TrackedJobs implements Jobs {

  /**
   * A job as systemd answered.
   *
   * @param path of the job; empty if it was refused
   * @param refusal why it was
   */
  record Asked(Job job, String path, String refusal) {}

  private final JobTracker tracker;
  private final List<Asked> jobs;

  TrackedJobs(JobTracker tracker, List<Asked> jobs) {
    this.tracker = tracker;
    this.jobs = List.copyOf(jobs);
  }

  static List<String> paths(List<Asked> jobs) {
    return jobs.stream().map(Asked::path).filter(path -> !path.isEmpty()).toList();
  }

  @Override
  public List<JobOutcome> await(Duration most, Duration pause) {
    long now = System.nanoTime();
    long end = now + most.toNanos();
    long quiet = now + pause.toNanos();
    var outcomes = new ArrayList<JobOutcome>();
    for (Asked asked : jobs) {
      long left = Math.min(end - now, quiet - now);
      String result =
          asked.path().isEmpty()
              ? asked.refusal()
              : tracker.await(asked.path(), Duration.ofNanos(left), RUNNING);
      long then = System.nanoTime();
      if (!result.equals(RUNNING)) {
        quiet = Math.max(quiet, then + pause.toNanos());
      }
      now = then;
      outcomes.add(new JobOutcome(asked.job(), result));
    }
    return outcomes;
  }

  @Override
  public void close() {
    tracker.forget(paths(jobs));
  }
}
