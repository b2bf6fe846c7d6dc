package dev.sandbar.device.systemd;

import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/** Jobs that systemd is asked for over the bus: some now, the others as those end. */
final class TrackedJobs implements Jobs {

  /**
   * A job as systemd answered.
   *
   * @param path of the job; empty if it was refused
   * @param refusal why it was
   */
  record Asked(Job job, String path, String refusal) {}

  private final JobTracker tracker;
  private final Function<List<Job>, List<Asked>> asker;
  private final Consumer<Job> heard;
  private final List<Job> wanted;
  private final int atOnce;

  /** The first of those that are wanted. */
  private final List<Asked> asked = new ArrayList<>();

  /** One permit for each that has ended since somebody waited. */
  private final Semaphore ended = new Semaphore(0);

  /**
   * Asks for the first of them.
   *
   * @param asker asks for some, and waits for the answers
   * @param heard called with each that ends, on the thread that learns of it
   */
  TrackedJobs(
      JobTracker tracker,
      Function<List<Job>, List<Asked>> asker,
      Consumer<Job> heard,
      List<Job> wanted,
      int atOnce) {
    this.tracker = tracker;
    this.asker = asker;
    this.heard = heard;
    this.wanted = List.copyOf(wanted);
    this.atOnce = atOnce;
    ask(atOnce);
  }

  static List<String> paths(List<Asked> jobs) {
    return jobs.stream().map(Asked::path).filter(path -> !path.isEmpty()).toList();
  }

  private void ask(int most) {
    int next = asked.size();
    int end = Math.min(next + most, wanted.size());
    List<Asked> more = next == end ? List.of() : asker.apply(wanted.subList(next, end));
    asked.addAll(more);
    for (Asked it : more) {
      if (!it.path().isEmpty()) {
        tracker.onEnd(it.path(), () -> hasEnded(it.job()));
      }
    }
  }

  private void hasEnded(Job job) {
    ended.release();
    heard.accept(job);
  }

  @Override
  public List<JobOutcome> await(Wait wait) {
    long end = System.nanoTime() + wait.most().toNanos();
    int places = atOnce;
    while (true) {
      int running = running();
      boolean all = asked.size() == wanted.size();
      if (!all && running < places) {
        ask(places - running);
        continue;
      }
      if (running == 0) {
        break;
      }
      Duration more = wait.each().multipliedBy(all ? Math.min(running, atOnce) : 0);
      long quiet = wait.pause().plus(more).toNanos();
      long left = end - System.nanoTime();
      if (!hasAnyEnded(Math.min(left, quiet))) {
        if (all || left <= quiet) {
          break;
        }
        // Those that hang hold nobody up, and many of them not for long.
        places *= 2;
      }
    }
    ask(wanted.size());
    return asked.stream().map(this::outcome).toList();
  }

  private boolean hasAnyEnded(long nanos) {
    try {
      boolean any = ended.tryAcquire(nanos, TimeUnit.NANOSECONDS);
      ended.drainPermits();
      return any;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private int running() {
    return (int) asked.stream().map(this::outcome).filter(JobOutcome::isRunning).count();
  }

  private JobOutcome outcome(Asked it) {
    return new JobOutcome(
        it.job(), it.path().isEmpty() ? it.refusal() : tracker.now(it.path(), RUNNING));
  }

  @Override
  public void close() {
    tracker.forget(paths(asked));
  }
}
