package dev.sandbar.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Who is read next. */
class AppQueueTest {
  private static final Duration APART = Duration.ofSeconds(5);

  private final AtomicLong now = new AtomicLong();
  private final AppQueue queue = new AppQueue(now::get);

  private Optional<Key> take() throws InterruptedException {
    Optional<Key> taken = queue.take(Duration.ZERO);
    taken.ifPresent(queue::done);
    return taken;
  }

  @Test
  void namespacesTakeTurnsAndEachAppIsThereOnce() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      queue.add(new Key("many", "a"));
      queue.add(new Key("many", "b"));
      queue.add(new Key("many", "c"));
    }
    queue.add(new Key("few", "a"));
    List<String> taken = new ArrayList<>();
    for (Optional<Key> next = take(); next.isPresent(); next = take()) {
      taken.add(next.get().toString());
    }
    assertThat(taken).containsExactly("many/a", "few/a", "many/b", "many/c");
  }

  @Test
  void aChangeWaitsAfterTheOneBefore() throws InterruptedException {
    Key app = new Key("fleet", "pump");
    queue.add(app, APART);
    assertThat(take()).as("the first at once").contains(app);
    for (int i = 0; i < 100; i++) {
      queue.add(app, APART);
    }
    assertThat(queue.size()).isEqualTo(1);
    now.addAndGet(APART.toNanos() - 1);
    assertThat(take()).isEmpty();
    now.addAndGet(1);
    assertThat(take()).contains(app);
    assertThat(take()).isEmpty();
    // Another spec does not wait.
    queue.add(app, APART);
    queue.add(app);
    assertThat(queue.size()).isEqualTo(1);
    assertThat(take()).contains(app);
    queue.add(app, APART);
    queue.remove(app);
    now.addAndGet(APART.toNanos());
    assertThat(take()).isEmpty();
    assertThat(queue.size()).isZero();
  }

  @Test
  void whoWaitsForTheLastWaitsUntilItIsDone() throws InterruptedException {
    Key app = new Key("fleet", "pump");
    queue.add(app);
    assertThat(queue.take(Duration.ZERO)).contains(app);
    Thread waiting =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    queue.awaitIdle(Duration.ofDays(1));
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    assertThat(waiting.isAlive()).isTrue();
    queue.done(app);
    waiting.join();
  }
}
