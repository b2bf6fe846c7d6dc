package dev.sandbar.device.agent;

import static dev.sandbar.device.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.source.Snapshot;
import dev.sandbar.source.git.Fault;
import dev.sandbar.source.git.PollResult;
import dev.sandbar.source.git.RevisionSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SourceFollowerTest {

  @Test
  void aSourceThatFailsIsAskedLessAndLessAndNeverSoonerThanItAsks() throws Exception {
    var waits = new ArrayList<Duration>();
    var asked = new Semaphore(0);
    var polls = new AtomicInteger();
    RevisionSource source =
        _ -> {
          asked.release();
          return new PollResult.Failed(
              new Fault(
                  Fault.Reason.UNREACHABLE,
                  "busy",
                  "Wait",
                  polls.incrementAndGet() == 4 ? Duration.ofHours(1) : Duration.ZERO));
        };
    try (var follower =
        SourceFollower.of(
            source,
            Duration.ofMillis(100),
            Clock.systemUTC(),
            bound -> {
              // Chance may take a fifth off each, and nothing here.
              waits.add(Duration.ofMillis((bound - 1) * 5));
              return 0;
            },
            (_, _) -> {})) {
      follower.begin();
      assertThat(asked.tryAcquire(4, 10, TimeUnit.SECONDS)).isTrue();
      // The fourth answer asks for an hour; the backoff alone would ask again after 1 s.
      assertThat(asked.tryAcquire(1_500, TimeUnit.MILLISECONDS)).isFalse();
      assertThat(follower.state().problem()).contains("busy");
    }
    assertThat(waits).extracting(Duration::toMillis).containsExactly(125L, 250L, 500L, 1_000L);
  }

  /** Whoever asks for a poll hears that there was none, and until when there is none. */
  @Test
  void aServerThatWantsToBeLeftAloneIsNotCalledAsked() throws Exception {
    var polls = new AtomicInteger();
    var answered = new Semaphore(0);
    RevisionSource source =
        _ -> {
          var fault = new Fault(Fault.Reason.UNREACHABLE, "busy", "Wait", Duration.ofMinutes(20));
          return polls.incrementAndGet() == 1
              ? new PollResult.Failed(fault)
              : new PollResult.Resting(fault);
        };
    var noon = Instant.parse("2026-01-02T12:00:00Z");
    var now = new AtomicReference<>(noon);
    InstantSource clock = now::get;
    try (var follower =
        SourceFollower.of(
            source,
            Duration.ofHours(1),
            clock.withZone(ZoneOffset.UTC),
            _ -> 0,
            (_, _) -> answered.release())) {
      follower.begin();
      assertThat(answered.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      SourceFollower.State first = follower.state();
      assertThat(first.lastAttempt()).isEqualTo(noon);
      assertThat(first.shown())
          .isEqualTo("busy (Wait); the server asks not to be asked before 2026-01-02T12:20:00Z");
      now.set(noon.plusSeconds(60));
      var done = new Semaphore(0);
      follower.pollNow(done::release);
      assertThat(done.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      assertThat(polls).hasValue(2);
      assertThat(follower.state()).isEqualTo(first);
    }
  }

  @Test
  void aPollOrAListenerThatFailsIsFollowedByTheNext() {
    var polls = new AtomicInteger();
    var fetched = new AtomicInteger();
    RevisionSource source =
        previous -> {
          if (polls.incrementAndGet() == 1) {
            throw new IllegalStateException("a fault of the poll");
          }
          return previous.isEmpty()
              ? new PollResult.Fetched(new Snapshot("one", new TreeMap<>(), List.of()))
              : new PollResult.Unchanged(previous);
        };
    try (var follower =
        SourceFollower.of(
            source,
            Duration.ofMillis(10),
            Clock.systemUTC(),
            _ -> 0,
            (news, _) -> {
              if (news instanceof SourceFollower.News.Fetched && fetched.incrementAndGet() == 1) {
                throw new IllegalStateException("a fault of the listener");
              }
            })) {
      follower.begin();
      eventually("what the listener did not take is fetched again", () -> fetched.get() == 2);
      eventually("it is polled on", () -> polls.get() > 4);
      assertThat(follower.state().revision()).isEqualTo("one");
    }
  }

  @Test
  void whoAsksIsAnsweredByAPollThatBeganAfterwards() throws Exception {
    var polls = new AtomicInteger();
    var answered = new Semaphore(0);
    var begun = new Semaphore(0);
    var free = new Semaphore(0);
    RevisionSource source =
        previous -> {
          polls.incrementAndGet();
          begun.release();
          free.acquireUninterruptibly();
          return new PollResult.Unchanged(previous);
        };
    try (var follower =
        SourceFollower.of(source, Duration.ofHours(1), Clock.systemUTC(), _ -> 0, (_, _) -> {})) {
      follower.begin();
      assertThat(begun.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      // The first poll may have read before the person pushed.
      follower.pollNow(answered::release);
      free.release();
      assertThat(begun.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      assertThat(answered.availablePermits()).isZero();
      free.release();
      assertThat(answered.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      assertThat(polls).hasValue(2);
    }
  }
}
