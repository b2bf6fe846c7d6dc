package dev.sandbar.operator.enrol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The order in which the operator gives rights and takes them away. */
class WorkTest {
  private final List<String> done = new CopyOnWriteArrayList<>();

  private Runnable does(String name) {
    return () -> done.add(name);
  }

  private static Runnable holds(CountDownLatch latch) {
    return () -> {
      try {
        latch.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    };
  }

  @Test
  void whatComesFirstWaitsForNothingThatIsDueAndNeitherDoItsRetries() {
    var begin = new CountDownLatch(1);
    var again = new CountDownLatch(1);
    var failed = new CountDownLatch(1);
    try (var work = new Work("test")) {
      work.add("hold", holds(begin));
      for (int i = 0; i < 100; i++) {
        work.add("csr/" + i, does("csr"));
      }
      work.first(
          "narrow/1",
          () -> {
            if (failed.getCount() > 0) {
              failed.countDown();
              work.first("hold", holds(again));
              throw new IllegalStateException("the server is away");
            }
            done.add("narrow");
          });
      begin.countDown();
      await().until(() -> failed.getCount() == 0);
      // Its retry is due while all requests still wait.
      await().pollDelay(Duration.ofMillis(600)).until(() -> done.isEmpty());
      again.countDown();
      await().until(() -> done.size() == 101);
      assertThat(done).startsWith("narrow");
    }
  }

  /** A device that leaves makes such work with each of its reports. */
  @Test
  void whatComesFirstWithoutEndHoldsUpNobodyForEver() {
    try (var work = new Work("test")) {
      work.first("narrow/1", () -> endless(work, 1));
      work.add("csr/1", does("csr"));
      await().until(() -> done.contains("csr"));
      assertThat(done).containsOnly("csr");
    }
  }

  private static void endless(Work work, int round) {
    work.first("narrow/" + round % 2, () -> endless(work, round + 1));
  }
}
