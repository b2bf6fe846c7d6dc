package dev.sandbar.operator.enrol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The order in which the operator gives rights and takes them away. */
class WorkTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Of a hundred requests: who shall not wait for all of them may wait for some. */
  private static final int FEW = 20;

  private final List<String> done = new CopyOnWriteArrayList<>();
  private final Work work = new Work();

  private static void hold(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aRightIsTakenAwayAfterOneRequestAndSoItIsWhenThatHasFailed() {
    var begin = new CountDownLatch(1);
    var held = new CountDownLatch(1);
    var again = new CountDownLatch(1);
    var failed = new AtomicInteger();
    try (work) {
      work.add(
          "csr",
          "hold",
          () -> {
            held.countDown();
            hold(begin);
          });
      hold(held);
      for (int i = 0; i < 100; i++) {
        work.add(
            "csr",
            "" + i,
            () -> {
              // Long enough that whoever asks meanwhile stands in line before the next.
              LockSupport.parkNanos(20_000_000);
              done.add("csr");
            });
      }
      work.add(
          "withdraw",
          "1",
          () -> {
            if (failed.incrementAndGet() == 1) {
              // Its retry is due while all requests still wait.
              work.add("hold", "1", () -> hold(again));
              throw new IllegalStateException("the server is away");
            }
            done.add("withdraw");
          });
      begin.countDown();
      await().atMost(LIMIT).until(() -> failed.get() == 1);
      await().pollDelay(Duration.ofMillis(900)).atMost(LIMIT).until(() -> done.size() < FEW);
      again.countDown();
      await().atMost(LIMIT).until(() -> done.size() == 101);
      assertThat(done.indexOf("withdraw")).isLessThan(FEW);
    }
  }

  /** A device that leaves makes such work with each of its reports. */
  @Test
  void whatComesWithoutEndHoldsUpNobody() {
    try (work) {
      work.add("narrow", "1", this::endless);
      work.add("csr", "1", () -> done.add("csr"));
      await().atMost(LIMIT).until(() -> done.contains("csr"));
    }
  }

  private void endless() {
    work.add("narrow", "1", this::endless);
  }

  @Test
  void whatIsAskedForManyTimesWhileItWaitsIsDoneOnce() {
    var begin = new CountDownLatch(1);
    var held = new CountDownLatch(1);
    try (work) {
      work.add(
          "csr",
          "hold",
          () -> {
            held.countDown();
            hold(begin);
          });
      hold(held);
      for (int i = 0; i < 100; i++) {
        work.add("narrow", "1", () -> done.add("narrow"));
      }
      work.add("token", "1", () -> done.add("token"));
      begin.countDown();
      await().atMost(LIMIT).until(() -> done.contains("token"));
      assertThat(done).containsExactly("narrow", "token");
    }
  }
}
