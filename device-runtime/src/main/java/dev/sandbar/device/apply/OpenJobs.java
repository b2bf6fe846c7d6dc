package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.systemd.Jobs;
import dev.sandbar.device.systemd.Systemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.systemd.SystemdException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jobs that systemd works on while the loop goes on. An app may ignore SIGTERM for as long as its
 * unit lets it; nobody else waits for it, and at last it is killed.
 */
final class OpenJobs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OpenJobs.class);

  /** As long as the loop waits while no job ends. */
  private static final Duration PAUSE = Duration.ofMillis(500);

  /** So much longer for each that goes on, at the end: they share the processors, and end late. */
  private static final Duration EACH = Duration.ofMillis(100);

  /**
   * As long as it waits though jobs end one after the other, and {@link #EACH} for each; but never
   * longer than {@link #LONGEST}, for it looks at nothing else.
   */
  private static final Duration MOST = Duration.ofSeconds(5);

  private static final Duration LONGEST = Duration.ofSeconds(30);

  /** Later than systemd itself by what a spec can say; a drop-in of somebody else can say more. */
  private static final Duration KILL = Duration.ofSeconds(92);

  private static final Duration GIVE_UP = Duration.ofSeconds(100);

  /** A restart has two halves. */
  private static final Duration GIVE_UP_RESTART = GIVE_UP.multipliedBy(2);

  /**
   * A signal can get lost, or come from a bus that was restarted; from then on systemd is asked
   * whether the job is still there.
   */
  private static final Duration ASK = Duration.ofSeconds(5);

  /**
   * As many apps of a plan start at a time on each processor. Systemd would begin with all of them
   * at once, and a hundred sandboxes that wait for each other in the kernel take a quarter longer
   * than some at a time (decision 088).
   */
  private static final int PLACES = 8;

  private static final String NO_END = "it has not ended after %d s";

  private final Systemd systemd;
  private final Consumer<UnitName> ended;
  private final LongSupplier nanos;
  private final SortedMap<UnitName, Open> open = new TreeMap<>();

  /** Units whose job systemd no longer has, since when that was first seen. */
  private final Map<UnitName, Long> gone = new HashMap<>();

  /**
   * One job.
   *
   * @param jobs that it was asked for with
   * @param judged whether an app depends on how it ends; not so where a former version is restored
   * @param since monotonic time
   * @param killed whether its processes were killed
   */
  private record Open(Job job, Jobs jobs, boolean judged, long since, boolean killed) {}

  /**
   * A job that has ended, or was given up.
   *
   * @param judged whether an app depends on it
   */
  record Ended(JobOutcome outcome, boolean judged) {}

  /**
   * @param ended called on another thread with the unit of each job that ends
   * @param nanos monotonic, as {@link System#nanoTime}
   */
  OpenJobs(Systemd systemd, Consumer<UnitName> ended, LongSupplier nanos) {
    this.systemd = systemd;
    this.ended = ended;
    this.nanos = nanos;
  }

  /**
   * Asks for jobs and waits a little; those that go on are kept.
   *
   * @param wanted in the order in which they are asked for
   * @param judged whether an app depends on how they end
   * @return how each ended, or that it goes on
   */
  List<JobOutcome> run(List<Job> wanted, boolean judged) {
    if (wanted.isEmpty()) {
      return List.of();
    }
    int atOnce = judged && areStarts(wanted) ? PLACES * processors() : wanted.size();
    Jobs jobs = systemd.start(wanted, atOnce, job -> ended.accept(job.unit()));
    Duration most = MOST.plus(EACH.multipliedBy(wanted.size()));
    if (most.compareTo(LONGEST) > 0) {
      most = LONGEST;
    }
    List<JobOutcome> outcomes = jobs.await(new Jobs.Wait(most, PAUSE, EACH));
    for (JobOutcome outcome : outcomes) {
      if (outcome.isRunning()) {
        LOG.info("unit={} action=wait for={}", outcome.job().unit(), outcome.job().verb());
        open.put(
            outcome.job().unit(), new Open(outcome.job(), jobs, judged, nanos.getAsLong(), false));
      }
    }
    closeUnused(jobs);
    return outcomes;
  }

  private static boolean areStarts(List<Job> wanted) {
    return wanted.stream().allMatch(job -> job.verb() == Verb.START || job.verb() == Verb.RESTART);
  }

  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  private void closeUnused(Jobs jobs) {
    if (open.values().stream().noneMatch(it -> it.jobs() == jobs)) {
      jobs.close();
    }
  }

  SortedSet<UnitName> units() {
    return Collections.unmodifiableSortedSet(new TreeSet<>(open.keySet()));
  }

  boolean contains(UnitName unit) {
    return open.containsKey(unit);
  }

  /** Takes out what has ended, and kills what should have. */
  List<Ended> takeEnded() {
    var taken = new ArrayList<Ended>();
    for (Open it : List.copyOf(open.values())) {
      JobOutcome outcome =
          it.jobs().now().stream().filter(o -> o.job().equals(it.job())).findFirst().orElseThrow();
      Duration age = Duration.ofNanos(nanos.getAsLong() - it.since());
      if (outcome.isRunning() && age.compareTo(ASK) >= 0 && isUnheard(it)) {
        LOG.warn("unit={} action=wait its job has ended unheard", it.job().unit());
        outcome = JobOutcome.unknown(it.job());
      }
      if (outcome.isRunning() && age.compareTo(giveUp(it.job())) >= 0) {
        outcome = new JobOutcome(it.job(), NO_END.formatted(age.toSeconds()));
      }
      if (!outcome.isRunning()) {
        open.remove(it.job().unit());
        gone.remove(it.job().unit());
        closeUnused(it.jobs());
        taken.add(new Ended(outcome, it.judged()));
      } else if (!it.killed() && age.compareTo(KILL) >= 0) {
        kill(it);
      }
    }
    return taken;
  }

  /** Whether systemd has had no job of the unit for so long that its signal should be here. */
  private boolean isUnheard(Open it) {
    if (!isGone(it.job().unit())) {
      gone.remove(it.job().unit());
      return false;
    }
    long now = nanos.getAsLong();
    return now - gone.computeIfAbsent(it.job().unit(), _ -> now) >= ASK.toNanos();
  }

  private boolean isGone(UnitName unit) {
    try {
      return systemd.properties(unit).get("Job") instanceof Raw.Tuple(List<Raw> job)
          && job.getFirst() instanceof Raw.Int(long number)
          && number == 0;
    } catch (SystemdException e) {
      LOG.warn("unit={} action=wait {}", unit, e.getMessage());
      return false;
    }
  }

  private static Duration giveUp(Job job) {
    return job.verb() == Verb.RESTART ? GIVE_UP_RESTART : GIVE_UP;
  }

  private void kill(Open it) {
    UnitName unit = it.job().unit();
    open.put(unit, new Open(it.job(), it.jobs(), it.judged(), it.since(), true));
    try {
      String state = systemd.units(List.of(unit.value())).getOrDefault(unit, "");
      if (unit.ownApp().isPresent() && state.equals("deactivating")) {
        LOG.warn("unit={} action=kill it does not stop", unit);
        systemd.kill(unit);
      }
    } catch (SystemdException e) {
      LOG.warn("unit={} action=kill {}", unit, e.getMessage());
    }
  }

  /** How long until one that does not end is to be asked about, or something done about it. */
  Duration untilOverdue() {
    Duration least = Duration.ofDays(1);
    for (Open it : open.values()) {
      Duration age = Duration.ofNanos(nanos.getAsLong() - it.since());
      Duration left = (it.killed() ? giveUp(it.job()) : KILL).minus(age);
      Duration ask = age.compareTo(ASK) < 0 ? ASK.minus(age) : ASK;
      Duration next = ask.compareTo(left) < 0 ? ask : left;
      least = next.compareTo(least) < 0 ? next : least;
    }
    return least.isNegative() ? Duration.ZERO : least;
  }

  @Override
  public void close() {
    open.values().forEach(it -> it.jobs().close());
    open.clear();
  }
}
