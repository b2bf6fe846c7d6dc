package dev.sandbar.device.apply;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.device.testing.SimulatedSystemd;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Jobs that outlast the plan that asked for them. */
final class OpenJobsTest {
  private static final UnitName UNIT = UnitName.own(new AppName("stubborn"));

  private final SimulatedSystemd systemd = new SimulatedSystemd();
  private final AtomicLong nanos = new AtomicLong();
  private final OpenJobs jobs = new OpenJobs(systemd, _ -> {}, nanos::get);

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void whatDoesNotStopIsKilledOnceAndGivenUpAtLast() {
    systemd.hang(UNIT);
    jobs.run(List.of(new Job(Verb.STOP, UNIT)), true);
    assertThat(jobs.units()).containsExactly(UNIT);
    pass(Duration.ofSeconds(91));
    assertThat(jobs.takeEnded()).isEmpty();
    assertThat(systemd.calls()).containsExactly("STOP " + UNIT);
    assertThat(jobs.untilOverdue()).isEqualTo(Duration.ofSeconds(1));

    pass(jobs.untilOverdue());
    assertThat(jobs.takeEnded()).isEmpty();
    assertThat(jobs.takeEnded()).isEmpty();
    assertThat(systemd.calls()).containsExactly("STOP " + UNIT, "kill " + UNIT);

    pass(Duration.ofSeconds(8));
    assertThat(jobs.takeEnded())
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.outcome().done()).isFalse();
              assertThat(it.outcome().result()).isEqualTo("it has not ended after 100 s");
            });
    assertThat(jobs.units()).isEmpty();
  }

  /** Its signal got lost: systemd is asked, twice, since it may only be late. */
  @Test
  void whatHasEndedUnheardIsLookedAtAgain() {
    systemd.hang(UNIT);
    jobs.run(List.of(new Job(Verb.START, UNIT)), true);
    assertThat(jobs.untilOverdue()).isEqualTo(Duration.ofSeconds(5));
    systemd.property(UNIT, "Job", job(7));
    pass(jobs.untilOverdue());
    assertThat(jobs.takeEnded()).as("it is there").isEmpty();
    systemd.property(UNIT, "Job", job(0));
    pass(jobs.untilOverdue());
    assertThat(jobs.takeEnded()).as("the signal may come").isEmpty();
    pass(jobs.untilOverdue());
    assertThat(jobs.takeEnded()).singleElement().matches(it -> it.outcome().isUnknown());
    assertThat(jobs.units()).isEmpty();
  }

  private static Raw job(long number) {
    return new Raw.Tuple(List.of(new Raw.Int(number), new Raw.Str("/")));
  }

  @Test
  void whatEndsInTimeIsNotKilled() {
    systemd.hang(UNIT);
    jobs.run(List.of(new Job(Verb.RESTART, UNIT)), true);
    pass(Duration.ofSeconds(80));
    systemd.end(UNIT);
    assertThat(jobs.takeEnded()).singleElement().matches(it -> it.outcome().done());
    assertThat(systemd.calls()).containsExactly("RESTART " + UNIT);
    assertThat(jobs.untilOverdue()).isGreaterThan(Duration.ofHours(1));
  }
}
