package dev.sandbar.device.agent;

import static dev.sandbar.device.testing.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.source.Snapshot;
import dev.sandbar.source.git.GitSource;
import dev.sandbar.source.git.PollResult;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SourceFollowerTest {

  @Test
  void aPollOrAListenerThatFailsIsFollowedByTheNext() {
    var polls = new AtomicInteger();
    var fetched = new AtomicInteger();
    GitSource source =
        previous -> {
          if (polls.incrementAndGet() == 1) {
            throw new IllegalStateException("a fault of the poll");
          }
          return previous.isEmpty()
              ? new PollResult.Fetched(new Snapshot("one", new TreeMap<>(), List.of()))
              : new PollResult.Unchanged(previous);
        };
    try (var follower =
        SourceFollower.start(
            source,
            Duration.ofMillis(10),
            Clock.systemUTC(),
            _ -> 0,
            (news, _) -> {
              if (news instanceof SourceFollower.News.Fetched && fetched.incrementAndGet() == 1) {
                throw new IllegalStateException("a fault of the listener");
              }
            })) {
      eventually("what the listener did not take is fetched again", () -> fetched.get() == 2);
      eventually("it is polled on", () -> polls.get() > 4);
      assertThat(follower.state().revision()).isEqualTo("one");
    }
  }
}
