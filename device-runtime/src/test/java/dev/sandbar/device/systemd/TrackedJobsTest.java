package dev.sandbar.device.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Jobs that are asked for some at a time, with a systemd that ends them when the test says so. */
class TrackedJobsTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration PAUSE = Duration.ofMillis(200);

  private final JobTracker tracker = new JobTracker();
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private final List<String> heard = Collections.synchronizedList(new ArrayList<>());
  private final Set<String> refused = new HashSet<>();
  private final List<Thread> threads = new ArrayList<>();

  /** What has ended as soon as it is asked for. */
  private final Set<String> quick = new HashSet<>();

  @AfterEach
  void join() throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static List<Job> jobs(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new Job(Verb.START, UnitName.own(new AppName("a" + i))))
        .toList();
  }

  private List<TrackedJobs.Asked> ask(List<Job> some) {
    tracker.begin();
    var answers = new ArrayList<TrackedJobs.Asked>();
    for (Job job : some) {
      String name = job.unit().ownApp().orElseThrow().value();
      asked.add(name);
      answers.add(
          refused.contains(name)
              ? new TrackedJobs.Asked(job, "", "refused")
              : new TrackedJobs.Asked(job, "/" + name, ""));
      if (quick.contains(name)) {
        tracker.removed("/" + name, "done");
      }
    }
    tracker.asked(TrackedJobs.paths(answers));
    return answers;
  }

  /** Ends a job once it has been asked for. */
  private void ends(String name) {
    threads.add(
        Thread.ofVirtual()
            .start(
                () -> {
                  while (!asked.contains(name)) {
                    Thread.onSpinWait();
                    Thread.yield();
                  }
                  tracker.removed("/" + name, "done");
                }));
  }

  private void heard(Job job) {
    heard.add(job.unit().ownApp().orElseThrow().value());
  }

  private static List<String> results(List<JobOutcome> outcomes) {
    return outcomes.stream().map(JobOutcome::result).toList();
  }

  @Test
  void othersAreAskedForAsTheFirstEnd() {
    try (var jobs = new TrackedJobs(tracker, this::ask, this::heard, jobs(5), 2)) {
      assertThat(asked).containsExactly("a0", "a1");
      IntStream.range(0, 5).forEach(i -> ends("a" + i));
      assertThat(results(jobs.await(new Jobs.Wait(LONG, LONG, Duration.ZERO))))
          .containsOnly("done")
          .hasSize(5);
      assertThat(asked).containsExactly("a0", "a1", "a2", "a3", "a4");
    }
  }

  @Test
  void whatEndsAtOnceOrIsRefusedTakesNoPlace() {
    refused.addAll(List.of("a0", "a3"));
    quick.addAll(List.of("a1", "a2", "a4", "a5"));
    try (var jobs = new TrackedJobs(tracker, this::ask, this::heard, jobs(6), 2)) {
      assertThat(results(jobs.await(new Jobs.Wait(LONG, LONG, Duration.ZERO))))
          .containsExactly("refused", "done", "done", "refused", "done", "done");
      assertThat(heard).containsExactly("a1", "a2", "a4", "a5");
    }
  }

  @Test
  void thoseThatHangHoldNobodyUp() {
    IntStream.range(3, 8).forEach(i -> ends("a" + i));
    try (var jobs = new TrackedJobs(tracker, this::ask, this::heard, jobs(8), 3)) {
      assertThat(asked).containsExactly("a0", "a1", "a2");
      assertThat(results(jobs.await(new Jobs.Wait(LONG, PAUSE, Duration.ZERO))))
          .containsExactly(
              Jobs.RUNNING, Jobs.RUNNING, Jobs.RUNNING, "done", "done", "done", "done", "done");
    }
  }

  /** However many: else one owner's apps would hold up those of all. */
  @Test
  void ofManyThatHangTheNumberDoubles() {
    int many = 1_000;
    Duration most = PAUSE.multipliedBy(20);
    ends("a999");
    long begun = System.nanoTime();
    try (var jobs = new TrackedJobs(tracker, this::ask, this::heard, jobs(many), 16)) {
      assertThat(results(jobs.await(new Jobs.Wait(most, PAUSE, Duration.ZERO))).getLast())
          .isEqualTo("done");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(most);
  }

  @Test
  void theRestIsAskedForWhenTheTimeIsUp() {
    try (var jobs = new TrackedJobs(tracker, this::ask, this::heard, jobs(6), 2)) {
      assertThat(results(jobs.await(new Jobs.Wait(PAUSE, LONG, Duration.ZERO))))
          .containsOnly(Jobs.RUNNING)
          .hasSize(6);
      assertThat(asked).hasSize(6);
      tracker.removed("/a5", "done");
      assertThat(results(jobs.now()).getLast()).isEqualTo("done");
    }
  }

  /** The first of them may hang while others end one after the other. */
  @Test
  void aPauseIsOneInWhichNoneEnds() {
    try (var jobs = new TrackedJobs(tracker, this::ask, this::heard, jobs(6), 6)) {
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int i = 1; i < 6; i++) {
                      long until = System.nanoTime() + PAUSE.toNanos() / 2;
                      while (System.nanoTime() < until) {
                        Thread.yield();
                      }
                      tracker.removed("/a" + i, "done");
                    }
                  }));
      assertThat(results(jobs.await(new Jobs.Wait(LONG, PAUSE.multipliedBy(5), Duration.ZERO))))
          .containsExactly(Jobs.RUNNING, "done", "done", "done", "done", "done");
    }
  }

  @Test
  void aBusThatHangsUpEndsThemAll() {
    try (var jobs = new TrackedJobs(tracker, this::ask, this::heard, jobs(4), 2)) {
      threads.add(Thread.ofVirtual().start(tracker::disconnected));
      assertThat(results(jobs.await(new Jobs.Wait(LONG, LONG, Duration.ZERO))))
          .containsOnly(JobTracker.NO_ANSWER)
          .hasSize(4);
    }
  }
}
